package drill

import (
	"fmt"
	"html"
	"strings"
)

// Geometry of the picture, in pixels.
const (
	pictureWidth  = 960
	pictureLeft   = 110
	pictureRight  = 20
	rowRequests   = 30
	requestsTall  = 130
	rowHealth     = 180
	rowAnswer     = 210
	rowPending    = 245
	pendingTall   = 50
	rowAxis       = 310
	pictureHeight = 345
)

// Colours with their own meaning in text, too.
const (
	colourPrimary   = "#2a78d6"
	colourSecondary = "#eb6834"
	colourError     = "#d03b3b"
	colourPending   = "#898781"
	colourInk       = "#0b0b0b"
	colourMuted     = "#52514e"
	colourGrid      = "#e1e0d9"
)

// SVG draws the run: who served how much, when clients failed, what the health
// check and the name servers said, what waited for replication.
func (r Result) SVG() string {
	p := picture{result: r}
	if len(r.Series) == 0 {
		return ""
	}
	p.from, p.to = r.Series[0].Seconds, r.Series[len(r.Series)-1].Seconds+r.BucketSeconds
	fmt.Fprintf(&p.b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" font-family="system-ui, sans-serif" font-size="12">`, pictureWidth, pictureHeight)
	fmt.Fprintf(&p.b, `<title>%s</title>`, html.EscapeString(r.headline()))
	fmt.Fprintf(&p.b, `<rect width="%d" height="%d" fill="#fcfcfb"/>`, pictureWidth, pictureHeight)
	p.legend()
	p.axis()
	p.requests()
	p.states()
	p.pending()
	p.marks()
	p.b.WriteString(`</svg>`)
	return p.b.String()
}

func (r Result) headline() string {
	return fmt.Sprintf("%s: RTO %s of at most %.0f s, %d acknowledged writes lost", r.Fault, seconds(r.RTOSeconds), r.RTOBoundSeconds, r.PermanentlyLost)
}

type picture struct {
	b        strings.Builder
	result   Result
	from, to float64
}

func (p *picture) x(seconds float64) float64 {
	return pictureLeft + (seconds-p.from)/(p.to-p.from)*(pictureWidth-pictureLeft-pictureRight)
}

func (p *picture) text(x, y float64, anchor, colour, text string) {
	fmt.Fprintf(&p.b, `<text x="%.1f" y="%.1f" text-anchor="%s" fill="%s">%s</text>`, x, y, anchor, colour, html.EscapeString(text))
}

func (p *picture) rect(x, y, width, height float64, colour, title string) {
	if width <= 0 || height <= 0 {
		return
	}
	fmt.Fprintf(&p.b, `<rect x="%.1f" y="%.1f" width="%.2f" height="%.1f" fill="%s"><title>%s</title></rect>`, x, y, width, height, colour, html.EscapeString(title))
}

func (p *picture) legend() {
	x := float64(pictureLeft)
	for _, entry := range []struct{ colour, text string }{
		{colourPrimary, p.result.FailedRegion}, {colourSecondary, p.result.SurvivingRegion}, {colourError, "failed"}, {colourPending, "waiting for replication"},
	} {
		p.rect(x, 8, 10, 10, entry.colour, entry.text)
		p.text(x+15, 17, "start", colourMuted, entry.text)
		x += 40 + 7*float64(len(entry.text))
	}
	p.text(pictureLeft-8, rowRequests+requestsTall/2, "end", colourMuted, "requests")
	p.text(pictureLeft-8, rowHealth+11, "end", colourMuted, "health check")
	p.text(pictureLeft-8, rowAnswer+11, "end", colourMuted, "DNS answer")
	p.text(pictureLeft-8, rowPending+pendingTall/2+4, "end", colourMuted, "replication")
}

func (p *picture) axis() {
	step := 30.0
	if p.to-p.from > 600 {
		step = 120
	}
	for at := float64(int(p.from/step)) * step; at <= p.to; at += step {
		if at < p.from {
			continue
		}
		fmt.Fprintf(&p.b, `<line x1="%.1f" x2="%.1f" y1="%d" y2="%d" stroke="%s"/>`, p.x(at), p.x(at), rowRequests, rowAxis, colourGrid)
		p.text(p.x(at), rowAxis+14, "middle", colourMuted, fmt.Sprintf("%.0f s", at))
	}
}

// requests stacks what each Region served and what failed.
func (p *picture) requests() {
	most := 1
	for _, bucket := range p.result.Series {
		most = max(most, bucket.Primary+bucket.Secondary+bucket.Errors)
	}
	for _, bucket := range p.result.Series {
		x, width := p.x(bucket.Seconds), p.x(bucket.Seconds+p.result.BucketSeconds)-p.x(bucket.Seconds)-0.5
		y := float64(rowRequests + requestsTall)
		for _, part := range []struct {
			count  int
			colour string
			name   string
		}{
			{bucket.Primary, colourPrimary, p.result.FailedRegion}, {bucket.Secondary, colourSecondary, p.result.SurvivingRegion}, {bucket.Errors, colourError, "failed"},
		} {
			height := float64(part.count) / float64(most) * requestsTall
			y -= height
			p.rect(x, y, width, height, part.colour, fmt.Sprintf("%.0f s: %d %s", bucket.Seconds, part.count, part.name))
		}
	}
}

func (p *picture) states() {
	for _, bucket := range p.result.Series {
		x, width := p.x(bucket.Seconds), p.x(bucket.Seconds+p.result.BucketSeconds)-p.x(bucket.Seconds)
		health, state := colourPrimary, "healthy"
		if !bucket.Healthy {
			health, state = colourError, "unhealthy"
		}
		p.rect(x, rowHealth, width, 14, health, fmt.Sprintf("%.0f s: %s is %s", bucket.Seconds, p.result.FailedRegion, state))
		answer := colourPrimary
		if bucket.Answer != p.result.FailedRegion {
			answer = colourSecondary
		}
		p.rect(x, rowAnswer, width, 14, answer, fmt.Sprintf("%.0f s: %s", bucket.Seconds, bucket.Answer))
	}
}

func (p *picture) pending() {
	most := 1
	for _, bucket := range p.result.Series {
		most = max(most, bucket.Pending)
	}
	for _, bucket := range p.result.Series {
		x, width := p.x(bucket.Seconds), p.x(bucket.Seconds+p.result.BucketSeconds)-p.x(bucket.Seconds)-0.5
		height := float64(bucket.Pending) / float64(most) * pendingTall
		p.rect(x, rowPending+pendingTall-height, width, height, colourPending, fmt.Sprintf("%.0f s: %d versions wait", bucket.Seconds, bucket.Pending))
	}
}

// marks draws the moments that the figures are counted from.
func (p *picture) marks() {
	lastX := -1000.0
	for _, e := range p.result.Timeline {
		label := ""
		switch {
		case strings.HasPrefix(e.Text, "fault:"):
			label = "fault"
		case strings.HasPrefix(e.Text, "clients: service"):
			label = "restored"
		case strings.HasPrefix(e.Text, "the fault ends"):
			label = "repaired"
		case e.Seconds > 0 && e.Text == "clients: the resolver answers with "+p.result.FailedRegion:
			label = "failback"
		default:
			continue
		}
		x := p.x(e.Seconds)
		fmt.Fprintf(&p.b, `<line x1="%.1f" x2="%.1f" y1="%d" y2="%d" stroke="%s" stroke-dasharray="3 3"><title>%s</title></line>`,
			x, x, rowRequests, rowAxis, colourInk, html.EscapeString(e.Text))
		if x-lastX > 55 {
			p.text(x+3, rowAxis+28, "start", colourInk, label)
			lastX = x
		}
	}
}
