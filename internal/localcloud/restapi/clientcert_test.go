package restapi_test

import (
	"bytes"
	"crypto/tls"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/localcloud/restapi"
)

func TestFunctionsKnowTheCertificateOfTheCaller(t *testing.T) {
	functions, log := newCloud(), &bytes.Buffer{}
	list := append(base(), part("a", "root", "a"), method("get", "GET", "a", "handler"))
	list[1].Properties["AccessLogSetting"] = map[string]any{"Format": "$context.identity.clientCert.subjectDN $context.identity.clientCert.validity.notAfter", "DestinationArn": "arn"}
	api, err := restapi.FromResources(list)
	require.NoError(t, err)
	api.AccessLog = log
	server := httptest.NewUnstartedServer(nil)
	server.Config.Handler = api.Domain("", functions.invoke)
	server.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	t.Cleanup(server.Close)
	// Any certificate will do here, such as the server's own.
	server.Client().Transport.(*http.Transport).TLSClientConfig.Certificates = server.TLS.Certificates
	response, _ := send(t, server, http.MethodGet, "/a", "")
	require.Equal(t, http.StatusOK, response.StatusCode)

	leaf := server.Certificate()
	identity := functions.lastRaw(t, "handler")["requestContext"].(map[string]any)["identity"].(map[string]any)
	assert.Equal(t, map[string]any{
		"clientCertPem": string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.Raw})),
		"subjectDN":     leaf.Subject.String(), "issuerDN": leaf.Issuer.String(), "serialNumber": leaf.SerialNumber.String(),
		"validity": map[string]any{"notBefore": "Jan  1 00:00:00 1970 GMT", "notAfter": "Jan 29 16:00:00 2084 GMT"},
	}, identity["clientCert"])
	assert.Equal(t, leaf.Subject.String()+" Jan 29 16:00:00 2084 GMT\n", log.String())

	plain := serve(t, api.Domain("", functions.invoke))
	send(t, plain, http.MethodGet, "/a", "")
	identity = functions.lastRaw(t, "handler")["requestContext"].(map[string]any)["identity"].(map[string]any)
	assert.NotContains(t, identity, "clientCert")
}
