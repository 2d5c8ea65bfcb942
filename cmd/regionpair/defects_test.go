package main_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/miekg/dns"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/assembly"
	"github.com/regionpair/regionpair/internal/localcloud"
	"github.com/regionpair/regionpair/internal/localcloud/signature"
	"github.com/regionpair/regionpair/internal/operate"
	"github.com/regionpair/regionpair/internal/rehearsal"
)

const (
	west    = "eu-west-1"
	central = "eu-central-1"
	global  = "us-east-1"
	name    = "orders"
)

// deployed is a pair that runs in this process, so that a test can break what a
// person with a console could break.
type deployed struct {
	t     *testing.T
	cloud *localcloud.Cloud
	// nameServers that the tool asks.
	nameServers string
}

func deploy(t *testing.T, timeScale float64) *deployed {
	t.Helper()
	a, err := assembly.Load(ownAssembly(t))
	require.NoError(t, err)
	cloud, err := localcloud.Start(t.Context(), localcloud.Options{Assembly: a, Dir: t.TempDir(), Seed: 1, TimeScale: timeScale})
	require.NoError(t, err)
	t.Cleanup(cloud.Close)
	return &deployed{t: t, cloud: cloud, nameServers: cloud.NameServer().Address()}
}

// run runs the tool as an operator with an access key does.
func (d *deployed) run(key string, args ...string) outcome {
	d.t.Helper()
	command := d.command(key, args...)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	err := command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(d.t, err)
	}
	mustMatchItsSchema(d.t, args, stdout.String())
	return outcome{exit: command.ProcessState.ExitCode(), stdout: stdout.String(), stderr: stderr.String()}
}

// accessKey of the account's owner.
const accessKey = signature.AccessKeyID

func (d *deployed) command(key string, args ...string) *exec.Cmd {
	command := endsWithTests(exec.CommandContext(d.t.Context(), binary, append(args, "--config", "../../cdk.json")...))
	command.Env = append(os.Environ(), "HTTPS_PROXY="+d.cloud.Network().ProxyURL(operator).String(), "SSL_CERT_FILE="+d.cloud.Network().CAFile(),
		"AWS_CA_BUNDLE=", "AWS_EC2_METADATA_DISABLED=true", "AWS_REGION="+global, "AWS_ACCESS_KEY_ID="+key,
		"AWS_SECRET_ACCESS_KEY="+signature.SecretAccessKey, "AWS_SESSION_TOKEN="+signature.SessionToken,
		"REGIONPAIR_RESOLVER="+d.cloud.Resolver().Address(), "REGIONPAIR_NAME_SERVERS="+d.nameServers)
	return command
}

// found are the checks that do not hold.
func (d *deployed) found() []string {
	d.t.Helper()
	result := d.run(signature.AccessKeyID, "readiness", "--json")
	document := decode[operate.Readiness](d.t, result.stdout)
	ids := []string{}
	for _, check := range document.Checks {
		if check.Verdict == operate.VerdictFailed || check.Verdict == operate.VerdictWarning {
			ids = append(ids, check.ID)
		}
	}
	return ids
}

// lookAgain looks until what is found is what a defect makes of it. On a busy machine
// an answer may be late, which is gone with the next look; a defect is not.
func (d *deployed) lookAgain(found, wanted, also []string) []string {
	d.t.Helper()
	expected := slices.Concat(wanted, also)
	for range 10 {
		missing := without(wanted, found)
		if len(missing) == 0 && len(without(found, expected)) == 0 {
			break
		}
		time.Sleep(time.Second)
		again := d.found()
		found = slices.DeleteFunc(found, func(id string) bool { return !slices.Contains(expected, id) && !slices.Contains(again, id) })
		found = append(found, without(missing, without(missing, again))...)
	}
	return found
}

// without are the elements of a list that another one lacks.
func without(list, other []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(id string) bool { return slices.Contains(other, id) })
}

// aws is the SDK of somebody with a console, in a Region.
func (d *deployed) aws(region string) aws.Config {
	proxy := d.cloud.Network().ProxyURL("console")
	return aws.Config{
		Region:      region,
		Credentials: credentials.NewStaticCredentialsProvider(signature.AccessKeyID, signature.SecretAccessKey, signature.SessionToken),
		HTTPClient:  &http.Client{Transport: &http.Transport{Proxy: func(*http.Request) (*url.URL, error) { return proxy, nil }, TLSClientConfig: &tls.Config{RootCAs: d.cloud.Network().CAPool(), MinVersion: tls.VersionTLS12}}},
	}
}

// answering is a name server that gives everybody one answer.
func answering(t *testing.T, target string) string {
	t.Helper()
	started := make(chan struct{})
	server := &dns.Server{Addr: "127.0.0.1:0", Net: "udp", NotifyStartedFunc: func() { close(started) }}
	server.Handler = dns.HandlerFunc(func(w dns.ResponseWriter, request *dns.Msg) {
		reply := new(dns.Msg)
		reply.SetReply(request)
		reply.Answer = []dns.RR{&dns.CNAME{Hdr: dns.RR_Header{Name: request.Question[0].Name, Rrtype: dns.TypeCNAME, Class: dns.ClassINET, Ttl: 10}, Target: target}}
		_ = w.WriteMsg(reply)
	})
	go func() { _ = server.ListenAndServe() }()
	<-started
	t.Cleanup(func() { _ = server.Shutdown() })
	return server.PacketConn.LocalAddr().String()
}

func TestReadinessFindsEverySeededDefect(t *testing.T) {
	t.Parallel()
	d := deploy(t, 1)
	settled := func() []string {
		var found []string
		for range 40 {
			if found = d.found(); len(found) == 0 {
				break
			}
			time.Sleep(time.Second)
		}
		return found
	}
	require.Empty(t, settled(), "a fresh pair")
	seeded, session := map[string]bool{}, rehearsal.NewSession(d.cloud)
	holds := func(what string, wanted, found []string) {
		for _, id := range wanted {
			assert.Contains(t, found, id, what)
			seeded[id] = true
		}
		for _, id := range found {
			assert.Contains(t, append(wanted, alsoSeen[wanted[0]]...), id, what)
		}
	}
	for _, breakage := range rehearsal.Breakages() {
		_, err := session.Break(breakage.Name)
		require.NoError(t, err)
		found := d.found()
		// Functions notice the switch after 5 s, and a busy machine may look later.
		for tries := 0; breakage.Name == "switch-01" && !slices.Contains(found, "SWITCH-02") && tries < 5; tries++ {
			require.NoError(t, session.Mend(breakage.Name))
			require.Empty(t, settled(), "after %s was mended", breakage.What)
			_, err = session.Break(breakage.Name)
			require.NoError(t, err)
			found = d.found()
		}
		found = d.lookAgain(found, breakage.Found, alsoSeen[breakage.Found[0]])
		holds(breakage.What, breakage.Found, found)
		require.NoError(t, session.Mend(breakage.Name))
		if breakage.Name != "data-12" {
			require.Empty(t, settled(), "after %s was mended", breakage.What)
		}
	}
	d.nameServers += "," + answering(t, "d-old.execute-api.us-east-2.amazonaws.com.")
	holds("a name server is out of step", []string{"DNS-12"}, withoutFailedCopies(d.found()))
	for _, check := range operate.Checks() {
		if _, excused := notSeeded[check.ID]; !excused {
			assert.True(t, seeded[check.ID], "no defect proves %s", check.ID)
		}
	}
	defects := len(rehearsal.Breakages()) + 1
	t.Logf("%d defects, %d of %d checks proved", defects, len(seeded), len(operate.Checks()))
}

// withoutFailedCopies leaves out what was measured before and stays.
func withoutFailedCopies(found []string) []string {
	return slices.DeleteFunc(found, func(id string) bool { return id == "DATA-12" })
}

// alsoSeen are checks that may see a defect from another side, once functions
// have noticed it.
var alsoSeen = map[string][]string{
	"TRUST-01": {"DOOR-02", "TRUST-05"},
	"TRUST-02": {"TRUST-05"}, "TRUST-03": {"TRUST-05"}, "TRUST-04": {"TRUST-05"},
	"DATA-10":   {"DOOR-02"},
	"SWITCH-01": {"DNS-12"},
}

// notSeeded are checks that this cloud cannot be made to break.
var notSeeded = map[string]string{
	"TRUST-05": "what the token function offers changes with the parameters that TRUST-02 is about, minutes later",
	"DATA-09":  "S3 refuses to suspend the versioning of a bucket that replicates",
	"DATA-11":  "a lag of 15 minutes takes 15 minutes",
	"IAM-01":   "proved where policies are enforced",
}
