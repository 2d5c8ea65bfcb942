package main_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"
)

const replaceRegion = "docs/runbooks/replace-a-region.md"

// TestClientsKeepTheirSecretsWhenThePrimaryIsReplaced runs the page's commands for
// secrets. The primary plays the new Region: it gets secrets of its own, as the stack
// of a new Region does, with functions that have read none yet.
func TestClientsKeepTheirSecretsWhenThePrimaryIsReplaced(t *testing.T) {
	t.Parallel()
	needAWS(t)
	s := up(t, "--time-scale", "20")
	s.settle(west)
	variables := []string{"SECRETS=orders/clients/partner orders/clients/reporting", "STANDBY=" + central, "NEW=" + west}
	tokenIn := func(role string) error {
		_, err := s.token(s.inRegion(role), oauth2.AuthStyleInHeader)
		return err
	}
	inSync := func() string {
		return s.shell(`for id in $SECRETS; do
			aws secretsmanager describe-secret --region "$NEW" --secret-id "$id" --query 'ReplicationStatus[].Status' --output text
		done`, variables...)
	}

	moved := s.operate("failover", "--yes")
	require.Equal(t, 0, moved.exit, moved.stdout+moved.stderr)
	s.shell(documented(t, replaceRegion, "stop-replication-to-replica"), variables...)
	s.shell(`for id in $SECRETS; do
		for value in first second; do # of a new secret no version is an old one
			aws secretsmanager put-secret-value --region "$NEW" --secret-id "$id" --secret-string "{\"client_id\":\"new\",\"client_secret\":\"$value\"}"
		done
		aws secretsmanager replicate-secret-to-regions --region "$NEW" --secret-id "$id" --add-replica-regions "Region=$STANDBY"
	done`, variables...)
	assert.Equal(t, "Failed\nFailed\n", inSync(), "the names are taken")
	s.restart(west)
	require.Error(t, tokenIn("primary"), "the new Region does not know the client")
	require.NoError(t, tokenIn("secondary"), "the standby serves it")

	s.shell(documented(t, replaceRegion, "force-overwrite-replica-secret"), variables...)
	assert.Equal(t, "InSync\nInSync\n", inSync())
	s.restart(west)
	s.restart(central)
	require.NoError(t, tokenIn("primary"))
	require.NoError(t, tokenIn("secondary"))

	require.Eventually(t, func() bool { return s.operate("failback", "--yes", "--stable", "0s").exit == 0 }, time.Minute, time.Second)
	require.Eventually(t, func() bool { return s.operate("readiness").exit == 0 }, time.Minute, time.Second)
	s.quit()
}

// restart a Region's functions: they have read nothing.
func (s *session) restart(region string) {
	s.t.Helper()
	require.Equal(s.t, true, s.tell("fault " + region + " crash")["ok"])
	require.Equal(s.t, true, s.tell("heal " + region)["ok"])
	role := s.ready.Regions[0].Role
	if region == s.ready.Regions[1].Name {
		role = s.ready.Regions[1].Role
	}
	require.Eventually(s.t, func() bool {
		answer, err := s.inRegion(role).Get("https://" + s.ready.DomainName + "/.well-known/oauth-authorization-server")
		if err != nil {
			return false
		}
		_ = answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	}, 30*time.Second, 200*time.Millisecond)
}
