package lambdaruntime

// processSignal is what can be done to a running process.
type processSignal int

const (
	freeze processSignal = iota
	thaw
)
