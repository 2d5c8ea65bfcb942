package simulate

import "runtime"

// Explore runs random schedules of faults of the kinds, on all processors, and
// returns the failure of the smallest seed, with as few faults as still show
// it; nil when every schedule keeps the promises.
func Explore(pair Pair, seeds uint64, kinds ...Kind) error {
	return explore(pair, seeds, pair.Rules.Next, kinds)
}

func explore(pair Pair, seeds uint64, decide step, kinds []Kind) error {
	workers := uint64(runtime.GOMAXPROCS(0)) //nolint:gosec // a small number
	failed := make(chan *Schedule, workers)
	for worker := range workers {
		go func() {
			for seed := worker; seed < seeds; seed += workers {
				if s := Random(seed, kinds...); verdict(pair, s, decide) != nil {
					failed <- &s
					return
				}
			}
			failed <- nil
		}()
	}
	var first *Schedule
	for range workers {
		if s := <-failed; s != nil && (first == nil || s.Seed < first.Seed) {
			first = s
		}
	}
	if first == nil {
		return nil
	}
	return verdict(pair, shrink(pair, *first, decide), decide)
}

func verdict(pair Pair, s Schedule, decide step) error {
	h, err := run(pair, s, decide)
	if err != nil {
		return err
	}
	return Check(h)
}

// shrink leaves out and shortens faults while something is still broken.
func shrink(pair Pair, s Schedule, decide step) Schedule {
	for changed := true; changed; {
		changed = false
		for i := range s.Faults {
			without := s
			without.Faults = append(append([]Fault{}, s.Faults[:i]...), s.Faults[i+1:]...)
			if verdict(pair, without, decide) != nil {
				s, changed = without, true
				break
			}
			shorter := s
			shorter.Faults = append([]Fault{}, s.Faults...)
			shorter.Faults[i].For = (s.Faults[i].For / 2).Truncate(tick)
			if shorter.Faults[i].For >= tick && verdict(pair, shorter, decide) != nil {
				s, changed = shorter, true
			}
		}
	}
	return s
}
