package operate

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/regionpair/regionpair/internal/figure"
)

// pageWidth is what every line of text fits into.
const pageWidth = 100

// Text is the status as a page.
func (s Status) Text(p Paint) string {
	var out strings.Builder
	s.writeHeading(&out, p)
	out.WriteString("\n  Region         Role    Serves Health         API Switch Lag to peer     Req/min    5xx Certificate\n")
	for _, r := range s.Regions {
		s.writeRegion(&out, p, r)
	}
	fmt.Fprintf(&out, "\n  DNS here       %s\n", s.dnsHere())
	fmt.Fprintf(&out, "  Name servers   %s\n", wrap(s.authoritative(), strings.Repeat(" ", 17)))
	fmt.Fprintf(&out, "  Last switch    %s\n", s.lastSwitch())
	s.writeAttention(&out, p)
	return out.String()
}

func (s Status) writeHeading(out *strings.Builder, p Paint) {
	heading := s.Pair.Name + "   " + s.Pair.Domain + "   "
	verdict, painted := s.verdict(), p.good
	switch s.State {
	case StateNormal:
	case StateDown, StateUnknown:
		painted = p.bad
	default:
		painted = p.warn
	}
	asOf := "as of " + s.AsOf.Format("15:04:05Z")
	space := max(3, pageWidth-len(heading)-len(verdict)-len(asOf))
	fmt.Fprintf(out, "%s   %s   %s%s%s\n", p.bold(s.Pair.Name), s.Pair.Domain, painted(verdict), strings.Repeat(" ", space), asOf)
}

func (s Status) verdict() string {
	where := ""
	if s.Serving != "" {
		where = fmt.Sprintf("serving from %s (%s)", s.Serving, s.Pair.role(s.Serving))
	}
	switch s.State {
	case StateNormal:
		return where + ", normal"
	case StateMoving:
		return "MOVING: " + where
	case StateFailedOver:
		return "FAILED OVER: " + where
	case StateHeld:
		return "HELD: " + where
	case StateDown:
		return "DOWN: nobody answers"
	}
	if s.API.Status >= http.StatusInternalServerError {
		return fmt.Sprintf("FAILING: clients get status %d", s.API.Status)
	}
	return "NOT KNOWN who serves"
}

func (s Status) writeRegion(out *strings.Builder, p Paint, r RegionStatus) {
	health, ofHealth := r.healthText()
	api, ofAPI := r.apiText()
	serves := "no"
	if r.Serves {
		serves = "yes"
	}
	position := r.Switch
	if r.Role == RolePrimary || position == "" {
		position = "-"
	}
	fmt.Fprintf(out, "  %-14s %-7s %-6s %s%s%-6s %-15s %7s %6s %s\n", r.Region, r.Role, serves,
		pad(health, 15, ofHealth(p)), pad(api, 4, ofAPI(p)), position, r.lagText(), r.requestsText(), r.errorsText(), r.certificateText(s.AsOf))
}

// painted is a verdict's colour.
type painted func(Paint) func(string) string

func good(p Paint) func(string) string { return p.good }
func warn(p Paint) func(string) string { return p.warn }
func bad(p Paint) func(string) string  { return p.bad }

// apiText is "ok", or the status that the Region's API answers instead.
func (r RegionStatus) apiText() (string, painted) {
	switch {
	case r.API.opens(r.Region):
		return "ok", good
	case r.API.Error != "":
		return "no", bad
	case r.API.Status == 0:
		return "-", warn
	}
	return strconv.Itoa(r.API.Status), bad
}

func (r RegionStatus) healthText() (string, painted) {
	switch {
	case r.Silent:
		return "silent for " + fmt.Sprintf("%d s", int(callLimit.Seconds())), bad
	case r.Error != "":
		return "unknown", bad
	case r.Health.Error != "" && r.Health.Status == "":
		return "no answer", bad
	case r.Health.Status == "":
		return "unknown", warn
	case r.Health.Held && r.Health.Status != "unhealthy":
		return "held, " + r.Health.Status, warn
	case r.Health.Status == "healthy":
		return "ok " + figure.Seconds(r.Health.AgeSeconds) + " ago", good
	case r.Health.Status == "degraded":
		return "degraded", warn
	}
	return r.Health.Status, bad
}

func (r RegionStatus) lagText() string {
	switch {
	case r.LagToPeer == nil && r.Silent:
		return "unknown"
	case r.LagToPeer == nil:
		return "no figure"
	case r.WorstLag != nil && r.WorstLag.Value > r.LagToPeer.Value:
		return figure.Seconds(r.LagToPeer.Value) + ", max " + figure.Seconds(r.WorstLag.Value)
	}
	return figure.Seconds(r.LagToPeer.Value)
}

func (r RegionStatus) requestsText() string {
	if r.Traffic.Requests == nil {
		return "-"
	}
	return figure.Number(r.Traffic.Requests.Value)
}

func (r RegionStatus) errorsText() string {
	if r.Traffic.ErrorRate == nil {
		return "-"
	}
	return figure.Percent(r.Traffic.ErrorRate.Value)
}

func (r RegionStatus) certificateText(now time.Time) string {
	switch {
	case r.Certificate.Expires != nil:
		return fmt.Sprintf("%.0f days", r.Certificate.Expires.Sub(now).Hours()/24)
	case r.Certificate.Status != "":
		return strings.ToLower(r.Certificate.Status)
	}
	return "unknown"
}

func (s Status) dnsHere() string {
	here := s.DNS.Here
	switch {
	case here.Error != "":
		return here.Error
	case here.Region == "":
		return fmt.Sprintf("addresses of no known Region, %d s", here.TTL)
	}
	return fmt.Sprintf("%s, %d s left", here.Region, here.TTL)
}

// authoritative counts the servers by what they say: "eu-west-1 (4 of 4 servers)".
func (s Status) authoritative() string {
	counts, order := map[string]int{}, []string{}
	for _, answer := range s.DNS.Authoritative {
		said := answer.Region
		if answer.Error != "" {
			said = answer.Error
		} else if said == "" {
			said = "no known Region"
		}
		if counts[said] == 0 {
			order = append(order, said)
		}
		counts[said]++
	}
	parts := []string{}
	for _, said := range order {
		parts = append(parts, fmt.Sprintf("%s (%d of %d)", said, counts[said], len(s.DNS.Authoritative)))
	}
	return joined(parts)
}

func (s Status) lastSwitch() string {
	if s.LastSwitch == nil {
		return "none"
	}
	parts := []string{stamp(s.LastSwitch.At), s.LastSwitch.Action}
	if s.LastSwitch.Reason != "" {
		parts = append(parts, s.LastSwitch.Reason)
	}
	if s.LastSwitch.Seconds > 0 {
		parts = append(parts, figure.Seconds(s.LastSwitch.Seconds))
	}
	return shortenedTo(60, printable(joined(parts))) + "   (regionpair history)"
}

func (s Status) writeAttention(out *strings.Builder, p Paint) {
	const indent = "                 "
	if len(s.Attention) == 0 {
		fmt.Fprintf(out, "  Attention      %s\n", p.good("nothing"))
		return
	}
	label := "  Attention      "
	for _, a := range s.Attention {
		fmt.Fprintf(out, "%s%s %s\n", label, p.warn("!"), wrap(a.Text, indent+"  "))
		for _, advice := range a.Commands {
			fmt.Fprintf(out, "%s  %-*s   %s\n", indent, commandWidth(a.Commands), advice.Command, advice.Does)
		}
		label = indent
	}
}
