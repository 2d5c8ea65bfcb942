package main_test

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/localcloud/iam"
	"github.com/regionpair/regionpair/internal/operate"
)

// restricted gives an access key exactly the policy that the tool prints.
func (d *deployed) restricted(key, role string) []iam.Statement {
	d.t.Helper()
	printed := d.run("", "iam", role)
	require.Equal(d.t, 0, printed.exit, printed.stderr)
	policy := decode[operate.PolicyDocument](d.t, printed.stdout)
	statements := []iam.Statement{}
	for _, s := range policy.Statement {
		statements = append(statements, iam.Statement{Actions: s.Action, Resources: s.Resource})
	}
	d.cloud.Restrict(key, statements)
	return statements
}

func (d *deployed) denied(key string) []string {
	actions := []string{}
	for _, a := range d.cloud.Accesses(key) {
		if a.Denied {
			actions = append(actions, a.Action+" "+a.Resource)
		}
	}
	return actions
}

// mustNeedAll holds a policy to what was used of it.
func (d *deployed) mustNeed(key string, statements []iam.Statement) {
	d.t.Helper()
	used := d.cloud.Accesses(key)
	for _, s := range statements {
		for _, action := range s.Actions {
			one := iam.Statement{Actions: []string{action}, Resources: s.Resources}
			assert.True(d.t, slices.ContainsFunc(used, allowedBy(one)), "nobody needs %s", action)
		}
		for _, resource := range s.Resources {
			one := iam.Statement{Actions: s.Actions, Resources: []string{resource}}
			assert.True(d.t, slices.ContainsFunc(used, allowedBy(one)), "nobody needs %s", resource)
		}
	}
}

func allowedBy(s iam.Statement) func(iam.Access) bool {
	return func(a iam.Access) bool {
		return iam.Allows([]iam.Statement{s}, iam.Call{Action: a.Action, Resource: a.Resource})
	}
}

func TestCommandsNeedExactlyThePoliciesThatArePrinted(t *testing.T) {
	t.Parallel()
	const reader, operatorKey = "ASIALOCALCLOUDREADER", "ASIALOCALCLOUDOPERATOR"
	d := deploy(t, 20)
	readerPolicy, operatorPolicy := d.restricted(reader, operate.RoleReader), d.restricted(operatorKey, operate.RoleOperator)
	require.Eventually(t, func() bool { return d.run(reader, "status").exit == 0 }, 30*time.Second, time.Second)

	for _, args := range [][]string{{"status"}, {"history"}, {"verify"}, {"failover", "--dry-run"}} {
		result := d.run(reader, args...)
		assert.Equal(t, 0, result.exit, "%v: %s%s", args, result.stdout, result.stderr)
	}
	readiness := d.run(reader, "readiness")
	assert.Equal(t, 1, readiness.exit)
	assert.Contains(t, readiness.stdout, "64 ok, 1 failed")
	assert.Contains(t, readiness.stdout, "IAM-01")
	assert.Equal(t, []string{"ssm:PutParameter arn:aws:ssm:eu-central-1:111122223333:parameter/orders/failover/switch"}, d.denied(reader), "a reader is asked no more than that")
	refused := d.run(reader, "failover", "--yes")
	assert.Equal(t, 2, refused.exit, refused.stdout)
	assert.Contains(t, refused.stdout, "AccessDenied")
	assert.Contains(t, refused.stdout, "nothing was changed")
	d.mustNeed(reader, readerPolicy)

	for _, args := range [][]string{{"readiness"}, {"verify"}, {"failover", "--yes", "--fence", "--fence-uploads", "0s", "--fence-settle", "6s"}, {"history"}, {"failback", "--yes", "--stable", "0s"}, {"status"}} {
		if args[0] == "failback" {
			require.NoError(t, d.cloud.SetHold(d.cloud.Pair().Primary, "on"))
		}
		result := d.run(operatorKey, args...)
		assert.Equal(t, 0, result.exit, "%v: %s%s", args, result.stdout, result.stderr)
	}
	assert.Empty(t, d.denied(operatorKey))
	d.mustNeed(operatorKey, operatorPolicy)
}

// keep carries out the command that makes a version of a conflict the newest, as
// the AWS CLI would.
func (d *deployed) keep(region, command string) {
	d.t.Helper()
	_, command, found := strings.Cut(command, "\n")
	require.True(d.t, found, "a comment and a command")
	words := splitShell(command)
	value := func(flag string) *string { return aws.String(words[slices.Index(words, flag)+1]) }
	require.Equal(d.t, region, *value("--region"))
	_, err := s3.NewFromConfig(d.aws(region)).CopyObject(d.t.Context(), &s3.CopyObjectInput{
		Bucket: value("--bucket"), Key: value("--key"), CopySource: value("--copy-source"),
	})
	require.NoError(d.t, err)
}

func splitShell(line string) []string { return strings.Fields(strings.ReplaceAll(line, "'", "")) }

func TestVerifyFindsWhatIsMissing(t *testing.T) {
	t.Parallel()
	d := deploy(t, 20)
	put := func(region, key, body string) {
		_, err := s3.NewFromConfig(d.aws(region)).PutObject(t.Context(), &s3.PutObjectInput{
			Bucket: aws.String("orders-objects-111122223333-" + region), Key: &key, Body: bytes.NewReader([]byte(body)),
		})
		require.NoError(t, err)
	}
	verify := func() operate.Verification {
		return decode[operate.Verification](t, d.run("ASIALOCALCLOUD000000", "verify", "--json", "--grace", "0s").stdout)
	}
	put(west, "a/1", "one")
	require.Eventually(t, func() bool { v := verify(); return v.Keys == 1 && len(v.Differences) == 0 }, 20*time.Second, 200*time.Millisecond)
	d.cloud.Copier().Pause(west)
	d.cloud.Copier().Pause(central)
	put(west, "a/2", "two")
	put(west, "both", "west")
	put(central, "both", "central")
	found := map[string]string{}
	for _, difference := range verify().Differences {
		found[difference.Key] = strings.TrimSpace(difference.Kind + " " + difference.Region)
	}
	assert.Equal(t, map[string]string{"a/2": "missing " + central, "both": "conflict"}, found)
	plan := decode[operate.Verification](t, d.run("ASIALOCALCLOUD000000", "verify", "--json", "--grace", "0s", "--repair-plan").stdout)
	require.Len(t, plan.Repair, 4, "both directions, the conflict, and another look")
	assert.Contains(t, plan.Repair[0].Commands[0], "--region "+west)
	assert.Contains(t, plan.Repair[1].Commands[0], "--region "+central)
	assert.Contains(t, plan.Repair[2].Does, "both")
	d.keep(west, plan.Repair[2].Commands[2])
	d.cloud.Copier().Resume(west)
	d.cloud.Copier().Resume(central)
	require.Eventually(t, func() bool { return len(verify().Differences) == 0 }, 20*time.Second, 200*time.Millisecond)
	for _, region := range []string{west, central} {
		got, err := s3.NewFromConfig(d.aws(region)).GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("orders-objects-111122223333-" + region), Key: aws.String("both")})
		require.NoError(t, err)
		body, err := io.ReadAll(got.Body)
		require.NoError(t, err)
		assert.Equal(t, "west", string(body), "the version that was kept")
	}
	text, err := json.Marshal(verify())
	require.NoError(t, err)
	assert.Contains(t, string(text), `"schemaVersion":1`)
}
