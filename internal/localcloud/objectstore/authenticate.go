package objectstore

import (
	"errors"
	"net/http"
	"time"

	"github.com/regionpair/regionpair/internal/localcloud/signature"
)

// authenticate refuses what is not signed as S3 demands, in S3's words.
func authenticate(r *http.Request, region string, now time.Time) error {
	err := signature.Verify(r, signature.Scope{Region: region, Service: "s3"}, now)
	var failure *signature.Error
	if !errors.As(err, &failure) {
		return err
	}
	switch failure.Reason {
	case signature.TwoMechanisms:
		return refuse(http.StatusBadRequest, "InvalidArgument", "%s", failure.Detail)
	case signature.Malformed, signature.WrongScope:
		return refuse(http.StatusBadRequest, malformedCode(r), "%s", failure.Detail)
	case signature.UnknownKey:
		return refuse(http.StatusForbidden, "InvalidAccessKeyId", "%s", failure.Detail)
	case signature.Skewed:
		return refuse(http.StatusForbidden, "RequestTimeTooSkewed", "%s", failure.Detail)
	case signature.Mismatch:
		return refuse(http.StatusForbidden, "SignatureDoesNotMatch", "%s", failure.Detail)
	default:
		return refuse(http.StatusForbidden, "AccessDenied", "%s", failure.Detail)
	}
}

func malformedCode(r *http.Request) string {
	if r.Header.Get("Authorization") == "" {
		return "AuthorizationQueryParametersError"
	}
	return "AuthorizationHeaderMalformed"
}
