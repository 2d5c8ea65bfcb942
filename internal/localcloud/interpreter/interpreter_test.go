package interpreter_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/localcloud/egress"
	"github.com/regionpair/regionpair/internal/localcloud/interpreter"
	"github.com/regionpair/regionpair/internal/localcloud/lambdaruntime"
)

// world is a network with one host, and the functions in it.
type world struct {
	t       *testing.T
	network *egress.Network
	found   *interpreter.Interpreters
}

func newWorld(t *testing.T) *world {
	t.Helper()
	network, err := egress.New(t.TempDir())
	require.NoError(t, err)
	t.Cleanup(network.Close)
	_, err = network.Handle("s3.eu-west-1.amazonaws.com", egress.Endpoint{Region: "eu-west-1", Service: "s3"}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte("served " + r.URL.Path))
	}))
	require.NoError(t, err)
	return &world{t: t, network: network, found: interpreter.New(t.TempDir(), ".")}
}

func (w *world) function(runtime, dir, handler string) *lambdaruntime.Function {
	w.t.Helper()
	root, err := filepath.Abs(filepath.Join("testdata", dir))
	require.NoError(w.t, err)
	layer, err := filepath.Abs(filepath.Join("testdata", "layer"))
	require.NoError(w.t, err)
	command, err := w.found.Command(interpreter.Code{Runtime: runtime, Dir: root, Layers: []string{layer}})
	require.NoError(w.t, err)
	gateway, err := w.network.Gateway("f")
	require.NoError(w.t, err)
	proxy := w.network.ProxyURL("f").String()
	environment := map[string]string{
		"COLOUR": "blue", "HTTPS_PROXY": proxy, "HTTP_PROXY": proxy, "LOCALCLOUD_GATEWAY": gateway,
		"NODE_EXTRA_CA_CERTS": w.network.CAFile(), "SSL_CERT_FILE": w.network.CAFile(),
	}
	for name, value := range command.Environment {
		environment[name] = value
	}
	f := lambdaruntime.New(lambdaruntime.Spec{
		Name: "shop", Region: "eu-west-1", Binary: command.Program, Arguments: command.Arguments, Root: root,
		Runtime: runtime, Handler: handler, Environment: environment, Timeout: 20 * time.Second,
	})
	w.t.Cleanup(f.Close)
	return f
}

func invoke(t *testing.T, f *lambdaruntime.Function, event map[string]any) (any, lambdaruntime.Result) {
	t.Helper()
	payload, err := json.Marshal(event)
	require.NoError(t, err)
	result, err := f.Invoke(t.Context(), payload)
	require.NoError(t, err)
	var answer any
	require.NoError(t, json.Unmarshal(result.Payload, &answer), string(result.Payload))
	return answer, result
}

// languages are functions that do the same.
var languages = map[string]struct{ runtime, dir, handler string }{
	"Node.js": {"nodejs24.x", "node", "index.handler"},
	"Python":  {"python3.13", "python", "shop/app.handle"},
}

func TestFunctionsRunAsInLambda(t *testing.T) {
	for name, language := range languages {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			f := w.function(language.runtime, language.dir, language.handler)
			got, cold := invoke(t, f, map[string]any{})
			first := got.(map[string]any)
			assert.Equal(t, "hello from a layer", first["greeting"])
			assert.Equal(t, "blue", first["colour"])
			assert.Equal(t, "shop", first["function"])
			assert.InDelta(t, 20_000, first["left"], 10_000)
			assert.True(t, cold.Cold)

			got, warm := invoke(t, f, map[string]any{})
			assert.False(t, warm.Cold, "the process is used again")
			assert.NotEqual(t, first["request"], got.(map[string]any)["request"])

			failure, result := invoke(t, f, map[string]any{"do": "fail"})
			assert.NotEmpty(t, result.FunctionError)
			assert.Equal(t, "as asked", failure.(map[string]any)["errorMessage"])
			_, again := invoke(t, f, map[string]any{})
			assert.False(t, again.Cold, "an error does not end the process")
		})
	}
}

func TestConnectionsReachTheLocalCloudOnly(t *testing.T) {
	for name, language := range languages {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			f := w.function(language.runtime, language.dir, language.handler)
			ways := []string{"fetch"}
			if name == "Node.js" {
				ways = append(ways, "get")
			}
			for _, way := range ways {
				text, _ := invoke(t, f, map[string]any{"do": way, "url": "https://s3.eu-west-1.amazonaws.com/" + way})
				assert.Equal(t, "served /"+way, text)
				_, result := invoke(t, f, map[string]any{"do": way, "url": "https://example.org/"})
				assert.NotEmpty(t, result.FunctionError, "nobody serves it")
			}
			for _, address := range []struct {
				host string
				port int
			}{{"db.example.net", 5432}, {"203.0.113.7", 443}} {
				refused, _ := invoke(t, f, map[string]any{"do": "connect", "host": address.host, "port": address.port})
				assert.Contains(t, refused, "cannot be reached from the local cloud")
			}
			assert.Equal(t, []string{"203.0.113.7:443 (not through HTTPS_PROXY)", "db.example.net:5432 (not through HTTPS_PROXY)", "example.org"}, w.network.UnexpectedHosts())
			for call := range w.network.Calls() {
				assert.Equal(t, "f", call.Caller, call.Host)
			}
		})
	}
}

func TestHandlersOfNode(t *testing.T) {
	w := newWorld(t)
	got, _ := invoke(t, w.function("nodejs24.x", "node", "index.nested.callback"), map[string]any{"n": 1})
	assert.InDelta(t, 2, got, 0, "a callback")
	got, _ = invoke(t, w.function("nodejs24.x", "node", "lib/modern.handle"), map[string]any{})
	assert.Equal(t, "hello from a layer", got, "an ECMAScript module finds layers, too")
	got, _ = invoke(t, w.function("nodejs24.x", "node", "index.nothing"), map[string]any{})
	assert.Nil(t, got, "as in Lambda")
	_, result := invoke(t, w.function("nodejs24.x", "node", "index.rejects"), map[string]any{})
	assert.Equal(t, "Error", result.FunctionError)
}

func TestWhatJSONCannotHoldIsAnError(t *testing.T) {
	w := newWorld(t)
	f := w.function("python3.13", "python", "shop/app.handle")
	failure, _ := invoke(t, f, map[string]any{"do": "unserializable"})
	assert.Equal(t, "TypeError", failure.(map[string]any)["errorType"])
	answer, _ := invoke(t, f, map[string]any{})
	assert.InDelta(t, 1.5, answer.(map[string]any)["price"], 0)
}

func TestAHandlerThatIsNotThereSaysSo(t *testing.T) {
	w := newWorld(t)
	for handler, want := range map[string]string{
		"index.absent": "exports no function absent", "absent.handler": "there is no absent.js, .mjs or .cjs", "index": "must be a file and an export",
	} {
		_, err := w.function("nodejs24.x", "node", handler).Invoke(t.Context(), []byte(`{}`))
		require.ErrorContains(t, err, want)
	}
	for handler, want := range map[string]string{"shop/app.absent": "absent", "absent.handle": "No module named", "app": "must be a module and a function"} {
		_, err := w.function("python3.13", "python", handler).Invoke(t.Context(), []byte(`{}`))
		require.ErrorContains(t, err, want)
	}
}

func TestWhatIsMissingIsSaidWithWhatToType(t *testing.T) {
	found := interpreter.New(t.TempDir(), ".")
	err := found.Check(interpreter.Code{Runtime: "nodejs24.x", Dir: filepath.Join("testdata", "needs-sdk")})
	require.ErrorIs(t, err, interpreter.ErrMissing)
	require.ErrorContains(t, err, "npm install --save-dev @aws-sdk/client-of-nothing")

	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "app.py"), []byte("import boto3\n"), 0o600))
	t.Setenv("PATH", t.TempDir())
	nobody := interpreter.New(t.TempDir(), t.TempDir())
	require.ErrorContains(t, nobody.Check(interpreter.Code{Runtime: "python3.13", Dir: dir}), "install Python 3.13 or later")
	require.ErrorContains(t, nobody.Check(interpreter.Code{Runtime: "nodejs24.x", Dir: dir}), "npm install --save-dev node@24")
}

// fakePython answers as an interpreter without the SDK would.
const fakePython = `#!/bin/sh
case "$*" in
  *find_spec*) exit 1 ;;
  *) echo "3.12 $0" ;;
esac
`

func TestPythonOfTheAppComesFirstAndNeedsTheSDK(t *testing.T) {
	app, code := t.TempDir(), t.TempDir()
	python := filepath.Join(app, ".venv", "bin", "python3")
	require.NoError(t, os.MkdirAll(filepath.Dir(python), 0o700))
	require.NoError(t, os.WriteFile(python, []byte(fakePython), 0o700))
	plain := interpreter.Code{Runtime: "python3.13", Dir: code}
	found := interpreter.New(t.TempDir(), app)
	command, err := found.Command(plain)
	require.NoError(t, err)
	assert.Equal(t, python, command.Program)
	assert.Equal(t, "Python 3.12", command.Version, "another than the template's")

	require.NoError(t, os.WriteFile(filepath.Join(code, "app.py"), []byte("from botocore.config import Config\nimport boto3\n"), 0o600))
	t.Setenv("PATH", t.TempDir())
	require.ErrorContains(t, interpreter.New(t.TempDir(), app).Check(plain), python+" -m pip install boto3")
	for _, bundled := range []string{"boto3", "botocore"} {
		require.NoError(t, os.MkdirAll(filepath.Join(code, bundled), 0o700))
	}
	require.NoError(t, interpreter.New(t.TempDir(), app).Check(plain), "it is bundled")
}
