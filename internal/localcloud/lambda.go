package localcloud

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/regionpair/regionpair/internal/localcloud/cloudformation"
	"github.com/regionpair/regionpair/internal/localcloud/lambdaruntime"
	"github.com/regionpair/regionpair/internal/localcloud/signature"
)

// functionName is the name in a name, a name with a qualifier, or an ARN.
func functionName(text string) string {
	if _, after, isARN := strings.Cut(text, ":function:"); isARN {
		text = after
	}
	name, _, _ := strings.Cut(text, ":")
	return name
}

// createVersion and createAlias give further names to a function; all of them
// lead to the one version that is here.
func createVersion(_ *region, resource cloudformation.Resource) (cloudformation.Attributes, error) {
	resource.Read().Leave("there is one version", "CodeSha256", "Description")
	return qualified(resource, "1"), nil
}

func createAlias(_ *region, resource cloudformation.Resource) (cloudformation.Attributes, error) {
	resource.Read().Leave("there is one version", "FunctionVersion", "Description")
	return qualified(resource, text(resource, "Name")), nil
}

// createLayer gives a layer its name; plan.go finds what is in it.
func createLayer(_ *region, resource cloudformation.Resource) (cloudformation.Attributes, error) {
	resource.Read().Leave(planned, "Content", "CompatibleArchitectures", "CompatibleRuntimes")
	resource.Read().Leave(forPeople, "Description", "LicenseInfo")
	name := arn("lambda", resource, "layer:"+physicalName(resource, "LayerName")+":1")
	return cloudformation.Attributes{Ref: name, Att: map[string]any{"LayerVersionArn": name}}, nil
}

func qualified(resource cloudformation.Resource, qualifier string) cloudformation.Attributes {
	name := arn("lambda", resource, "function:"+functionName(text(resource, "FunctionName"))+":"+qualifier)
	return cloudformation.Attributes{Ref: name, Att: map[string]any{"FunctionArn": name, "AliasArn": name, "Version": "1"}}
}

// lambdaService is Lambda's own API in a Region, as far as functions call each
// other by it: Invoke.
type lambdaService struct{ region *region }

// ServeHTTP implements http.Handler.
func (s lambdaService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rest, isFunction := strings.CutPrefix(r.URL.EscapedPath(), "/2015-03-31/functions/")
	escaped, isInvocation := strings.CutSuffix(rest, "/invocations")
	name, err := url.PathUnescape(escaped)
	if !isFunction || !isInvocation || err != nil || r.Method != http.MethodPost {
		refuseLambda(w, http.StatusBadRequest, notEmulated, "the local cloud emulates Invoke of Lambda's API only, and not "+r.Method+" "+r.URL.Path)
		return
	}
	var failure *signature.Error
	if errors.As(signature.Verify(r, signature.Scope{Region: s.region.name, Service: "lambda"}, time.Now()), &failure) {
		refuseLambda(w, http.StatusForbidden, "InvalidSignatureException", failure.Detail)
		return
	}
	payload, err := io.ReadAll(http.MaxBytesReader(w, r.Body, lambdaruntime.MaxPayloadBytes))
	if err != nil {
		refuseLambda(w, http.StatusRequestEntityTooLarge, "RequestTooLargeException", err.Error())
		return
	}
	s.invoke(w, r, functionName(name), payload)
}

func (s lambdaService) invoke(w http.ResponseWriter, r *http.Request, name string, payload []byte) {
	f, exists := s.region.function(name)
	if reason, listed := s.region.notRunHere(name); !exists && listed {
		refuseLambda(w, http.StatusBadRequest, notEmulated, "the function "+name+" is not run in the local cloud: "+reason)
		return
	}
	if !exists {
		refuseLambda(w, http.StatusNotFound, "ResourceNotFoundException", "Function not found: "+name)
		return
	}
	w.Header().Set("X-Amz-Executed-Version", "$LATEST")
	switch r.Header.Get("X-Amz-Invocation-Type") {
	case "DryRun":
		w.WriteHeader(http.StatusNoContent)
	case "Event":
		go func() { _, _ = f.Invoke(context.WithoutCancel(r.Context()), payload) }()
		w.WriteHeader(http.StatusAccepted)
	default:
		s.answer(w, f, r, payload)
	}
}

func (s lambdaService) answer(w http.ResponseWriter, f *lambdaruntime.Function, r *http.Request, payload []byte) {
	answer, functionError, err := outcome(f.Invoke(r.Context(), payload))
	if errors.Is(err, lambdaruntime.ErrThrottled) {
		refuseLambda(w, http.StatusTooManyRequests, "TooManyRequestsException", err.Error())
		return
	}
	if err != nil {
		refuseLambda(w, http.StatusInternalServerError, "ServiceException", err.Error())
		return
	}
	if functionError != "" {
		w.Header().Set("X-Amz-Function-Error", "Unhandled")
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(answer)
}

// outcome turns what became of an invocation into what its caller gets.
func outcome(result lambdaruntime.Result, err error) (answer []byte, functionError string, failure error) {
	if errors.Is(err, lambdaruntime.ErrTimeout) || errors.Is(err, lambdaruntime.ErrCrashed) || errors.Is(err, lambdaruntime.ErrTooLarge) {
		message, _ := json.Marshal(map[string]string{"errorMessage": firstLine(err.Error())})
		return message, "Unhandled", nil
	}
	return result.Payload, result.FunctionError, err
}

func refuseLambda(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Amzn-ErrorType", code)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"Type": "User", "Message": message})
}

// concurrency serves the reserved concurrency of functions.
func (r *region) concurrency(w http.ResponseWriter, request *http.Request) {
	f, exists := r.function(request.PathValue("name"))
	if !exists {
		notHere(w, "function "+request.PathValue("name"))
		return
	}
	switch request.Method {
	case http.MethodDelete:
		f.Reserve(nil)
		w.WriteHeader(http.StatusNoContent)
		return
	case http.MethodPut:
		var input struct{ ReservedConcurrentExecutions *int }
		if err := json.NewDecoder(request.Body).Decode(&input); err != nil || input.ReservedConcurrentExecutions == nil || *input.ReservedConcurrentExecutions < 0 {
			refuseLambda(w, http.StatusBadRequest, "InvalidParameterValueException", "ReservedConcurrentExecutions must be a number that is not negative")
			return
		}
		f.Reserve(input.ReservedConcurrentExecutions)
	}
	answer := map[string]int{}
	if reserved := f.Reserved(); reserved != nil {
		answer["ReservedConcurrentExecutions"] = *reserved
	}
	answerJSON(w, answer)
}
