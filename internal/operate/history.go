package operate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/regionpair/regionpair/internal/contract"
)

// Actions on the switch.
const (
	ActionFailover = "failover"
	ActionFailback = "failback"
	ActionHold     = "hold"
	ActionRelease  = "release"
	ActionDrill    = "drill"
	// actionDeploy is the switch's first value.
	actionDeploy = "deployed"
	// actionByHand is a change that this tool did not make.
	actionByHand = "by hand"
)

// Switch is one change of the switch. Parameter Store keeps who, when and the
// description, all in one write, and that is all a failover may need.
type Switch struct {
	// Number of the change: the parameter's version.
	Number int64 `json:"number"`
	// Action that it was part of.
	Action string    `json:"action"`
	At     time.Time `json:"at"`
	// Position afterwards: on or off.
	Position string `json:"position"`
	// By is the principal that made it.
	By     string `json:"by,omitempty"`
	Reason string `json:"reason,omitempty"`
	// Outcome is "done" once clients were seen to follow.
	Outcome string `json:"outcome,omitempty"`
	// Seconds until then.
	Seconds float64 `json:"seconds,omitempty"`
}

const (
	// maxReason is half of what a parameter's description may have, so that all that
	// comes before the reason fits, too.
	maxReason    = 512
	mark         = "regionpair "
	reasonMark   = ": "
	outcomeDone  = "done"
	outcomeUnsee = "not seen"
)

// CheckReason refuses what Parameter Store would not keep with a change, and what
// would write more than a reason on the terminals of those who read it.
func CheckReason(reason string) error {
	var problems []error
	if got := utf8.RuneCountInString(reason); got > maxReason {
		problems = append(problems, fmt.Errorf("it must have at most %d characters, got %d: name an incident, and tell the rest there", maxReason, got))
	}
	if strings.ContainsFunc(reason, unicode.IsControl) {
		problems = append(problems, fmt.Errorf("it must be one line without control characters, got %q", shortened(reason)))
	}
	return errors.Join(problems...)
}

// describeChange is the description that a change leaves in Parameter Store.
func describeChange(action, reason string) string {
	text := mark + action
	if reason != "" {
		text += reasonMark + reason
	}
	return text
}

// readChange is the other way round.
func readChange(description string, version int64) (action, reason string) {
	rest, ours := strings.CutPrefix(description, mark)
	if !ours {
		if version == 1 {
			return actionDeploy, ""
		}
		return actionByHand, ""
	}
	action, reason, _ = strings.Cut(rest, reasonMark)
	return action, reason
}

// entry of the journal: how a change went, which is known only afterwards. It
// has a parameter of its own, because writing the switch again could undo what
// somebody else has done meanwhile, and labels on its versions would one day
// make Parameter Store refuse the hundred and first.
type entry struct {
	Number  int64   `json:"number"`
	Outcome string  `json:"outcome"`
	Seconds float64 `json:"seconds"`
}

// History of the switch in a Region, newest first.
func (w World) History(ctx context.Context, p Pair) ([]Switch, error) {
	return w.region(p, p.Standby).switches(ctx)
}

func (r *region) switches(ctx context.Context) ([]Switch, error) {
	type result struct {
		entries []ssmtypes.ParameterHistory
		err     error
	}
	journal := make(chan result, 1)
	go func() {
		entries, err := r.parameterHistory(ctx, contract.JournalParameter(r.pair.Name))
		journal <- result{entries, err}
	}()
	changes, err := r.history(ctx)
	noted := <-journal
	var missing *ssmtypes.ParameterNotFound
	if errors.As(noted.err, &missing) {
		noted.err = nil // nobody has noted anything yet
	}
	if err = errors.Join(err, noted.err); err != nil {
		return nil, err
	}
	return joinHistory(changes, noted.entries), nil
}

func joinHistory(changes, journal []ssmtypes.ParameterHistory) []Switch {
	outcomes := map[int64]entry{}
	for _, noted := range journal {
		var e entry
		if json.Unmarshal([]byte(aws.ToString(noted.Value)), &e) == nil && e.Number != 0 {
			outcomes[e.Number] = e
		}
	}
	switches := make([]Switch, 0, len(changes))
	for _, change := range changes {
		action, reason := readChange(aws.ToString(change.Description), change.Version)
		switches = append(switches, Switch{
			Number: change.Version, Action: action, At: aws.ToTime(change.LastModifiedDate), Position: aws.ToString(change.Value),
			By: aws.ToString(change.LastModifiedUser), Reason: reason,
			Outcome: outcomes[change.Version].Outcome, Seconds: outcomes[change.Version].Seconds,
		})
	}
	slices.SortFunc(switches, func(a, b Switch) int { return int(b.Number - a.Number) })
	return switches
}
