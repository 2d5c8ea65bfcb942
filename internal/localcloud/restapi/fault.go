package restapi

import (
	"net/http"
	"strings"
)

// fault is an answer that API Gateway gives by itself.
type fault struct {
	// responseType names the gateway response, such as "UNAUTHORIZED".
	responseType string
	// status unless the gateway response sets one.
	status int
	// message; API Gateway says null where it has none.
	message string
	// errorType is the value of the X-Amzn-Errortype header.
	errorType string
	// reason is for the execution log only; nil where the answer says it all.
	reason error
}

func newFault(responseType string, status int, message, errorType string) fault {
	return fault{responseType: responseType, status: status, message: message, errorType: errorType}
}

const internalServerError = "Internal server error"

var (
	faultMissingToken = newFault("MISSING_AUTHENTICATION_TOKEN", http.StatusForbidden, "Missing Authentication Token", "MissingAuthenticationTokenException")
	faultUnauthorized = newFault("UNAUTHORIZED", http.StatusUnauthorized, "Unauthorized", "UnauthorizedException")
	faultDenied       = newFault("ACCESS_DENIED", http.StatusForbidden, "User is not authorized to access this resource", "AccessDeniedException")
	faultDeniedByRule = newFault("ACCESS_DENIED", http.StatusForbidden, "User is not authorized to access this resource with an explicit deny", "AccessDeniedException")

	faultAuthorizerFailed  = newFault("AUTHORIZER_FAILURE", http.StatusInternalServerError, "", "AuthorizerFailureException")
	faultAuthorizerInvalid = newFault("AUTHORIZER_CONFIGURATION_ERROR", http.StatusInternalServerError, "", "AuthorizerConfigurationException")

	faultThrottled = newFault("THROTTLED", http.StatusTooManyRequests, "Too Many Requests", "TooManyRequestsException")
	faultTooLarge  = newFault("REQUEST_TOO_LARGE", http.StatusRequestEntityTooLarge, "Request Too Long", "RequestTooLargeException")

	// faultNotInvoked is for a function that Lambda refused to run: throttled
	// functions are a 500 to the caller, not a 429.
	faultNotInvoked    = newFault("INTEGRATION_FAILURE", http.StatusInternalServerError, internalServerError, "InternalServerErrorException")
	faultBadAnswer     = newFault("DEFAULT_5XX", http.StatusBadGateway, internalServerError, "InternalServerErrorException")
	faultTimeout       = newFault("INTEGRATION_TIMEOUT", http.StatusGatewayTimeout, "Endpoint request timed out", "InternalServerErrorException")
	faultUnreadable    = newFault("DEFAULT_4XX", http.StatusBadRequest, "Bad Request", "BadRequestException")
	faultConfiguration = newFault("API_CONFIGURATION_ERROR", http.StatusInternalServerError, internalServerError, "InternalServerErrorException")
)

func faultParameters(missing string) fault {
	return newFault("BAD_REQUEST_PARAMETERS", http.StatusBadRequest, "Missing required request parameters: ["+missing+"]", "BadRequestException")
}

// faultNotAdmitted is what the resource policy refuses. API Gateway shows the last
// four digits of the account.
func faultNotAdmitted(methodARN, how string) fault {
	shown := strings.Split(methodARN, ":")
	if account := shown[4]; len(account) > 4 {
		shown[4] = strings.Repeat("*", len(account)-4) + account[len(account)-4:]
	}
	message := "User: anonymous is not authorized to perform: execute-api:Invoke on resource: " + strings.Join(shown, ":") + how
	return newFault("ACCESS_DENIED", http.StatusForbidden, message, "AccessDeniedException")
}

// of makes a copy, so that no request holds the shared value.
func (f fault) of() *fault { return &f }

func (f fault) because(reason error) *fault {
	f.reason = reason
	return &f
}

func (f *fault) text() (string, bool) {
	if f == nil {
		return "", false
	}
	return filled(f.message)
}

// quoted is the message as JSON.
func (f *fault) quoted() (string, bool) {
	switch {
	case f == nil:
		return "", false
	case f.message == "":
		return "null", true
	}
	return quote(f.message), true
}

func (f *fault) name() (string, bool) {
	if f == nil {
		return "", false
	}
	return f.responseType, true
}

// family is the gateway response for the types that have none of their own.
func (f *fault) family() string {
	if f.status >= http.StatusInternalServerError {
		return "DEFAULT_5XX"
	}
	return "DEFAULT_4XX"
}
