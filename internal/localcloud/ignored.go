package localcloud

import (
	"errors"
	"strings"

	"github.com/regionpair/regionpair/internal/localcloud/cloudformation"
)

// Every property of a resource that runs here is read, named with the reason why
// nobody has to read it, or listed as not emulated.

// Reasons why properties need not be read.
const (
	forPeople    = "no request notices names, descriptions and tags"
	planned      = "the plan of the function has read it"
	logsAreFiles = "logs are files, for as long as the folder lasts"
	noUsers      = "machine clients only: there are no users"
	oneRun       = "nothing outlives the run"
)

// ignored lists what resources ask for and do not get.
func (c *Cloud) ignored() []string {
	lines := []string{}
	for _, created := range c.deployment.All() {
		if !readElsewhere(created) {
			lines = append(lines, created.Read().Gaps()...)
		}
	}
	return lines
}

// readElsewhere is true for parts of REST APIs, which list what they leave out
// themselves, and for custom resources, whose functions get all properties.
func readElsewhere(created cloudformation.Created) bool {
	return strings.HasPrefix(created.Type, "Custom::") || isPartOfAPI(created.Type)
}

// misshapen names the properties that were read as what they are not.
func (c *Cloud) misshapen() error {
	var problems []error
	for _, created := range c.deployment.All() {
		problems = append(problems, created.Read().Err())
	}
	return errors.Join(problems...)
}

func (c *Cloud) note(line string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unsupported = append(c.unsupported, line)
}
