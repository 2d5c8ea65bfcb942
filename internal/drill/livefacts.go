package drill

import (
	"time"

	"github.com/regionpair/regionpair/internal/operate"
)

// Outcomes of a drill of a deployed pair.
const (
	OutcomeDone = "done"
	// OutcomeRefused: a guard did not hold, and nothing was changed.
	OutcomeRefused = "refused"
	// OutcomeDeclined: nobody confirmed it, and nothing was changed.
	OutcomeDeclined = "declined"
	// OutcomeInterrupted and OutcomeFailed: it began and ended early.
	OutcomeInterrupted = "interrupted"
	OutcomeFailed      = "failed"
)

// LiveFacts are what a drill of a deployed pair knows beside its figures.
type LiveFacts struct {
	Pair operate.Pair `json:"pair"`
	// Outcome is "done", "refused", "declined", "interrupted" or "failed", with
	// the Problem.
	Outcome string `json:"outcome" enum:"done|refused|declined|interrupted|failed"`
	Problem string `json:"problem,omitempty"`
	// By is who drilled, as an ARN, and Reason why.
	By     string `json:"by"`
	Reason string `json:"reason,omitempty"`
	// EndedAt is the time in UTC.
	EndedAt time.Time `json:"endedAt"`
	// Client that the load was.
	Client string `json:"client"`
	// Guards that were looked at before.
	Guards []operate.Guard `json:"guards"`
	// Regions: what was deployed in the primary and in the standby.
	Regions [2]operate.DeployedRegion `json:"regions"`
	// Readiness before the drill.
	Readiness operate.Readiness `json:"readiness"`
	Data      LiveData          `json:"data"`
	Tokens    LiveTokens        `json:"tokens"`
	// Restored says that everything the drill had changed is as it was; ToDo is
	// what is left otherwise.
	Restored bool     `json:"restored"`
	ToDo     []string `json:"toDo,omitempty"`
}

// LiveData is what became of the acknowledged writes.
type LiveData struct {
	Written int `json:"written"`
	// Compared are the keys that were read in both Regions, through the API, and
	// Equal those that are as they were acknowledged last.
	Compared int `json:"compared"`
	Equal    int `json:"equal"`
	// Differing keys, the first ones when there are many, with what was found.
	Differing []string `json:"differing,omitempty"`
	// Conflicts are keys that were written on both sides.
	Conflicts int `json:"conflicts"`
	// Deleted at the end, and Left.
	Deleted int `json:"deleted"`
	Left    int `json:"left"`
	// Notes say what could not be found out or done.
	Notes []string `json:"notes,omitempty"`
}

// LiveTokens are tokens that were issued before clients moved and tried in the
// standby afterwards.
type LiveTokens struct {
	Tried int `json:"tried"`
	Kept  int `json:"kept"`
}

// Exit codes of a drill of a deployed pair.
const (
	exitPassed  = 0
	exitMissed  = 1
	exitNotDone = 2
	exitUnknown = 3
)

// LiveExitCode is 0 when every target was met, 1 when one was missed or a guard
// refused, 2 when the drill ended early and everything is as it was, and 3 when
// something is left to undo or nothing was proved.
func (d Document) LiveExitCode() int {
	switch {
	case !d.Live.Restored:
		return exitUnknown
	case d.Live.Outcome == OutcomeRefused:
		return exitMissed
	case d.Live.Outcome != OutcomeDone:
		return exitNotDone
	}
	return map[string]int{Pass: exitPassed, Fail: exitMissed, Inconclusive: exitUnknown}[d.Verdict()]
}
