package restapi

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// requestTimeLayout is the common log format's.
const requestTimeLayout = "02/Jan/2006:15:04:05 -0700"

// variables are the $context variables; a false result means there is none for
// this request.
var variables = map[string]func(x *exchange) (string, bool){
	"accountId":          func(x *exchange) (string, bool) { return filled(x.api.Account) },
	"apiId":              func(x *exchange) (string, bool) { return filled(x.api.ID) },
	"deploymentId":       func(x *exchange) (string, bool) { return filled(x.api.Stage.DeploymentID) },
	"domainName":         func(x *exchange) (string, bool) { return filled(x.domainName()) },
	"domainPrefix":       func(x *exchange) (string, bool) { return filled(x.domainPrefix()) },
	"extendedRequestId":  func(x *exchange) (string, bool) { return x.extendedID, true },
	"httpMethod":         func(x *exchange) (string, bool) { return x.request.Method, true },
	"identity.sourceIp":  func(x *exchange) (string, bool) { return filled(x.sourceIP()) },
	"identity.userAgent": func(x *exchange) (string, bool) { return filled(x.request.UserAgent()) },
	"path":               func(x *exchange) (string, bool) { return x.paths.full, true },
	"protocol":           func(x *exchange) (string, bool) { return x.request.Proto, true },
	"requestId":          func(x *exchange) (string, bool) { return x.requestID, true },
	"requestTime":        func(x *exchange) (string, bool) { return x.received.UTC().Format(requestTimeLayout), true },
	"requestTimeEpoch":   func(x *exchange) (string, bool) { return strconv.FormatInt(x.received.UnixMilli(), 10), true },
	"resourceId":         func(x *exchange) (string, bool) { return filled(x.resourceID()) },
	"resourcePath":       func(x *exchange) (string, bool) { return filled(x.resourcePath()) },
	"stage":              func(x *exchange) (string, bool) { return x.api.Stage.Name, true },
	"xrayTraceId":        func(x *exchange) (string, bool) { return x.traceID, true },

	"identity.clientCert.clientCertPem":      certified(func(c *clientCertificate) string { return c.ClientCertPem }),
	"identity.clientCert.subjectDN":          certified(func(c *clientCertificate) string { return c.SubjectDN }),
	"identity.clientCert.issuerDN":           certified(func(c *clientCertificate) string { return c.IssuerDN }),
	"identity.clientCert.serialNumber":       certified(func(c *clientCertificate) string { return c.SerialNumber }),
	"identity.clientCert.validity.notBefore": certified(func(c *clientCertificate) string { return c.Validity.NotBefore }),
	"identity.clientCert.validity.notAfter":  certified(func(c *clientCertificate) string { return c.Validity.NotAfter }),

	"status":              func(x *exchange) (string, bool) { return positive(x.status) },
	"responseLength":      func(x *exchange) (string, bool) { return strconv.Itoa(x.length), true },
	"responseLatency":     func(x *exchange) (string, bool) { return milliseconds(x.api.now().Sub(x.received)) },
	"integrationLatency":  func(x *exchange) (string, bool) { return milliseconds(x.integrationLatency) },
	"integration.latency": func(x *exchange) (string, bool) { return milliseconds(x.integrationLatency) },
	"authorizer.latency":  authorizerLatency,

	"authorizer.principalId":        principal,
	"authorizer.integrationLatency": authorizerLatency,

	"error.message":       func(x *exchange) (string, bool) { return x.fault.text() },
	"error.messageString": func(x *exchange) (string, bool) { return x.fault.quoted() },
	"error.responseType":  func(x *exchange) (string, bool) { return x.fault.name() },
}

const authorizerPrefix = "authorizer."

// isVariable says whether a $context variable is known; what an authorizer
// puts in its context is not known before it runs.
func isVariable(name string) bool {
	return variables[name] != nil || strings.HasPrefix(name, authorizerPrefix)
}

// variable is the value of $context.<name>.
func (x *exchange) variable(name string) (string, bool) {
	if value := variables[name]; value != nil {
		return value(x)
	}
	key, found := strings.CutPrefix(name, authorizerPrefix)
	if !found || x.authorization == nil {
		return "", false
	}
	value, ok := x.authorization.context[key]
	return value, ok
}

func principal(x *exchange) (string, bool) {
	if x.authorization == nil {
		return "", false
	}
	return filled(x.authorization.principalID)
}

func authorizerLatency(x *exchange) (string, bool) {
	if x.authorization == nil {
		return "", false
	}
	return milliseconds(x.authorization.latency)
}

func filled(text string) (string, bool) { return text, text != "" }

func positive(n int) (string, bool) { return strconv.Itoa(n), n > 0 }

func milliseconds(d time.Duration) (string, bool) {
	return strconv.FormatInt(d.Milliseconds(), 10), d >= 0
}

func quote(text string) string {
	quoted, err := json.Marshal(text)
	if err != nil {
		return `""`
	}
	return string(quoted)
}
