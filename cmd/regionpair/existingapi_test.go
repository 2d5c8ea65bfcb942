package main_test

import (
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestExistingAPIKeepsItsCarts stores carts with the example's Python functions and
// the AWS SDK for Python, in both Regions and after the primary has crashed.
func TestExistingAPIKeepsItsCarts(t *testing.T) {
	t.Parallel()
	if !isThere("../../.venv-examples") {
		t.Skip("the example is in Python, whose packages `make test` installs where there is Python")
	}
	app := copyExample(t, "existing-api")
	s := upIn(t, app, filepath.Join(app, ".build", "drill"))
	expect := func(want int, role, method, path, body string) string {
		t.Helper()
		answer := s.call(s.inRegion(role), method, path, "", []byte(body))
		require.Equal(t, want, answer.status, "%s %s: %s", method, path, answer.body)
		return answer.body
	}
	const cart = `{"items": ["cup"]}`
	expect(http.StatusOK, "primary", "PUT", "/carts/1", cart)
	assert.JSONEq(t, cart, expect(http.StatusOK, "primary", "GET", "/carts/1", ""))
	expect(http.StatusNotFound, "primary", "GET", "/carts/2", "")
	require.Eventually(t, func() bool {
		return s.call(s.inRegion("secondary"), "GET", "/carts/1", "", nil).body == cart
	}, 20*time.Second, 100*time.Millisecond, "the cart arrives in the other Region")

	primary := s.ready.Regions[0].Name
	s.tell("fault " + primary + " crash")
	expect(http.StatusOK, "secondary", "PUT", "/carts/1", `{"items": []}`)
	s.tell("heal " + primary)
	require.Eventually(t, func() bool {
		return s.call(s.inRegion("primary"), "GET", "/carts/1", "", nil).body == `{"items": []}`
	}, 20*time.Second, 100*time.Millisecond, "the primary catches up")
	assert.Empty(t, s.tell("status")["unexpectedHosts"])
	s.quit()
}
