package limits

import (
	"fmt"
	"regexp"
	"strings"
)

// Problem says what was found and how to mend it; its subject is the value.
type Problem struct{ Found, Fix string }

func (p Problem) String() string { return p.Found + "; " + p.Fix }

var pairName = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)

// PairNameForm is the form of a pair's name: S3 allows 63 characters for
// <name>-objects-<account>-<region>.
func PairNameForm(name string) bool {
	return len(name) >= 2 && len(name) <= 27 && pairName.MatchString(name)
}

// CheckPairName returns what AWS refuses in the names that are made of a pair's
// name, which has the form of [PairNameForm].
func CheckPairName(name string) []Problem {
	for _, word := range []string{"aws", "amazon", "cognito"} {
		if strings.Contains(name, word) {
			return []Problem{{fmt.Sprintf("%q contains %q", name, word), "use another name: Cognito refuses that word in a domain"}}
		}
	}
	var problems []Problem
	if strings.HasPrefix(name, "ssm") {
		problems = append(problems, Problem{fmt.Sprintf("%q begins with \"ssm\"", name), "use another name: Parameter Store keeps that prefix for itself"})
	}
	if strings.HasSuffix(name, "-") {
		problems = append(problems, Problem{fmt.Sprintf("%q ends with a hyphen", name), "end it with a letter or digit"})
	}
	for _, prefix := range []string{"xn--", "sthree-", "amzn-s3-demo-"} {
		if strings.HasPrefix(name, prefix) {
			problems = append(problems, Problem{fmt.Sprintf("%q begins with %q", name, prefix), "use another name: S3 keeps that prefix of bucket names for itself"})
		}
	}
	return problems
}

// InZone reports whether a domain name lies in a hosted zone, whose own name
// does.
func InZone(domain, zone string) bool {
	zone = strings.TrimSuffix(zone, ".")
	return domain == zone || strings.HasSuffix(domain, "."+zone)
}
