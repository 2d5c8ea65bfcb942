package drill

import "slices"

// DurabilityFigures are what one fault did to the data with one durability, over
// all seeds.
type DurabilityFigures struct {
	Fault      string `json:"fault"`
	Durability string `json:"durability" enum:"async|sync"`
	Runs       int    `json:"runs"`
	// Verdict of these runs.
	Verdict string `json:"verdict" enum:"pass|fail|inconclusive"`
	// AcknowledgedWrites, PermanentlyLost, UnreadableAtFailover and StaleReads are
	// sums.
	AcknowledgedWrites   int `json:"acknowledgedWrites"`
	PermanentlyLost      int `json:"permanentlyLost"`
	UnreadableAtFailover int `json:"unreadableAtFailover"`
	StaleReads           int `json:"staleReads"`
	// RPOSeconds, RTOSeconds, P50Millis and P99Millis are those of the worst run.
	// RTOSeconds is -1 when the clients of one were not served again.
	RPOSeconds float64 `json:"rpoSeconds"`
	RTOSeconds float64 `json:"rtoSeconds"`
	P50Millis  float64 `json:"p50Millis"`
	P99Millis  float64 `json:"p99Millis"`
	// DataChecked is false when the load of a run wrote nothing that could be read
	// back.
	DataChecked bool `json:"dataChecked"`
}

// CompareDurabilities puts the durabilities of each fault beside each other; it
// returns nothing for runs with one durability.
func CompareDurabilities(runs []Result) []DurabilityFigures {
	figures := []DurabilityFigures{}
	for _, run := range runs {
		at := slices.IndexFunc(figures, func(f DurabilityFigures) bool { return f.Fault == run.Fault && f.Durability == run.Pair.Durability })
		if at < 0 {
			at = len(figures)
			figures = append(figures, DurabilityFigures{Fault: run.Fault, Durability: run.Pair.Durability, DataChecked: true})
		}
		figures[at].add(run)
	}
	different := slices.ContainsFunc(figures, func(f DurabilityFigures) bool { return f.Durability != figures[0].Durability })
	if !different {
		return nil
	}
	for i, f := range figures {
		mine := slices.DeleteFunc(slices.Clone(runs), func(r Result) bool { return r.Fault != f.Fault || r.Pair.Durability != f.Durability })
		figures[i].Verdict = Document{Runs: mine}.Verdict()
	}
	return figures
}

func (f *DurabilityFigures) add(run Result) {
	f.Runs++
	f.AcknowledgedWrites += run.AcknowledgedWrites
	f.PermanentlyLost += run.PermanentlyLost
	f.UnreadableAtFailover += run.UnreadableAtFailover
	f.StaleReads += run.StaleReads
	f.RPOSeconds = max(f.RPOSeconds, run.RPOSeconds)
	f.P50Millis, f.P99Millis = max(f.P50Millis, run.P50Millis), max(f.P99Millis, run.P99Millis)
	f.DataChecked = f.DataChecked && run.DataChecked
	if f.RTOSeconds >= 0 {
		f.RTOSeconds = max(f.RTOSeconds, run.RTOSeconds)
	}
	if run.RTOSeconds < 0 {
		f.RTOSeconds = -1
	}
}
