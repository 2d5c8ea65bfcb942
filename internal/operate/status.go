package operate

import (
	"fmt"
	"time"

	"github.com/regionpair/regionpair/internal/contract"
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
	Serving string          `json:"serving"`
	AsOf    time.Time       `json:"asOf"`
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
	// Switch of the Region; with failover routing only the standby's counts.
	Switch string `json:"switch,omitempty"`
	// Fence of the Region: "on" while it takes no writes.
	Fence string `json:"fence,omitempty" enum:"off|uploads|on"`
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
	// Commands to type, each with what it does.
	Commands []Advice `json:"commands,omitempty"`
}

// Advice is a command and what it does.
type Advice struct {
	Command string `json:"command"`
	Does    string `json:"does"`
}

// Judge turns what was seen into a status.
func Judge(o Observation) Status {
	s := Status{SchemaVersion: SchemaVersion, Pair: o.Pair, AsOf: o.At.UTC(), DNS: DNSStatus{o.Here, o.Authoritative}}
	s.Serving = serving(o)
	s.State = state(o, s.Serving)
	for i, seen := range o.Regions {
		peer := o.Regions[1-i]
		s.Regions[i] = RegionStatus{
			Region: seen.Region, Role: o.Pair.role(seen.Region), Serves: seen.Region == s.Serving, Silent: seen.silent(),
			Health: seen.Health, Switch: seen.Switch, Fence: seen.Fence, Traffic: seen.Traffic, Certificate: seen.Certificate,
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
	on := standby.Switch == contract.PositionOn || standby.Switch == contract.PositionByGuard
	switch {
	case serving == "" && o.API.Status == 0:
		return StateDown
	case serving == "":
		return StateUnknown
	case serving == o.Pair.Primary && on, serving == o.Pair.Standby && !on && standby.Err == nil && movingBack(o):
		return StateMoving
	case serving == o.Pair.Primary:
		return StateNormal
	case on:
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
	for i := range s.Regions {
		found = append(found, aboutRegion(o, s.Regions[i])...)
	}
	return append(found, aboutDNS(s)...)
}

func aboutState(o Observation, s Status) []Attention {
	p := o.Pair
	switch s.State {
	case StateDown:
		return []Attention{{Text: fmt.Sprintf("nobody answers https://%s: %s", p.Domain, o.API.Error), Commands: []Advice{
			{"regionpair failover", "move the clients to " + p.Standby + ", if it is well"},
		}}}
	case StateUnknown:
		return []Attention{{Text: fmt.Sprintf("https://%s answers %d without naming its Region", p.Domain, o.API.Status)}}
	case StateFailedOver:
		return append([]Attention{{
			Text:     fmt.Sprintf("nothing keeps the primary out: it takes the clients back about %.0f s after it turns green", p.Bound.Seconds()),
			Commands: []Advice{{"regionpair hold", "keep serving from " + p.Standby + " until you say otherwise"}},
		}}, aboutLoss(o)...)
	case StateHeld:
		if o.Regions[1].Switch == contract.PositionByGuard {
			return append([]Attention{{
				Text:     fmt.Sprintf("the guard keeps the primary out since %s, until it is fit", stamp(o.Regions[1].SwitchSince)),
				Commands: []Advice{{"regionpair hold", "keep it out until you say otherwise"}},
			}}, aboutLoss(o)...)
		}
		return []Attention{{
			Text:     fmt.Sprintf("the primary is kept out since %s", stamp(o.Regions[1].SwitchSince)),
			Commands: []Advice{{"regionpair failback", "give the clients back, when " + p.Primary + " has proved itself"}},
		}}
	case StateMoving:
		return []Attention{{Text: fmt.Sprintf("clients are moving: the switch in %s is %s since %s", p.Standby, o.Regions[1].Switch, stamp(o.Regions[1].SwitchSince))}}
	}
	return nil
}

// aboutLoss says what cannot be read because it was on its way.
func aboutLoss(o Observation) []Attention {
	behind := o.Regions[1].Traffic.Behind
	if behind == nil || behind.Value == 0 {
		return nil
	}
	text := fmt.Sprintf("%s was behind by %s when last measured, %s", o.Pair.Standby, seconds(behind.Value), age(o.At, behind.At))
	if pending := o.Regions[1].Traffic.Pending; pending != nil && pending.Value > 0 {
		text += fmt.Sprintf(": about %.0f writes cannot be read there", pending.Value)
	}
	return []Attention{{Text: text}}
}

func aboutRegion(o Observation, r RegionStatus) []Attention {
	found := []Attention{}
	note := func(format string, args ...any) {
		found = append(found, Attention{Text: fmt.Sprintf(format, args...)})
	}
	switch {
	case r.Silent:
		note("%s does not answer", r.Region)
		return found
	case r.Error != "":
		note("%s", r.Error)
		return found
	case r.Health.Status == "" && r.Health.Error != "":
		note("the health endpoint of %s: %s", r.Region, r.Health.Error)
	case r.Health.Status != "healthy" && r.Health.Status != "":
		note("%s is %s: %s", r.Region, r.Health.Status, joined(r.Health.Failing))
	}
	if seen := o.seen(r.Region); seen.fenced() {
		found = append(found, aboutFence(o, seen))
	}
	if r.LagToPeer != nil && r.LagToPeer.Value > lagLimit {
		note("%s is behind %s by %s", o.Pair.peer(r.Region), r.Region, seconds(r.LagToPeer.Value))
	}
	if rate := r.Traffic.ErrorRate; rate != nil && rate.Value > errorRateLimit {
		note("%s answers %.1f %% of its requests with 5xx", r.Region, 100*rate.Value)
	}
	if c := r.Certificate; c.Status != "" && c.Status != "ISSUED" {
		note("the certificate of %s is %s", r.Region, c.Status)
	} else if c.Expires != nil && c.Expires.Sub(o.At) < certificateLimit {
		note("the certificate of %s ends in %.0f days", r.Region, c.Expires.Sub(o.At).Hours()/24)
	}
	return found
}

// aboutFence says that a Region refuses writes: on purpose while clients are kept
// from it, by mistake otherwise.
func aboutFence(o Observation, r RegionObservation) Attention {
	what := map[string]string{contract.PositionOn: "takes no writes", contract.PositionUploads: "signs no uploads"}[r.Fence]
	text := fmt.Sprintf("%s %s: its fence is %s since %s", r.Region, what, r.Fence, stamp(r.FenceSince))
	switch {
	case r.Region == o.Pair.Primary && o.Regions[1].takesOver():
		return Attention{Text: text + ", until regionpair failback"}
	case r.Region == o.Pair.Primary:
		return Attention{Text: text + ", and clients are not kept from it", Commands: []Advice{{"regionpair release", "open the fence; nobody is moved"}}}
	}
	return Attention{Text: text + ", which only a primary needs", Commands: []Advice{
		{fmt.Sprintf("aws ssm put-parameter --region %s --name %s --value off --overwrite", r.Region, contract.FenceParameter(o.Pair.Name)), "open the fence"},
	}}
}

// aboutDNS finds name servers that do not agree, unless clients are moving.
func aboutDNS(s Status) []Attention {
	if s.State == StateMoving {
		return nil
	}
	for _, answer := range s.DNS.Authoritative {
		if answer.Error != "" {
			return []Attention{{Text: fmt.Sprintf("DNS: %s %s", answer.Server, answer.Error)}}
		}
		if s.Serving != "" && answer.Region != "" && answer.Region != s.Serving {
			return []Attention{{Text: fmt.Sprintf("DNS: %s answers %s and clients here get %s: they are moving", answer.Server, answer.Region, s.Serving)}}
		}
	}
	return nil
}
