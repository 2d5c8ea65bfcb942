package services

import (
	"fmt"
	"net/http"
)

// STS answers who is calling.
func (r *Region) STS() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		if request.FormValue("Action") != "GetCallerIdentity" {
			http.Error(w, "<ErrorResponse><Error><Code>InvalidAction</Code></Error></ErrorResponse>", http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "text/xml")
		_, _ = fmt.Fprintf(w, "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>%s</Arn><Account>%s</Account></GetCallerIdentityResult></GetCallerIdentityResponse>",
			"arn:aws:sts::"+r.account+":assumed-role/local/local", r.account)
	})
}
