package acceptance_test

import (
	"crypto/tls"
	"io"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3assets"
	"github.com/aws/jsii-runtime-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/config"
	"github.com/regionpair/regionpair/internal/assembly"
	"github.com/regionpair/regionpair/internal/localcloud"
	"github.com/regionpair/regionpair/internal/localcloud/identitytest"
	"github.com/regionpair/regionpair/stacks"
)

// closed asks clients for certificates and admits one network.
func closed(c *config.Config) {
	c.AllowedCIDRs = []string{"198.51.100.0/24"}
	c.MutualTLS = config.MutualTLS{TruststoreURI: "s3://truststore/ca.pem", TruststoreVersion: "v1"}
}

func startFor(t *testing.T, a *assembly.Assembly, clients localcloud.Clients) *localcloud.Cloud {
	t.Helper()
	cloud, err := localcloud.Start(t.Context(), localcloud.Options{Assembly: a, Dir: t.TempDir(), TimeScale: 20, Clients: clients})
	require.NoError(t, err)
	t.Cleanup(cloud.Close)
	return cloud
}

// ask makes a request without a token, through the proxy, as a caller that presents
// certificates.
func ask(t *testing.T, cloud *localcloud.Cloud, caller, url string, presented ...tls.Certificate) (status int, body string, err error) {
	t.Helper()
	client := http.Client{Transport: &http.Transport{
		Proxy: http.ProxyURL(cloud.Network().ProxyURL(caller)), ForceAttemptHTTP2: true,
		TLSClientConfig: &tls.Config{RootCAs: cloud.Network().CAPool(), MinVersion: tls.VersionTLS12, Certificates: presented},
	}}
	defer client.CloseIdleConnections()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	response, err := client.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), err
}

func TestAnAPIIsAsClosedAsItsTemplateSays(t *testing.T) {
	a := synthesize(t, closed, func(stacks.Pair) {})
	partner, stranger := identitytest.New(t), identitytest.New(t)
	cloud := startFor(t, a, localcloud.Clients{CertificateFile: partner.CertificateFile, KeyFile: partner.KeyFile, TruststoreFile: partner.TruststoreFile})
	pair := cloud.Pair()
	assert.Equal(t, "198.51.100.1", cloud.Clients().Address.String(), "the first address that is admitted")
	listed := strings.Join(cloud.NotEmulated(), "\n")
	assert.NotContains(t, listed, "MutualTls")
	assert.NotContains(t, listed, "(AWS::ApiGateway::RestApi): Policy")
	require.Eventually(t, func() bool {
		return cloud.Route53().Healthy(pair.PrimaryCheck) && cloud.Route53().Healthy(pair.SecondaryCheck)
	}, time.Minute, 50*time.Millisecond,
		"health checks present no certificate and come from elsewhere")

	for _, region := range []localcloud.Region{pair.Primary, pair.Secondary} {
		client := http.Client{Transport: cloud.NewTransportTo(region)}
		response, err := client.Get("https://" + pair.DomainName + "/objects")
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		assert.Equal(t, http.StatusUnauthorized, response.StatusCode, "a client of the drill gets as far as the authorizer")
		client.CloseIdleConnections()
	}
	url := "https://" + pair.DomainName + "/objects"
	status, _, err := ask(t, cloud, "client", url, partner.Certificate)
	require.NoError(t, err)
	assert.Equal(t, http.StatusUnauthorized, status)
	status, body, err := ask(t, cloud, "192.0.2.200", url, partner.Certificate)
	require.NoError(t, err)
	assert.Equal(t, http.StatusForbidden, status)
	assert.Contains(t, body, "User: anonymous is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:")
	assert.Contains(t, body, "with an explicit deny")
	for _, host := range []string{pair.DomainName, pair.Primary.RegionalDomainName} {
		for name, presented := range map[string][]tls.Certificate{"none": nil, "a stranger's": {stranger.Certificate}} {
			_, _, err := ask(t, cloud, "client", "https://"+host+"/objects", presented...)
			require.Error(t, err, "%s for %s", name, host)
		}
	}
	assert.Contains(t, healthOf(t, cloud), `"status":"healthy"`)
	assert.Empty(t, cloud.DeniedCalls())
}

// Without a certificate of the clients, the local cloud issues one and says so.
func TestClientsWithoutACertificateGetOneFromTheLocalCloud(t *testing.T) {
	partner := identitytest.New(t)
	for name, test := range map[string]struct {
		clients localcloud.Clients
		extend  func(stacks.Pair)
		listed  string
	}{
		"an object": {localcloud.Clients{}, func(stacks.Pair) {}, "in place of s3://truststore/ca.pem, which is not part of the assembly"},
		"a copy":    {localcloud.Clients{TruststoreFile: partner.TruststoreFile}, func(stacks.Pair) {}, "beside s3://truststore/ca.pem"},
		"an asset": {localcloud.Clients{}, func(p stacks.Pair) {
			trust(p.Primary, partner.TruststoreFile)
			trust(p.Secondary, partner.TruststoreFile)
		}, "beside s3://cdk-hnb659fds-assets-111122223333-eu-west-1/"},
	} {
		t.Run(name, func(t *testing.T) {
			a := synthesize(t, closed, test.extend)
			cloud := startFor(t, a, test.clients)
			assert.True(t, slices.ContainsFunc(cloud.NotEmulated(), func(line string) bool {
				return strings.Contains(line, "(AWS::ApiGateway::DomainName): MutualTlsAuthentication.TruststoreUri: the authority of this machine is trusted "+test.listed)
			}), "%s", cloud.NotEmulated())
			issued, err := tls.LoadX509KeyPair(cloud.Clients().CertificateFile, cloud.Clients().KeyFile)
			require.NoError(t, err)
			url := "https://" + cloud.Pair().DomainName + "/objects"
			status, _, err := ask(t, cloud, "client", url, issued)
			require.NoError(t, err)
			assert.Equal(t, http.StatusUnauthorized, status)
			_, _, err = ask(t, cloud, "client", url)
			require.Error(t, err)
			_, _, err = ask(t, cloud, "client", url, partner.Certificate)
			assert.Equal(t, name == "an object", err != nil, "the truststore is trusted as far as it is known: %v", err)
		})
	}
}

// trust makes a file of the app the truststore of a stack's domain name.
func trust(stack awscdk.Stack, file string) {
	bundle := awss3assets.NewAsset(stack, jsii.String("TruststoreAsset"), &awss3assets.AssetProps{Path: &file})
	for _, child := range *stack.Node().FindAll("") {
		if domain, isDomain := child.(awsapigateway.CfnDomainName); isDomain {
			domain.AddPropertyOverride(jsii.String("MutualTlsAuthentication.TruststoreUri"), bundle.S3ObjectUrl())
		}
	}
}

// Whatever the API would refuse all clients for is said before anything runs.
func TestClientsThatAreRefusedAreFoundBeforehand(t *testing.T) {
	a := synthesize(t, closed, func(stacks.Pair) {})
	partner, stranger := identitytest.New(t), identitytest.New(t)
	own := localcloud.Clients{CertificateFile: partner.CertificateFile, KeyFile: partner.KeyFile}
	with := func(change func(c *localcloud.Clients)) localcloud.Clients {
		clients := own
		change(&clients)
		return clients
	}
	for want, clients := range map[string]localcloud.Clients{
		"clients call from 192.0.2.200, and the resource policy of the API in eu-west-1 admits them to no method; it names 198.51.100.0/24":                           {Address: netip.MustParseAddr("192.0.2.200")},
		"'MutualTlsAuthentication.TruststoreUri': clients have a certificate of their own, and s3://truststore/ca.pem is not part of the assembly: give a copy of it": own,
		"the API would refuse " + partner.CertificateFile + " with the truststore s3://truststore/ca.pem: x509: certificate signed by unknown authority":              with(func(c *localcloud.Clients) { c.TruststoreFile = stranger.TruststoreFile }),
		partner.KeyFile + " is no X.509 certificate": with(func(c *localcloud.Clients) { c.TruststoreFile = partner.KeyFile }),
		"go.mod holds no certificate in PEM":         with(func(c *localcloud.Clients) { c.TruststoreFile = "../../../go.mod" }),
		"read the clients' certificate":              with(func(c *localcloud.Clients) { c.TruststoreFile, c.KeyFile = partner.TruststoreFile, stranger.KeyFile }),
	} {
		survey, err := localcloud.NewSurvey(t.Context(), localcloud.Options{Assembly: a, Clients: clients})
		require.NoError(t, err)
		require.Len(t, survey.Refusals, 1, want)
		assert.Contains(t, survey.Refusals[0], want)
		assert.Empty(t, survey.NotEmulated)
	}
	api := a.Stacks[slices.IndexFunc(a.Stacks, func(s assembly.Stack) bool { return s.Name == "orders-primary" })].Template.Resources["UnitApi6CBD0C0E"]
	statements := api.Properties["Policy"].(map[string]any)["Statement"].([]any)
	statements[1].(map[string]any)["Condition"] = map[string]any{"StringNotEquals": map[string]any{"aws:SourceVpce": "vpce-1"}}
	survey, err := localcloud.NewSurvey(t.Context(), localcloud.Options{Assembly: a})
	require.NoError(t, err)
	require.Len(t, survey.Refusals, 1)
	assert.Contains(t, survey.Refusals[0], "orders-primary/UnitApi6CBD0C0E (AWS::ApiGateway::RestApi): 'Policy' cannot be evaluated here: Statement[1].Condition.StringNotEquals: is not evaluated")
}
