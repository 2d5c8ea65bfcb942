package services

import (
	"encoding/xml"
	"io"
	"net/http"
)

type callerIdentity struct {
	XMLName   xml.Name `xml:"https://sts.amazonaws.com/doc/2011-06-15/ GetCallerIdentityResponse"`
	ARN       string   `xml:"GetCallerIdentityResult>Arn"`
	UserID    string   `xml:"GetCallerIdentityResult>UserId"`
	Account   string   `xml:"GetCallerIdentityResult>Account"`
	RequestID string   `xml:"ResponseMetadata>RequestId"`
}

type queryError struct {
	XMLName   xml.Name `xml:"https://sts.amazonaws.com/doc/2011-06-15/ ErrorResponse"`
	Type      string   `xml:"Error>Type"`
	Code      string   `xml:"Error>Code"`
	Message   string   `xml:"Error>Message"`
	RequestID string   `xml:"RequestId"`
}

// STS answers who is calling, in the AWS query protocol.
func (r *Region) STS() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		request.Body = http.MaxBytesReader(w, request.Body, maxRequestBytes)
		if action := request.FormValue("Action"); action != "GetCallerIdentity" {
			writeXML(w, http.StatusBadRequest, queryError{
				Type: "Sender", Code: "InvalidAction", Message: "the local cloud does not emulate " + action, RequestID: token(),
			})
			return
		}
		writeXML(w, http.StatusOK, callerIdentity{
			ARN:    "arn:aws:sts::" + r.account + ":assumed-role/local/local",
			UserID: "AROALOCAL:local", Account: r.account, RequestID: token(),
		})
	})
}

func writeXML(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, xml.Header)
	_ = xml.NewEncoder(w).Encode(body)
}
