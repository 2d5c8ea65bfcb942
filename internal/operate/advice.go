package operate

import "strings"

// commandWidth is that of the longest command.
func commandWidth(list []Advice) int {
	width := 0
	for _, advice := range list {
		width = max(width, len(advice.Command))
	}
	return width
}

// next is what to type after an action is done.
func next(action string, p Pair) []Advice {
	switch action {
	case ActionFailover, ActionHold:
		return []Advice{
			{"regionpair status", "see how " + p.Standby + " carries the clients, and how " + p.Primary + " is"},
			{"regionpair failback", "give them back, when " + p.Primary + " has proved itself; it stays out until then"},
		}
	case ActionFailback:
		return []Advice{
			{"regionpair verify", "compare the buckets, and find what was written on both sides"},
			{"regionpair history", "list what was done: when, by whom, why"},
		}
	}
	return []Advice{{"regionpair status --watch", "see who serves"}}
}

// afterRefusal is what to type when guards do not hold: the careful way first.
func (c *change) afterRefusal() []Advice {
	accept := Advice{"regionpair " + c.order.Action + " --accept " + strings.Join(c.result.failing(), ","), "goes on in spite of that"}
	if c.order.Action != ActionFailback {
		return []Advice{accept}
	}
	return []Advice{{"regionpair failback --wait 30m", "waits until they hold, then asks, then moves the clients"}, accept}
}

// relief is what to type when clients are served badly: the Region that they are
// not sent to takes over, if it can.
func relief(o Observation, s Status) Advice {
	primary, standby := o.Regions[0], o.Regions[1]
	switch {
	case primary.Err != nil && standby.Err != nil:
		return Advice{"curl -v https://" + o.Pair.Domain, "ask elsewhere: neither Region answers here"}
	case standby.takesOver() || s.Serving == o.Pair.Standby:
		return Advice{"regionpair failback", "give the clients back, if " + primary.Region + " is well"}
	case healthGuard(standby).Holds && doorGuard(standby).Holds:
		return Advice{"regionpair failover --reason WHY", "move the clients to " + standby.Region}
	}
	return Advice{"regionpair readiness", "see what keeps " + standby.Region + " from taking over"}
}
