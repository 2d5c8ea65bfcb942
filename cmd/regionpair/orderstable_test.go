package main_test

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"
)

// copyExample copies an example, as somebody's own app, with this module, and the
// Node.js programs and Python packages of this checkout.
func copyExample(t *testing.T, name string) string {
	t.Helper()
	app := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.CopyFS(app, os.DirFS("../../examples/"+name)))
	module, err := filepath.Abs("../..")
	require.NoError(t, err)
	replace := exec.CommandContext(t.Context(), "go", "mod", "edit", "-replace=github.com/regionpair/regionpair="+module)
	replace.Dir = app
	require.NoError(t, replace.Run())
	require.NoError(t, os.Symlink(filepath.Join(module, "node_modules"), filepath.Join(app, "node_modules")))
	if venv := filepath.Join(module, ".venv-examples"); isThere(venv) {
		require.NoError(t, os.Symlink(venv, filepath.Join(app, ".venv")))
	}
	return app
}

func isThere(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// TestOrdersTableKeepsItsOrders creates, repeats, changes and lists orders in both
// Regions of the example, and again after the primary has crashed.
func TestOrdersTableKeepsItsOrders(t *testing.T) {
	t.Parallel()
	app := copyExample(t, "orders-table")
	s := upIn(t, app, filepath.Join(app, ".build", "drill"))
	token, err := s.token(s.inRegion("primary"), oauth2.AuthStyleInHeader)
	require.NoError(t, err)
	in := func(role, method, path, body string) (int, string) {
		answer := s.call(s.inRegion(role), method, path, token.AccessToken, []byte(body))
		return answer.status, answer.body
	}
	expect := func(want int, role, method, path, body string) string {
		t.Helper()
		status, text := in(role, method, path, body)
		require.Equal(t, want, status, "%s %s: %s", method, path, text)
		return text
	}
	const cup = `{"customer":"c1","item":"cup"}`
	expect(http.StatusCreated, "primary", "PUT", "/orders/1", cup)
	expect(http.StatusOK, "primary", "PUT", "/orders/1", cup)
	expect(http.StatusConflict, "primary", "PUT", "/orders/1", `{"customer":"c2","item":"cup"}`)
	expect(http.StatusOK, "primary", "PATCH", "/orders/1", `{"status":"paid","version":1}`)
	expect(http.StatusConflict, "primary", "PATCH", "/orders/1", `{"status":"sent","version":1}`)
	expect(http.StatusBadRequest, "primary", "PUT", "/orders/2", `{}`)
	expect(http.StatusNotFound, "primary", "GET", "/orders/2", "")

	const paid = `{"id":"1","customer":"c1","item":"cup","status":"paid","version":2}`
	require.Eventually(t, func() bool {
		status, text := in("secondary", "GET", "/orders/1", "")
		return status == http.StatusOK && text == paid
	}, 10*time.Second, 50*time.Millisecond, "the order arrives in the other Region")
	assert.JSONEq(t, `{"orders":[`+paid+`]}`, expect(http.StatusOK, "secondary", "GET", "/orders?customer=c1", ""))

	primary := s.ready.Regions[0].Name
	s.tell("fault " + primary + " crash")
	expect(http.StatusOK, "secondary", "PATCH", "/orders/1", `{"status":"sent","version":2}`)
	s.tell("heal " + primary)
	require.Eventually(t, func() bool {
		status, text := in("primary", "GET", "/orders/1", "")
		return status == http.StatusOK && text == `{"id":"1","customer":"c1","item":"cup","status":"sent","version":3}`
	}, 20*time.Second, 100*time.Millisecond, "the primary catches up")
	assert.Empty(t, s.tell("status")["unexpectedHosts"])
	s.quit()
}
