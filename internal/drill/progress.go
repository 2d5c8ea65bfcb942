package drill

import "time"

// Progress gets notified of what happens while a drill runs.
type Progress interface {
	// Begin of a run.
	Begin(fault string, seed uint64)
	// Event on the timeline.
	Event(e Event)
	// Status is called often: who serves, how fast, with how many errors.
	Status(s Status)
	// Done with a run.
	Done(r Result)
}

// Status of a running drill.
type Status struct {
	// Phase such as "outage".
	Phase string
	// Seconds from the fault, AWS-equivalent; negative before it.
	Seconds float64
	// Serving Region, by the answers of the last second; empty when there was
	// none.
	Serving string
	// RequestsPerSecond and ErrorRate of the last second.
	RequestsPerSecond float64
	ErrorRate         float64
	// Pending is how many versions wait to be replicated.
	Pending int
	// Left is about how much longer the run takes, in real time.
	Left time.Duration
}

// Silent reports nothing.
type Silent struct{}

// Begin implements Progress.
func (Silent) Begin(string, uint64) {}

// Event implements Progress.
func (Silent) Event(Event) {}

// Status implements Progress.
func (Silent) Status(Status) {}

// Done implements Progress.
func (Silent) Done(Result) {}
