package localcloud

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"
)

// notEmulated is the code of the error with which a service that is not here
// refuses requests.
const notEmulated = "NotEmulatedException"

// refuseService answers for every AWS service that is not emulated, in the form
// of the protocol in which it was asked, so that a function's log names it. SDKs
// do not repeat a request that was answered with 400.
func refuseService(w http.ResponseWriter, r *http.Request) {
	host, _, _ := strings.Cut(r.Host, ":")
	message := fmt.Sprintf("the local cloud does not emulate %s", host)
	contentType := r.Header.Get("Content-Type")
	w.Header().Set("X-Amzn-ErrorType", notEmulated)
	if target := r.Header.Get("X-Amz-Target"); target != "" || !strings.HasPrefix(contentType, "application/x-www-form-urlencoded") {
		if target != "" {
			message += ", which was asked for " + target
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]string{"__type": notEmulated, "message": message, "Message": message})
		return
	}
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(http.StatusBadRequest)
	var escaped strings.Builder
	_ = xml.EscapeText(&escaped, []byte(message))
	_, _ = fmt.Fprintf(w, "<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error></ErrorResponse>", notEmulated, escaped.String())
}
