package console

import (
	"bytes"
	"crypto/subtle"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"net"
	"net/http"
	"time"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/localcloud"
	"github.com/regionpair/regionpair/internal/style"
)

const (
	// pushEvery is how often a page learns what changed.
	pushEvery = 250 * time.Millisecond
	// viewers that may look at the same time.
	viewers = 16
	// formBytes is more than any form of the page has.
	formBytes = 4 << 10
)

//go:embed page.html.tmpl static
var files embed.FS

var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"seconds": func(s float64) string { return fmt.Sprintf("%.1f s", s) },
	"even":    func(i int) bool { return i%2 == 0 },
}).ParseFS(files, "page.html.tmpl"))

// fragments of the page that change, each a template and an element.
var fragments = []string{"headline", "arrows", "clients", "dns", "region-0", "region-1", "replication", "figures", "checks", "guard", "events"}

// web serves the page of whatever state tells and does what its buttons say.
type web struct {
	address string
	// token proves that a request comes from the page.
	token string
	state func() State
	act   func(region, order string) error
	seats chan struct{}
}

func newWeb(address, token string, state func() State, act func(region, order string) error) *web {
	return &web{address: address, token: token, state: state, act: act, seats: make(chan struct{}, viewers)}
}

func (w *web) handler() http.Handler {
	static, err := fs.Sub(files, "static")
	if err != nil {
		panic(err) // the folder is embedded
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", w.page)
	mux.HandleFunc("GET /events", w.stream)
	mux.HandleFunc("POST /act", w.button)
	mux.Handle("GET /static/", http.StripPrefix("/static/", http.FileServerFS(static)))
	mux.HandleFunc("GET /static/colours.css", func(r http.ResponseWriter, _ *http.Request) {
		r.Header().Set("Content-Type", "text/css; charset=utf-8")
		_, _ = r.Write([]byte(style.Colours))
	})
	return w.guard(http.NewCrossOriginProtection().Handler(mux))
}

// guard refuses requests for other names, so that no page can reach the console
// through a name of its own that it lets point to loopback.
func (w *web) guard(next http.Handler) http.Handler {
	_, port, _ := net.SplitHostPort(w.address)
	return http.HandlerFunc(func(response http.ResponseWriter, r *http.Request) {
		if r.Host != w.address && r.Host != net.JoinHostPort("localhost", port) {
			http.Error(response, "The console is at http://"+w.address+"/", http.StatusMisdirectedRequest)
			return
		}
		header := response.Header()
		header.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "same-origin")
		header.Set("Cache-Control", "no-store")
		next.ServeHTTP(response, r)
	})
}

// fault is a button.
type fault struct{ Name, Label, What string }

// faults in the order of the buttons.
var faults = []fault{
	{string(localcloud.Crash), "Lose", "everything refuses connections"},
	{string(localcloud.Blackhole), "Black hole", "packets vanish"},
	{string(localcloud.HTTP5xx), "HTTP 503", "API Gateway answers 503"},
	{string(localcloud.Slow), "Slow", "API Gateway answers too late"},
	{string(localcloud.S3), "S3 fails", "S3 answers 503"},
	{string(localcloud.Tokens), "Cognito fails", "Cognito cannot be reached"},
	{string(localcloud.Secrets), "Secrets fail", "Secrets Manager cannot be reached"},
	{string(localcloud.Parameters), "Parameters fail", "Parameter Store cannot be reached"},
	{string(localcloud.Throttled), "Throttled", "Parameter Store refuses calls"},
	{string(localcloud.KMS), "KMS fails", "KMS cannot be reached"},
	{string(localcloud.HealthOnly), "False alarm", "only the health endpoint fails"},
	{string(localcloud.APIDead), "API dead", "the API answers 503, its health endpoint is well"},
	{string(localcloud.Certificate), "Certificate", "the certificate of the API's name has expired"},
	{string(localcloud.Mapping), "Mapping", "the API's name leads to no API"},
	{string(localcloud.GrayErrors), "Gray errors", "3 of 10 requests fail, its health endpoint is well"},
	{string(localcloud.GrayLatency), "Gray latency", "1 of 5 requests takes 8 s, its health endpoint is well"},
}

func (w *web) page(response http.ResponseWriter, _ *http.Request) {
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, "page.html.tmpl", map[string]any{"State": w.state(), "Token": w.token, "Faults": faults}); err != nil {
		http.Error(response, err.Error(), http.StatusInternalServerError)
		return
	}
	response.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = b.WriteTo(response)
}

func (w *web) button(response http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(response, r.Body, formBytes)
	if subtle.ConstantTimeCompare([]byte(r.PostFormValue("token")), []byte(w.token)) != 1 {
		http.Error(response, "This page is of another run: reload it.", http.StatusForbidden)
		return
	}
	if err := w.act(r.PostFormValue("region"), r.PostFormValue("do")); err != nil {
		http.Error(response, err.Error(), http.StatusBadRequest)
		return
	}
	http.Redirect(response, r, "/", http.StatusSeeOther)
}

// push is what a page learns: the fragments that changed, the buttons that are
// pressed, and the newest event for those who listen.
type push struct {
	Fragments map[string]string `json:"fragments"`
	Pressed   []string          `json:"pressed"`
	Say       string            `json:"say,omitempty"`
}

// stream sends server-sent events until the page goes away.
func (w *web) stream(response http.ResponseWriter, r *http.Request) {
	select {
	case w.seats <- struct{}{}:
		defer func() { <-w.seats }()
	default:
		http.Error(response, "Too many pages are open.", http.StatusServiceUnavailable)
		return
	}
	response.Header().Set("Content-Type", "text/event-stream")
	ticker := time.NewTicker(pushEvery)
	defer ticker.Stop()
	shown, newest := map[string]string{}, Event{}
	for {
		s := w.state()
		next, err := changes(s, shown)
		if err != nil {
			return
		}
		if len(s.Events) > 0 && s.Events[0] != newest {
			newest = s.Events[0]
			next.Say = newest.Text
		}
		if len(next.Fragments) > 0 {
			text, err := json.Marshal(next)
			if err != nil {
				return
			}
			if _, err := fmt.Fprintf(response, "data: %s\n\n", text); err != nil {
				return
			}
			if err := http.NewResponseController(response).Flush(); err != nil {
				return
			}
		}
		select {
		case <-r.Context().Done():
			return
		case <-ticker.C:
		}
	}
}

// changes renders what differs from what is shown, and notes it there.
func changes(s State, shown map[string]string) (push, error) {
	next := push{Fragments: map[string]string{}, Pressed: []string{}}
	for _, name := range fragments {
		var b bytes.Buffer
		if err := pages.ExecuteTemplate(&b, name, s); err != nil {
			return next, err
		}
		if text := b.String(); text != shown[name] {
			shown[name], next.Fragments[name] = text, text
		}
	}
	for _, r := range s.Regions {
		if r.Fault != "" {
			next.Pressed = append(next.Pressed, r.Name+"/"+r.Fault)
		}
		if r.Switch == contract.PositionOn {
			next.Pressed = append(next.Pressed, r.Name+"/on")
		}
		if r.Hold == contract.PositionOn {
			next.Pressed = append(next.Pressed, r.Name+"/hold")
		}
	}
	return next, nil
}
