package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/regionpair/regionpair/internal/drill"
	"github.com/regionpair/regionpair/internal/figure"
)

// Widths of a picture, in pixels: a page shows the one that fits.
const (
	wide   = 960
	narrow = 400
)

// Rows of a picture, from the top, in pixels.
const (
	markLabels   = 14
	bracketLabel = 34
	bracketTop   = 42
	requestsHead = 68
	requestsTop  = 76
	requestsEnd  = 186
	answerTop    = 214
	healthTop    = 252
	stripTall    = 16
	backlogTop   = 290
	backlogEnd   = 330
	axisLabels   = 346
	axisTitle    = 362
	legendTop    = 378
	legendRow    = 18

	gutter   = 44
	edge     = 12
	charWide = 6.6
)

// picture is what the template draws. Shapes carry classes; their colours are
// in the style sheet.
type picture struct {
	ID            string
	Width, Height int
	Title, Detail string
	Standalone    bool
	Lines         []line
	Areas         []area
	Boxes         []box
	Texts         []label
	Dots          []dot
}

type (
	line  struct{ Class, D string }
	area  struct{ Class, D, Fill string }
	box   struct{ Class, X, Y, W, H, Fill string }
	label struct{ Class, X, Y, Anchor, Text string }
	dot   struct{ Class, X, Y string }
)

// canvas turns seconds and figures into pixels.
type canvas struct {
	picture
	run       drill.Result
	timeScale float64
	from, to  float64
}

// draw makes the picture of a run; false when the run holds no series.
func draw(run drill.Result, timeScale float64, id string, width int) (picture, bool) {
	if len(run.Series) == 0 {
		return picture{}, false
	}
	c := canvas{run: run, timeScale: cmp.Or(timeScale, 1), from: run.Series[0].Seconds, to: run.Series[len(run.Series)-1].Seconds + run.BucketSeconds}
	c.ID, c.Width = id, width
	c.Title = fmt.Sprintf("%s, seed %d: clients without service for %s, %s allowed", run.Fault, run.Seed, figure.Seconds(run.RTOSeconds), figure.Seconds(rtoLimit(run)))
	c.Detail = describe(run)
	c.axis()
	c.requests()
	c.strips()
	c.backlog()
	c.marks()
	c.bracket()
	c.legend()
	return c.picture, true
}

// describe tells the picture to those who do not see it.
func describe(run drill.Result) string {
	sentences := []string{}
	for _, e := range run.Timeline {
		if e.Seconds >= 0 {
			sentences = append(sentences, fmt.Sprintf("%s: %s.", figure.Seconds(e.Seconds), e.Text))
		}
	}
	return strings.Join(sentences, " ")
}

func (c *canvas) x(seconds float64) float64 {
	return gutter + (seconds-c.from)/(c.to-c.from)*float64(c.Width-gutter-edge)
}

func px(v float64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.1f", v), "0"), ".")
}

func (c *canvas) text(class string, x, y float64, anchor, text string) {
	c.Texts = append(c.Texts, label{class, px(x), px(y), anchor, text})
}

func (c *canvas) line(class string, x1, y1, x2, y2 float64) {
	c.Lines = append(c.Lines, line{class, fmt.Sprintf("M%s %sL%s %s", px(x1), px(y1), px(x2), px(y2))})
}

// niceStep is 1, 2 or 5 times a power of ten, so that about count steps fit.
func niceStep(span float64, count int) float64 {
	raw := span / float64(count)
	power := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, factor := range []float64{1, 2, 5} {
		if factor*power >= raw {
			return factor * power
		}
	}
	return 10 * power
}

func (c *canvas) axis() {
	step := niceStep(c.to-c.from, c.Width/75)
	for at := math.Ceil(c.from/step) * step; at <= c.to; at += step {
		c.line("grid", c.x(at), requestsTop, c.x(at), backlogEnd)
		c.text("muted", c.x(at), axisLabels, "middle", figure.Number(at+0))
	}
	c.text("muted", gutter, axisTitle, "start", "AWS-equivalent seconds from the fault")
}

// scale draws the heading and the axis of a row, and returns its top value.
func (c *canvas) scale(head string, headY, top, bottom, most float64) float64 {
	step := niceStep(most, 2)
	limit := math.Ceil(most/step) * step
	c.text("muted", gutter, headY, "start", head)
	for at := 0.0; at <= limit; at += step {
		y := bottom - at/limit*(bottom-top)
		c.line("grid", gutter, y, float64(c.Width-edge), y)
		c.text("muted", gutter-6, y+4, "end", figure.Number(at))
	}
	return limit
}

// requests stacks what each Region served and what failed, in requests per
// second of this machine's clock.
func (c *canvas) requests() {
	rate := func(count int) float64 { return float64(count) * c.timeScale / c.run.BucketSeconds }
	most := 1.0
	for _, bucket := range c.run.Series {
		most = max(most, rate(bucket.Primary+bucket.Secondary+bucket.Errors))
	}
	limit := c.scale("Requests per second", requestsHead, requestsTop, requestsEnd, most)
	base := make([]float64, len(c.run.Series))
	for _, part := range []struct {
		class, fill string
		count       func(drill.Bucket) int
	}{
		{"primary", "", func(b drill.Bucket) int { return b.Primary }},
		{"secondary", "", func(b drill.Bucket) int { return b.Secondary }},
		{"failed", c.ID, func(b drill.Bucket) int { return b.Errors }},
	} {
		tops := slices.Clone(base)
		for i, bucket := range c.run.Series {
			tops[i] += rate(part.count(bucket))
		}
		c.Areas = append(c.Areas, c.steps(part.class, part.fill, base, tops, func(v float64) float64 {
			return requestsEnd - v/limit*(requestsEnd-requestsTop)
		})...)
		base = tops
	}
}

// steps draws the band between two step lines, one path for each stretch in
// which they differ.
func (c *canvas) steps(class, fill string, base, tops []float64, y func(float64) float64) []area {
	areas := []area{}
	for i := 0; i < len(tops); i++ {
		if tops[i] <= base[i] {
			continue
		}
		end := i
		for end < len(tops) && tops[end] > base[end] {
			end++
		}
		var b strings.Builder
		fmt.Fprintf(&b, "M%s %s", px(c.x(c.run.Series[i].Seconds)), px(y(base[i])))
		for j := i; j < end; j++ {
			if j+1 < end && tops[j+1] == tops[j] {
				continue
			}
			fmt.Fprintf(&b, "V%sH%s", px(y(tops[j])), px(c.x(c.run.Series[j].Seconds+c.run.BucketSeconds)))
		}
		for j := end - 1; j >= i; j-- {
			if j > i && base[j-1] == base[j] {
				continue
			}
			fmt.Fprintf(&b, "V%sH%s", px(y(base[j])), px(c.x(c.run.Series[j].Seconds)))
		}
		areas = append(areas, area{class, b.String() + "Z", fill})
		i = end
	}
	return areas
}

// strips show what the name servers answered and what the health check said.
func (c *canvas) strips() {
	c.strip("Name servers answer with", answerTop, func(b drill.Bucket) (class, text string) {
		switch b.Answer {
		case "":
			return "none", "nothing"
		case c.run.FailedRegion:
			return "primary", b.Answer
		}
		return "secondary", b.Answer
	})
	c.strip("Health check of "+c.run.FailedRegion, healthTop, func(b drill.Bucket) (class, text string) {
		if b.Healthy {
			return "healthy", "healthy"
		}
		return "failed", "unhealthy"
	})
}

func (c *canvas) strip(head string, top float64, state func(drill.Bucket) (class, text string)) {
	c.text("muted", gutter, top-6, "start", head)
	series := c.run.Series
	for i := 0; i < len(series); {
		class, text := state(series[i])
		end := i
		for end < len(series) {
			if other, _ := state(series[end]); other != class {
				break
			}
			end++
		}
		from, to := c.x(series[i].Seconds), c.x(series[end-1].Seconds+c.run.BucketSeconds)
		b := box{Class: class, X: px(from), Y: px(top), W: px(to - from), H: px(stripTall)}
		if class == "failed" {
			b.Fill = c.ID
		}
		c.Boxes = append(c.Boxes, b)
		if to-from > charWide*float64(len(text))+8 {
			c.text("on-"+class, (from+to)/2, top+12, "middle", text)
		}
		i = end
	}
}

func (c *canvas) backlog() {
	most := 1
	base, tops := make([]float64, len(c.run.Series)), make([]float64, len(c.run.Series))
	for i, bucket := range c.run.Series {
		most = max(most, bucket.Pending)
		tops[i] = float64(bucket.Pending)
	}
	limit := c.scale("Writes waiting for replication", backlogTop-6, backlogTop, backlogEnd, float64(most))
	c.Areas = append(c.Areas, c.steps("backlog", "", base, tops, func(v float64) float64 {
		return backlogEnd - v/limit*(backlogEnd-backlogTop)
	})...)
}

// marks draws the moments that the figures are counted from.
func (c *canvas) marks() {
	free := 0.0
	for _, e := range c.run.Timeline {
		name := ""
		switch {
		case e.Kind == drill.FaultBegins:
			name = "fault"
		case e.Kind == drill.FaultEnds:
			name = "repaired"
		case e.Kind == drill.Resolved && e.Seconds > 0 && strings.HasSuffix(e.Text, " "+c.run.FailedRegion):
			name = "clients are back"
		default:
			continue
		}
		x, half := c.x(e.Seconds), charWide*float64(len(name))/2
		c.line("mark", x, markLabels+4, x, backlogEnd)
		at := min(max(x, half+2), float64(c.Width)-half-2)
		if at-half > free {
			c.text("ink", at, markLabels, "middle", name)
			free = at + half
		}
	}
}

// bracket spans the recovery time, and shows how long it may be.
func (c *canvas) bracket() {
	first, failed := eventAt(c.run, drill.FirstFailure)
	if !failed {
		return
	}
	end, restored := eventAt(c.run, drill.Restored)
	name := "RTO " + figure.Seconds(c.run.RTOSeconds)
	if !restored {
		end, name = c.to, "not served again"
	}
	from, to := c.x(first), c.x(end)
	c.Lines = append(c.Lines, line{"bracket", fmt.Sprintf("M%s %dV%dH%sV%d", px(from), bracketTop+8, bracketTop, px(to), bracketTop+8)})
	half := charWide * float64(len(name)) / 2
	middle := max((from+to)/2, half+2)
	c.text("strong", middle, bracketLabel, "middle", name)
	limit := c.x(min(c.to, first+rtoLimit(c.run)))
	if limit <= to {
		return
	}
	c.line("allowed", to, bracketTop, limit, bracketTop)
	c.line("allowed", limit, bracketTop-4, limit, bracketTop+8)
	allowed := "allowed " + figure.Seconds(rtoLimit(c.run))
	if start := max(limit-12, middle+half+8); start+charWide*float64(len(allowed)) < float64(c.Width) {
		c.text("muted", start, bracketLabel, "start", allowed)
	}
}

func eventAt(run drill.Result, kind drill.EventKind) (float64, bool) {
	for _, e := range run.Timeline {
		if e.Kind == kind {
			return e.Seconds, true
		}
	}
	return 0, false
}

func (c *canvas) legend() {
	x, y := float64(gutter), float64(legendTop)
	for _, entry := range []struct{ class, text string }{
		{"primary", "served by " + c.run.FailedRegion}, {"secondary", "served by " + c.run.SurvivingRegion}, {"failed", "failed"}, {"backlog", "waiting for replication"},
	} {
		width := 26 + charWide*float64(len(entry.text))
		if x > gutter && x+width > float64(c.Width) {
			x, y = gutter, y+legendRow
		}
		b := box{Class: entry.class, X: px(x), Y: px(y), W: "11", H: "11"}
		if entry.class == "failed" {
			b.Fill = c.ID
		}
		c.Boxes = append(c.Boxes, b)
		c.text("muted", x+16, y+10, "start", entry.text)
		x += width
	}
	c.Height = int(y) + legendRow
}

// Class lets a page choose the picture that fits its window.
func (p picture) Class() string {
	if p.Width == wide {
		return "wide"
	}
	return "narrow"
}
