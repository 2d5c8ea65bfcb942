package main_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/regionpair/regionpair/internal/rehearsal"
)

// pool is the throw-away authority of a session.
func (s *session) pool() *x509.CertPool {
	text, err := os.ReadFile(s.ready.CAFile)
	require.NoError(s.t, err)
	pool := x509.NewCertPool()
	require.True(s.t, pool.AppendCertsFromPEM(text))
	return pool
}

// viaProxy is a client as everybody has one, with HTTPS_PROXY set.
func (s *session) viaProxy() *http.Client {
	proxy, err := url.Parse(s.ready.HTTPSProxy)
	require.NoError(s.t, err)
	return &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		Proxy: http.ProxyURL(proxy), TLSClientConfig: &tls.Config{RootCAs: s.pool(), MinVersion: tls.VersionTLS12},
	}}
}

// inRegion is a client of one Region's API, whatever DNS says.
func (s *session) inRegion(role string) *http.Client {
	for _, region := range s.ready.Regions {
		if region.Role == role {
			return &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
				TLSClientConfig: &tls.Config{RootCAs: s.pool(), MinVersion: tls.VersionTLS12},
				DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
					return (&net.Dialer{}).DialContext(ctx, network, region.APIAddress)
				},
			}}
		}
	}
	require.Fail(s.t, "no Region is "+role)
	return nil
}

// token comes from an unmodified OAuth client.
func (s *session) token(through *http.Client, style oauth2.AuthStyle, scopes ...string) (*oauth2.Token, error) {
	config := clientcredentials.Config{
		ClientID: s.ready.ClientID, ClientSecret: s.ready.ClientSecret, TokenURL: s.ready.TokenURL, Scopes: scopes, AuthStyle: style,
	}
	return config.Token(context.WithValue(s.t.Context(), oauth2.HTTPClient, through))
}

type reply struct {
	status int
	region string
	body   string
	header http.Header
}

func (s *session) call(through *http.Client, method, path, bearer string, body []byte) reply {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), method, "https://"+s.ready.DomainName+path, bytes.NewReader(body))
	require.NoError(s.t, err)
	if bearer != "" {
		request.Header.Set("Authorization", "Bearer "+bearer)
	}
	response, err := through.Do(request)
	require.NoError(s.t, err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	require.NoError(s.t, err)
	return reply{response.StatusCode, response.Header.Get("X-Served-By-Region"), string(text), response.Header}
}

// answeredBy waits until the name servers give out a Region.
func (s *session) answeredBy(region string) {
	s.t.Helper()
	require.Eventually(s.t, func() bool { return s.tell("status")["answer"] == region }, 30*time.Second, 100*time.Millisecond, "%s is not answered", region)
}

func TestOneCredentialWorksInWhicheverRegionAnswers(t *testing.T) {
	t.Parallel()
	s := up(t, "--time-scale", "20")
	primary, secondary := s.ready.Regions[0].Name, s.ready.Regions[1].Name
	s.answeredBy(primary)

	fromPrimary, err := s.token(s.inRegion("primary"), oauth2.AuthStyleInHeader)
	require.NoError(t, err)
	fromSecondary, err := s.token(s.inRegion("secondary"), oauth2.AuthStyleInParams)
	require.NoError(t, err, "the same secret in the other Region")

	t.Run("tokens outlive the Region that issued them", func(t *testing.T) {
		require.Equal(t, true, s.tell("fault " + primary + " crash")["ok"])
		assert.Equal(t, http.StatusNotFound, s.call(s.inRegion("secondary"), "GET", "/objects/x", fromPrimary.AccessToken, nil).status)
		_, err = s.token(s.inRegion("secondary"), oauth2.AuthStyleInHeader)
		require.NoError(t, err, "and new ones can be had")
		require.Equal(t, true, s.tell("heal " + primary)["ok"])
		require.Equal(t, true, s.tell("fault " + secondary + " crash")["ok"])
		got := s.call(s.inRegion("primary"), "GET", "/objects/x", fromSecondary.AccessToken, nil)
		assert.Equal(t, http.StatusNotFound, got.status)
		assert.Equal(t, primary, got.region)
		require.Equal(t, true, s.tell("heal " + secondary)["ok"])
	})

	t.Run("objects are written and read", func(t *testing.T) {
		client := s.viaProxy()
		s.answeredBy(primary)
		for path, body := range map[string]string{"/objects/a/b": "1", "/objects/a%20b": "2", "/objects/%C3%BC%2Fx": "3", "/objects/50%25": "4"} {
			assert.Equal(t, http.StatusNoContent, s.call(client, "PUT", path, fromPrimary.AccessToken, []byte(body)).status, path)
			assert.Equal(t, body, s.call(client, "GET", path, fromPrimary.AccessToken, nil).body, path)
		}
		list := s.call(client, "GET", "/objects", fromPrimary.AccessToken, nil)
		for _, key := range []string{`"a/b"`, `"a b"`, `"ü/x"`, `"50%"`} {
			assert.Contains(t, list.body, key)
		}
		assert.Equal(t, http.StatusNoContent, s.call(client, "DELETE", "/objects/a/b", fromPrimary.AccessToken, nil).status)
		require.Eventually(t, func() bool {
			return s.call(s.inRegion("secondary"), "GET", "/objects/a%20b", fromPrimary.AccessToken, nil).body == "2"
		}, 5*time.Second, 50*time.Millisecond, "replicated")
	})

	t.Run("what has no right is refused", func(t *testing.T) {
		client := s.viaProxy()
		readOnly, err := s.token(client, oauth2.AuthStyleInHeader, "objects/read")
		require.NoError(t, err)
		assert.Equal(t, http.StatusForbidden, s.call(client, "PUT", "/objects/k", readOnly.AccessToken, []byte("x")).status)
		refused := s.call(client, "GET", "/objects/k", "", nil)
		assert.Equal(t, http.StatusUnauthorized, refused.status)
		assert.Equal(t, "Bearer", refused.header.Get("Www-Authenticate"))
		assert.Equal(t, "application/problem+json", refused.header.Get("Content-Type"))
		assert.Equal(t, http.StatusUnauthorized, s.call(client, "GET", "/objects/k", "eyJhbGciOiJub25lIn0.e30.", nil).status)
		wrong := *s
		wrong.ready.ClientSecret = "wrong"
		_, err = wrong.token(client, oauth2.AuthStyleInHeader)
		require.ErrorContains(t, err, "invalid_client")
	})

	t.Run("a client that is not written in Go", func(t *testing.T) {
		node := exec.CommandContext(t.Context(), filepath.Join("..", "..", "node_modules", ".bin", "node"), "testdata/client.mjs",
			"https://"+s.ready.DomainName, s.ready.ClientID, s.ready.ClientSecret, "objects/read")
		node.Env = append(os.Environ(), "NODE_USE_ENV_PROXY=1", "HTTPS_PROXY="+s.ready.HTTPSProxy, "NODE_EXTRA_CA_CERTS="+s.ready.CAFile)
		output, err := node.CombinedOutput()
		require.NoError(t, err, string(output))
		lines := strings.Split(strings.TrimSpace(string(output)), "\n")
		require.Len(t, lines, 2, "with client_secret_basic and client_secret_post")
		for _, line := range lines {
			var granted struct{ Endpoint, Type, Token string }
			require.NoError(t, json.Unmarshal([]byte(line), &granted))
			assert.Equal(t, s.ready.TokenURL, granted.Endpoint)
			assert.Equal(t, http.StatusNotFound, s.call(s.viaProxy(), "GET", "/objects/none", granted.Token, nil).status)
		}
	})

	t.Run("DNS answers with addresses that lead nowhere else", func(t *testing.T) {
		resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, s.ready.DNSAddress)
		}}
		addresses, err := resolver.LookupHost(t.Context(), s.ready.DomainName)
		require.NoError(t, err)
		require.Len(t, addresses, 1)
		assert.True(t, strings.HasPrefix(addresses[0], "192.0.2."))
	})

	t.Run("a flood does not reach what the checkers ask", func(t *testing.T) {
		client, checked := s.viaProxy(), s.ready.Regions[0].HealthURL
		parent, name := path.Split(checked)
		public := path.Dir(path.Clean(strings.TrimPrefix(parent, "https://"))) + "/" + name
		guessed := strings.TrimPrefix(parent, "https://") + "x/" + name
		statuses := map[int]int{}
		ask := func(url string) int {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+url, nil)
			if !assert.NoError(t, err) {
				return 0
			}
			response, err := client.Do(request)
			if !assert.NoError(t, err) {
				return 0
			}
			defer func() { _ = response.Body.Close() }()
			_, _ = io.Copy(io.Discard, response.Body)
			return response.StatusCode
		}
		require.Equal(t, http.StatusOK, ask(public))
		// Many at once: one caller on a slow machine would stay below the throttle.
		for range 20 {
			answers := make(chan int)
			for range 40 {
				go func() { answers <- ask(public) }()
			}
			for range 40 {
				statuses[<-answers]++
			}
			require.Equal(t, http.StatusForbidden, ask(guessed))
			require.Equal(t, http.StatusOK, ask(strings.TrimPrefix(checked, "https://")), "in the flood")
		}
		assert.Positive(t, statuses[http.StatusTooManyRequests], "the flood was one: %v", statuses)
	})

	t.Run("commands that are wrong say so", func(t *testing.T) {
		assert.Contains(t, s.tell("fault mars crash")["error"], `Region "mars" is not part of the pair`)
		assert.Contains(t, s.tell("fault " + primary + " flood")["error"], "crash, blackhole")
		assert.Contains(t, s.tell("dance")["error"], "there are: fault <region> <kind>")
		assert.Contains(t, s.out.Text(), "<region>", "not escaped")
		assert.Contains(t, s.tell("break nothing")["error"], "`break` lists what there is")
		assert.Contains(t, s.tell("mend quota-01")["error"], "is not broken")
	})

	t.Run("one thing at a time is broken, and the switch is turned", func(t *testing.T) {
		assert.Len(t, s.tell("help")["verbs"], len(rehearsal.Verbs()))
		assert.Len(t, s.tell("break")["breakages"], len(rehearsal.Breakages()))
		assert.Equal(t, []any{"QUOTA-01"}, s.tell("break quota-01")["finds"])
		assert.Contains(t, s.tell("break quota-01")["error"], "broken already")
		assert.Equal(t, 1, s.operate("readiness", "--only", "quotas").exit)
		assert.Equal(t, true, s.tell("mend")["ok"])
		assert.Equal(t, 0, s.operate("readiness", "--only", "quotas").exit)
		assert.Equal(t, true, s.tell("switch on")["ok"])
		assert.Equal(t, "on", s.tell("status")["switch"])
		assert.Equal(t, true, s.tell("switch off")["ok"])
	})

	t.Run("no secret is logged", func(t *testing.T) {
		s.mustNotLog(fromPrimary.AccessToken, fromSecondary.AccessToken, s.ready.ClientSecret)
	})
	assert.Empty(t, s.tell("status")["unexpectedHosts"])
	s.quit()
}

// mustNotLog scans everything that functions and APIs have logged.
func (s *session) mustNotLog(secrets ...string) {
	s.t.Helper()
	logs, err := filepath.Glob(filepath.Join(filepath.Dir(s.ready.CAFile), "logs", "*.log"))
	require.NoError(s.t, err)
	size := 0
	for _, log := range logs {
		text, err := os.ReadFile(log)
		require.NoError(s.t, err)
		size += len(text)
		for _, secret := range secrets {
			assert.NotContains(s.t, string(text), secret, log)
			// A token's signature alone is as bad as the whole.
			parts := strings.Split(secret, ".")
			assert.NotContains(s.t, string(text), parts[len(parts)-1], log)
		}
	}
	require.Positive(s.t, size, "there are logs to scan")
}

func TestUpSaysHowToCallTheAPIAsEachClient(t *testing.T) {
	t.Parallel()
	command := endsWithTests(exec.CommandContext(t.Context(), binary, "up", "--assembly", ownAssembly(t)))
	tmp := filepath.Join(t.TempDir(), "with space")
	require.NoError(t, os.Mkdir(tmp, 0o700))
	command.Env, command.Stdin = append(os.Environ(), "TMPDIR="+tmp), strings.NewReader("quit\n")
	text, err := command.Output()
	require.NoError(t, err)
	for _, want := range []string{"'orders.partner:", "'orders.reporting:", "# objects/read, objects/write", "https://api.example.com/objects/greeting", "`switch on`, `break`",
		"CURL_CA_BUNDLE='" + tmp, "SSL_CERT_FILE='" + tmp} {
		assert.Contains(t, string(text), want)
	}
}

func TestUpEndsWhenInterrupted(t *testing.T) {
	t.Parallel()
	s := up(t)
	interrupt(t, s.command)
	require.NoError(t, s.command.Wait())
	s.mustHaveCleanedUp()
}

// An app of somebody's own is synthesized where it lies, without an option and
// without the CDK CLI.
func TestUpSynthesizesTheAppOfItsFolder(t *testing.T) {
	t.Parallel()
	app := copyExample(t, "own-handler")
	s := upIn(t, filepath.Join(app, "handler"), filepath.Join(app, ".build", "drill"))
	assert.Equal(t, "quotes.example.com", s.ready.DomainName)
	token, err := s.token(s.inRegion("primary"), oauth2.AuthStyleInHeader)
	require.NoError(t, err)
	answer := s.call(s.inRegion("primary"), "GET", "/quotes/vogels", token.AccessToken, nil)
	assert.Equal(t, http.StatusOK, answer.status, answer.body)
	s.quit()
}
