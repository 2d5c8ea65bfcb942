package rehearsal

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/localcloud"
)

// Session obeys lines about a pair that runs.
type Session struct {
	cloud   *localcloud.Cloud
	breaker *breaker
	// broken things, and how to mend them.
	broken map[string]func() error
}

// NewSession returns one that has broken nothing.
func NewSession(cloud *localcloud.Cloud) *Session {
	return &Session{cloud: cloud, breaker: newBreaker(cloud), broken: map[string]func() error{}}
}

// Verbs are the lines that a session obeys.
func Verbs() []Verb {
	return []Verb{
		{"fault <region> <kind>", "break a Region: " + joinFaults()},
		{"heal <region>", "repair it"},
		{"switch on|off", "turn the takeover switch of the standby"},
		{"break [<name>]", "break one thing, as a bad deployment or somebody with a console might; without a name, list them"},
		{"mend [<name>]", "mend it; without a name, everything"},
		{"status", "print the state as JSON"},
		{"calls", "print who asked for which hosts as JSON"},
		{"help", "print this"},
		{"quit", "stop everything"},
	}
}

func joinFaults() string {
	names := []string{}
	for _, fault := range localcloud.Faults {
		names = append(names, string(fault))
	}
	return strings.Join(names, ", ")
}

// Obey reads lines until a line says quit or ctx ends, and answers each with
// one document. The end of the input does not end it: a session may run without
// one.
func (s *Session) Obey(ctx context.Context, in io.Reader, out io.Writer) error {
	lines := make(chan string)
	go func() {
		defer close(lines)
		scanner := bufio.NewScanner(in)
		for scanner.Scan() {
			select {
			case lines <- scanner.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for {
		select {
		case <-ctx.Done():
			return nil
		case line, open := <-lines:
			if !open {
				lines = nil
				continue
			}
			words := strings.Fields(line)
			if len(words) == 0 {
				continue
			}
			if len(words) == 1 && words[0] == "quit" {
				return nil
			}
			if err := encoder.Encode(s.Execute(words)); err != nil {
				return fmt.Errorf("answer: %w", err)
			}
		}
	}
}

// Execute obeys one line; what is wrong with it is an answer.
func (s *Session) Execute(words []string) any {
	verb, arguments := words[0], words[1:]
	switch {
	case verb == "status" && len(arguments) == 0:
		return s.status()
	case verb == "calls" && len(arguments) == 0:
		return s.calls()
	case verb == "help" && len(arguments) == 0:
		return Help{SchemaVersion: SchemaVersion, Verbs: Verbs()}
	case verb == "break" && len(arguments) == 0:
		return listBreakages()
	}
	finds, err := s.change(verb, arguments)
	if err != nil {
		return Done{SchemaVersion: SchemaVersion, Error: err.Error()}
	}
	return Done{SchemaVersion: SchemaVersion, OK: true, Finds: finds}
}

func (s *Session) change(verb string, arguments []string) (finds []string, err error) {
	standby := s.cloud.Pair().Secondary
	switch {
	case verb == "fault" && len(arguments) == 2:
		return nil, s.cloud.Inject(arguments[0], localcloud.Fault(arguments[1]))
	case verb == "heal" && len(arguments) == 1:
		return nil, s.cloud.Heal(arguments[0])
	case verb == "switch" && len(arguments) == 1 && slices.Contains([]string{contract.PositionOn, contract.PositionOff}, arguments[0]):
		return nil, s.cloud.SetSwitch(standby, arguments[0])
	case verb == "break" && len(arguments) == 1:
		return s.Break(arguments[0])
	case verb == "mend" && len(arguments) == 1:
		return nil, s.Mend(arguments[0])
	case verb == "mend" && len(arguments) == 0:
		return nil, s.MendAll()
	}
	usages := []string{}
	for _, known := range Verbs() {
		usages = append(usages, known.Usage)
	}
	return nil, fmt.Errorf("%q is unknown; there are: %s", strings.Join(append([]string{verb}, arguments...), " "), strings.Join(usages, ", "))
}

// Break one thing and return the checks that find it.
func (s *Session) Break(name string) (finds []string, err error) {
	at := slices.IndexFunc(breakages, func(b Breakage) bool { return b.Name == name })
	if at < 0 {
		return nil, fmt.Errorf("there is nothing called %q to break; `break` lists what there is", name)
	}
	if _, broken := s.broken[name]; broken {
		return nil, fmt.Errorf("%s is broken already: mend %s", name, name)
	}
	undo, err := breakages[at].seed(s.breaker)
	if undo != nil {
		s.broken[name] = undo
	}
	if err != nil {
		return nil, fmt.Errorf("break %s: %w", name, errors.Join(err, s.mendIfBroken(name)))
	}
	return breakages[at].Found, nil
}

func (s *Session) mendIfBroken(name string) error {
	if s.broken[name] == nil {
		return nil
	}
	return s.Mend(name)
}

// Mend one thing.
func (s *Session) Mend(name string) error {
	undo, broken := s.broken[name]
	if !broken && len(s.broken) == 0 {
		return fmt.Errorf("%q is not broken; nothing is", name)
	}
	if !broken {
		return fmt.Errorf("%q is not broken; broken are: %s", name, strings.Join(s.brokenNames(), ", "))
	}
	if err := undo(); err != nil {
		return fmt.Errorf("mend %s: %w", name, err)
	}
	delete(s.broken, name)
	return nil
}

// MendAll mends everything.
func (s *Session) MendAll() error {
	var problems []error
	for _, name := range s.brokenNames() {
		problems = append(problems, s.Mend(name))
	}
	return errors.Join(problems...)
}

func (s *Session) brokenNames() []string {
	return append([]string{}, slices.Sorted(maps.Keys(s.broken))...)
}

func listBreakages() Help {
	h := Help{SchemaVersion: SchemaVersion, Breakages: []BreakageHelp{}}
	for _, b := range breakages {
		h.Breakages = append(h.Breakages, BreakageHelp{b.Name, b.What})
	}
	return h
}

func (s *Session) status() Status {
	pair := s.cloud.Pair()
	status := Status{
		SchemaVersion: SchemaVersion, PrimaryHealthy: s.cloud.Route53().Healthy(pair.PrimaryCheck), Switch: s.cloud.Switch(pair.Secondary),
		Pending: map[string]int{}, Objects: map[string]int{}, Unexpected: append([]string{}, s.cloud.Network().UnexpectedHosts()...),
		Faults: map[string]string{}, Broken: s.brokenNames(),
	}
	record, found := s.cloud.Route53().Answer(pair.DomainName, "A")
	for _, region := range []localcloud.Region{pair.Primary, pair.Secondary} {
		if address, _ := s.cloud.Network().AddressOf(record.Target); found && region.Address == address {
			status.Answer = region.Name
		}
		if fault := s.cloud.FaultOf(region.Name); fault != "" {
			status.Faults[region.Name] = string(fault)
		}
		status.Pending[region.Name] = s.cloud.Pending(region.Name).Count
		status.Objects[region.Name] = s.cloud.Store(region.Name).Count(region.Bucket)
	}
	return status
}

func (s *Session) calls() Calls {
	answer := Calls{SchemaVersion: SchemaVersion, Calls: map[string][]string{}}
	for _, call := range s.cloud.Network().Log() {
		answer.Calls[call.Caller] = append(answer.Calls[call.Caller], call.Host)
	}
	return answer
}
