package operate

import (
	"fmt"
	"net/http"
	"time"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/figure"
	failback "github.com/regionpair/regionpair/internal/guard"
)

// SchemaVersion of the JSON documents.
const SchemaVersion = 1

// States of a pair.
const (
	// StateNormal: the primary serves and nothing keeps it from doing so.
	StateNormal = "normal"
	// StateMoving: the switch says one thing and clients get another.
	StateMoving = "moving"
	// StateFailedOver: the standby serves, because the primary is not healthy.
	StateFailedOver = "failed over"
	// StateHeld: the standby serves until somebody says otherwise.
	StateHeld = "held"
	// StateDown: nobody answers clients.
	StateDown = "down"
	// StateUnknown: it could not be seen who serves.
	StateUnknown = "unknown"
)

// Status is the document of `regionpair status`.
type Status struct {
	SchemaVersion int    `json:"schemaVersion"`
	Pair          Pair   `json:"pair"`
	State         string `json:"state" enum:"normal|moving|failed over|held|down|unknown"`
	// Serving is the Region that clients get here and now; empty when nobody answers.
	Serving string    `json:"serving"`
	AsOf    time.Time `json:"asOf"`
	// API is what a new client gets here.
	API     APIAnswer       `json:"api"`
	Regions [2]RegionStatus `json:"regions"`
	DNS     DNSStatus       `json:"dns"`
	// LastSwitch is the last change of the switch.
	LastSwitch *Switch `json:"lastSwitch,omitempty"`
	// Attention is what somebody should look at, the most urgent first.
	Attention []Attention `json:"attention"`
}

// RegionStatus is the row of a Region.
type RegionStatus struct {
	Region string `json:"region"`
	Role   string `json:"role" enum:"primary|standby"`
	Serves bool   `json:"serves"`
	// Silent says that the Region did not answer in time.
	Silent bool `json:"silent"`
	// Error says why the Region could not be asked.
	Error  string `json:"error,omitempty"`
	Health Health `json:"health"`
	// API is what the Region's API answers under the pair's name, wherever DNS
	// leads; empty when it could not be asked.
	API APIAnswer `json:"api"`
	// Switch of the Region; with failover routing only the standby's counts.
	Switch string `json:"switch,omitempty"`
	// Fence of the Region: "on" while it takes no writes.
	Fence string `json:"fence,omitempty" enum:"off|uploads|on"`
	// Hold of the Region: "on" while a person keeps it out, "guard" when the guard of
	// the failback was the last to do so.
	Hold string `json:"hold,omitempty" enum:"off|on|guard"`
	// LagToPeer is how many seconds the peer's bucket is behind this Region's.
	LagToPeer   *Measure    `json:"lagToPeerSeconds,omitempty"`
	WorstLag    *Measure    `json:"worstLagToPeerSeconds,omitempty"`
	Traffic     Traffic     `json:"traffic"`
	Certificate Certificate `json:"certificate"`
}

// DNSStatus is where the name leads.
type DNSStatus struct {
	Here          Answer   `json:"here"`
	Authoritative []Answer `json:"authoritative"`
}

// Attention is one thing to look at, and what to type.
type Attention struct {
	Text string `json:"text"`
	// Commands to type, each with what it does; at least one.
	Commands []Advice `json:"commands,omitempty"`
}

func attend(advice Advice, format string, args ...any) Attention {
	return Attention{Text: fmt.Sprintf(format, args...), Commands: []Advice{advice}}
}

// Advice is a command and what it does.
type Advice struct {
	Command string `json:"command"`
	Does    string `json:"does"`
}

// Judge turns what was seen into a status.
func Judge(o Observation) Status {
	s := Status{SchemaVersion: SchemaVersion, Pair: o.Pair, AsOf: o.At.UTC(), API: o.API, DNS: DNSStatus{o.Here, o.Authoritative}}
	s.Serving = serving(o)
	s.State = state(o, s.Serving)
	for i, seen := range o.Regions {
		peer := o.Regions[1-i]
		s.Regions[i] = RegionStatus{
			Region: seen.Region, Role: o.Pair.role(seen.Region), Serves: seen.Region == s.Serving, Silent: seen.silent(),
			Health: seen.Health, API: seen.Door, Switch: seen.Switch, Fence: seen.Fence, Hold: seen.Hold, Traffic: seen.Traffic, Certificate: seen.Certificate,
			LagToPeer: peer.Traffic.Behind, WorstLag: peer.Traffic.WorstBehind,
		}
		if seen.Err != nil {
			s.Regions[i].Error = seen.Err.Error()
		}
	}
	s.LastSwitch = lastSwitch(o.History)
	s.Attention = attention(o, s)
	return s
}

// serving is what clients get: the API's own answer, or where DNS leads while
// it does not answer.
func serving(o Observation) string {
	return o.API.Region
}

func state(o Observation, serving string) string {
	standby := o.Regions[1]
	keptOut := standby.takesOver() || o.Regions[0].heldByPerson()
	switch {
	case o.API.AsksForCertificate:
		return StateUnknown
	case serving == "" && o.API.Status == 0:
		return StateDown
	case serving == "":
		return StateUnknown
	case serving == o.Pair.Primary && keptOut, serving == o.Pair.Standby && !keptOut && standby.Err == nil && movingBack(o):
		return StateMoving
	case serving == o.Pair.Primary:
		return StateNormal
	case keptOut:
		return StateHeld
	}
	return StateFailedOver
}

// movingBack: the name servers lead to the primary already.
func movingBack(o Observation) bool {
	for _, answer := range o.Authoritative {
		if answer.Region == o.Pair.Primary {
			return true
		}
	}
	return false
}

// lastSwitch leaves out the switch's first value, which nobody turned.
func lastSwitch(history []Switch) *Switch {
	if len(history) == 0 || history[0].Action == actionDeploy {
		return nil
	}
	return &history[0]
}

// ExitCode of the command: 0 all is well, 1 something needs attention, 2 it
// could not be seen.
func (s Status) ExitCode() int {
	unanswered := s.State == StateDown || s.State == StateUnknown
	switch {
	case unanswered && s.Regions[0].Error != "" && s.Regions[1].Error != "":
		return ExitFailed
	case len(s.Attention) > 0:
		return ExitNo
	}
	return ExitYes
}

// Exit codes of the commands.
const (
	// ExitYes: yes, or done.
	ExitYes = 0
	// ExitNo: not ready, refused by a guard, or something needs attention.
	ExitNo = 1
	// ExitFailed: it could not be asked or done.
	ExitFailed = 2
	// ExitUnknown: begun and not yet seen by clients, or not known.
	ExitUnknown = 3
)

// Limits beyond which a status asks for attention.
const (
	lagLimit         = 900.0
	errorRateLimit   = 0.05
	certificateLimit = 30 * 24 * time.Hour
)

func attention(o Observation, s Status) []Attention {
	found := []Attention{}
	found = append(found, aboutState(o, s)...)
	standby := o.Regions[1]
	said := s.State == StateHeld && standby.Switch == contract.PositionByGuard
	if standby.Memory.Silent(o.At) && !said {
		found = append(found, aboutSilence(o))
	}
	for i := range s.Regions {
		found = append(found, aboutRegion(o, s, s.Regions[i])...)
	}
	return append(found, aboutDNS(s)...)
}

// seeThemArrive is for clients who are moving.
var seeThemArrive = Advice{"regionpair status --watch", "see them arrive"}

func aboutState(o Observation, s Status) []Attention {
	p, standby := o.Pair, o.Regions[1]
	switch s.State {
	case StateDown:
		return []Attention{attend(relief(o, s), "nobody answers https://%s: %s", p.Domain, o.API.Error)}
	case StateUnknown:
		if o.API.AsksForCertificate {
			return []Attention{attend(Advice{"regionpair status --client-cert FILE --client-key FILE", "ask as a client does"}, "https://%s: %s", p.Domain, o.API.Error)}
		}
		if o.API.Status >= http.StatusInternalServerError {
			return []Attention{attend(relief(o, s), "clients get status %d from https://%s", o.API.Status, p.Domain)}
		}
		return []Attention{attend(Advice{"regionpair readiness --only dns", "see where the name leads"},
			"https://%s answers %d without naming its Region", p.Domain, o.API.Status)}
	case StateFailedOver:
		return append([]Attention{attend(Advice{"regionpair hold", "keep serving from " + p.Standby + " until you say otherwise"},
			"nothing keeps the primary out: it takes the clients back about %s after it turns green", figure.Seconds(p.Bound.Seconds()))}, aboutLoss(o)...)
	case StateHeld:
		switch standby.Switch {
		case contract.PositionByGuard:
			return append([]Attention{aboutGuard(o)}, aboutLoss(o)...)
		case contract.PositionOn:
			return append([]Attention{attend(Advice{"regionpair failback", "give the clients back, when " + p.Primary + " has proved itself"},
				"the primary is kept out since %s", stamp(standby.SwitchSince))}, aboutLoss(o)...)
		}
		return aboutLoss(o)
	case StateMoving:
		if !standby.takesOver() && o.Regions[0].heldByPerson() {
			return []Attention{attend(seeThemArrive, "clients are moving: %s is held since %s", p.Primary, stamp(o.Regions[0].HoldSince))}
		}
		return []Attention{attend(seeThemArrive, "clients are moving: the switch in %s is %s since %s", p.Standby, standby.Switch, stamp(standby.SwitchSince))}
	}
	return nil
}

// whyGuarded is what the guard waits for, as far as it is known.
func whyGuarded(standby RegionObservation) string {
	if standby.Memory.Phase != failback.Latched || standby.Memory.Reason == "" {
		return ", until it is fit"
	}
	return ": " + standby.Memory.Reason
}

// aboutGuard says that the guard keeps the primary out.
func aboutGuard(o Observation) Attention {
	standby := o.Regions[1]
	if standby.Memory.Silent(o.At) {
		return aboutSilence(o)
	}
	return attend(Advice{"regionpair hold", "keep it out until you say otherwise"},
		"the guard keeps the primary out since %s%s", stamp(standby.SwitchSince), whyGuarded(standby))
}

// aboutSilence says that the guard does not look any more, and what that means now.
func aboutSilence(o Observation) Attention {
	standby := o.Regions[1]
	advice, means := Advice{"regionpair readiness", "see whether its function can run; its log says more"}, "nothing would keep a primary out that fails"
	if standby.Switch == contract.PositionByGuard {
		advice = Advice{"regionpair failback", "give the clients back, when " + o.Pair.Primary + " has proved itself"}
		means = fmt.Sprintf("the primary stays out, as since %s, until a person gives the clients back", stamp(standby.SwitchSince))
	}
	return attend(advice, "the guard looked last %s, and %s: alarm guard-silent in docs/reference/alarms.md", age(o.At, standby.Memory.LookedAt()), means)
}

// aboutLoss says what cannot be read because it was on its way.
func aboutLoss(o Observation) []Attention {
	behind := o.Regions[1].Traffic.Behind
	if behind == nil || behind.Value == 0 {
		return nil
	}
	text := fmt.Sprintf("%s was behind by %s when last measured, %s", o.Pair.Standby, figure.Seconds(behind.Value), age(o.At, behind.At))
	if pending := o.Regions[1].Traffic.Pending; pending != nil && pending.Value > 0 {
		text += fmt.Sprintf(": about %.0f writes cannot be read there", pending.Value)
	}
	return []Attention{attend(Advice{"regionpair verify", "list them, when " + o.Pair.Primary + " is back"}, "%s", text)}
}

func aboutRegion(o Observation, s Status, r RegionStatus) []Attention {
	found := []Attention{}
	note := func(advice Advice, format string, args ...any) {
		found = append(found, attend(advice, format, args...))
	}
	// What clients suffer from is ended by moving them.
	remedy := Advice{"regionpair readiness", "see what that means for a switch"}
	if r.Serves {
		remedy = relief(o, s)
	}
	switch {
	case r.Silent && r.Serves:
		note(remedy, "%s does not answer this tool", r.Region)
		return found
	case r.Silent:
		note(Advice{"regionpair status --watch", "see when it is back"}, "%s does not answer", r.Region)
		return found
	case r.Error != "":
		note(Advice{"regionpair iam reader", "see what this command has to be allowed"}, "%s", r.Error)
		return found
	case r.Health.Status == "" && r.Health.Error != "":
		note(remedy, "the health endpoint of %s: %s", r.Region, r.Health.Error)
	case r.Health.Status != "healthy" && r.Health.Status != "":
		note(remedy, "%s is %s: %s", r.Region, r.Health.Status, joined(r.Health.Failing))
	}
	seen := o.seen(r.Region)
	if g := doorGuard(seen); seen.HasFacts && !g.Holds && !seen.Door.AsksForCertificate {
		advice := Advice{lookAtDoors, "see what is wrong there"}
		if r.Serves {
			advice = remedy
		}
		note(advice, "%s", g.Text)
	}
	if seen.fenced() {
		found = append(found, aboutFence(o, seen))
	}
	if seen.heldByPerson() {
		found = append(found, aboutHold(o, seen))
	}
	if r.LagToPeer != nil && r.LagToPeer.Value > lagLimit {
		note(Advice{"regionpair readiness --only data", "see why"}, "%s is behind %s by %s", o.Pair.peer(r.Region), r.Region, figure.Seconds(r.LagToPeer.Value))
	}
	if rate := r.Traffic.ErrorRate; rate != nil && rate.Value > errorRateLimit {
		advice, why := remedy, ""
		if seen.fencedDuring(*rate) {
			advice, why = Advice{"regionpair status", "look again in two minutes"}, ", while its fence refused writes"
		}
		note(advice, "%s answers %s of its requests with 5xx%s", r.Region, figure.Percent(rate.Value), why)
	}
	certificates := Advice{"regionpair readiness --only certificates", "see why"}
	if c := r.Certificate; c.Status != "" && c.Status != "ISSUED" {
		note(certificates, "the certificate of %s is %s", r.Region, c.Status)
	} else if c.Expires != nil && c.Expires.Sub(o.At) < certificateLimit {
		note(certificates, "the certificate of %s ends in %.0f days", r.Region, c.Expires.Sub(o.At).Hours()/24)
	}
	return found
}

// aboutFence says that a Region refuses writes: on purpose while clients are kept
// from it, by mistake otherwise.
func aboutFence(o Observation, r RegionObservation) Attention {
	what := map[string]string{contract.PositionOn: "takes no writes", contract.PositionUploads: "signs no uploads"}[r.Fence]
	about := func(advice Advice, why string) Attention {
		return attend(advice, "%s %s: its fence is %s since %s, %s", r.Region, what, r.Fence, stamp(r.FenceSince), why)
	}
	switch {
	case r.Region == o.Pair.Primary && o.Regions[1].takesOver():
		return about(Advice{"regionpair failback", "open it, and give the clients back"}, "until regionpair failback")
	case r.Region == o.Pair.Primary:
		return about(Advice{"regionpair release", "open the fence; nobody is moved"}, "and clients are not kept from it")
	}
	return about(Advice{turnedOff(r, contract.FenceParameter(o.Pair.Name)), "open the fence"}, "which only a primary needs")
}

// aboutHold says that a person keeps a Region out, whatever its health.
func aboutHold(o Observation, r RegionObservation) Attention {
	if r.Region == o.Pair.Primary {
		return attend(Advice{"regionpair failback", "end the hold, and give the clients back"}, "%s is held by a person since %s: its health check is red until regionpair failback", r.Region, stamp(r.HoldSince))
	}
	return attend(Advice{turnedOff(r, contract.HoldParameter(o.Pair.Name)), "end the hold"}, "%s is held by a person since %s: its health check is red, and only a primary needs that", r.Region, stamp(r.HoldSince))
}

// turnedOff is the command for what no other command turns off.
func turnedOff(r RegionObservation, parameter string) string {
	return fmt.Sprintf("aws ssm put-parameter --region %s --name %s --value off --overwrite", r.Region, parameter)
}

// aboutDNS finds name servers that do not agree, unless clients are moving.
func aboutDNS(s Status) []Attention {
	if s.State == StateMoving {
		return nil
	}
	for _, answer := range s.DNS.Authoritative {
		if answer.Error != "" {
			return []Attention{attend(Advice{"regionpair readiness --only dns", "ask again, and look at the records"}, "DNS: %s %s", answer.Server, answer.Error)}
		}
		if s.Serving != "" && answer.Region != "" && answer.Region != s.Serving {
			return []Attention{attend(seeThemArrive,
				"DNS: %s answers %s and clients here get %s: they are moving", answer.Server, answer.Region, s.Serving)}
		}
	}
	return nil
}
