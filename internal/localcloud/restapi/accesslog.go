package restapi

import (
	"io"
	"strings"
)

// logAccess writes the request's line in the access log.
func (a *API) logAccess(x *exchange) {
	if a.AccessLog == nil || a.Stage.AccessLogFormat == "" {
		return
	}
	a.writeLine(a.AccessLog, a.Stage.accessLog.render(x.variable, "-"))
}

// logReason writes in the execution log what the caller does not get to know.
func (a *API) logReason(x *exchange) {
	if a.ExecutionLog == nil || x.fault == nil || x.fault.reason == nil {
		return
	}
	line := "(" + x.requestID + ") " + x.request.Method + " " + x.paths.full + ": " + x.fault.reason.Error()
	a.writeLine(a.ExecutionLog, strings.ReplaceAll(line, "\n", " "))
}

func (a *API) writeLine(log io.Writer, line string) {
	a.logging.Lock()
	defer a.logging.Unlock()
	_, _ = io.WriteString(log, line+"\n") // a log that is full must not stop the API
}
