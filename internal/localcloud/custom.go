package localcloud

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/regionpair/regionpair/internal/localcloud/cloudformation"
)

// callbacks is where custom resources send their answers: CloudFormation hands
// them a presigned S3 URL.
type callbacks struct {
	mu      sync.Mutex
	waiting map[string]chan callback
}

type callback struct {
	Status             string
	Reason             string
	PhysicalResourceID string `json:"PhysicalResourceId"`
	Data               map[string]any
}

const maxCallbackBytes = 4096

func callbackHost(region string) string {
	return "cloudformation-custom-resource-response-" + strings.ReplaceAll(region, "-", "") + ".s3." + region + ".amazonaws.com"
}

// ServeHTTP implements http.Handler.
func (c *callbacks) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxCallbackBytes+1))
	if err != nil || len(body) > maxCallbackBytes || r.Method != http.MethodPut {
		http.Error(w, "an answer of at most 4096 bytes must be PUT", http.StatusBadRequest)
		return
	}
	var answer callback
	if err := json.Unmarshal(body, &answer); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	waiting, exists := c.waiting[strings.TrimPrefix(r.URL.Path, "/")]
	c.mu.Unlock()
	if !exists {
		http.Error(w, "nobody waits for this answer", http.StatusForbidden)
		return
	}
	waiting <- answer
}

func (c *callbacks) expect(id string) <-chan callback {
	answer := make(chan callback, 1)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waiting == nil {
		c.waiting = map[string]chan callback{}
	}
	c.waiting[id] = answer
	return answer
}

// createCustom calls the function behind a custom resource the way
// CloudFormation does, and waits for its callback.
func (c *Cloud) createCustom(ctx context.Context, resource cloudformation.Resource) (cloudformation.Attributes, error) {
	token := text(resource, "ServiceToken")
	f, exists := c.region(resource.Region, resource.Account).function(token)
	if !exists {
		return cloudformation.Attributes{}, &cloudformation.NotRunError{Reason: "its function does not run here: " + token}
	}
	// Those of CDK itself ask services that are not emulated.
	if !f.Compiled() {
		return cloudformation.Attributes{}, &cloudformation.NotRunError{Reason: "custom resources are created by compiled functions only"}
	}
	if c.onPaper {
		return cloudformation.Attributes{Ref: resource.LogicalID, Unknown: true}, nil
	}
	id := newID()
	answer := c.callbacks.expect(id)
	event, err := json.Marshal(map[string]any{
		"RequestType": "Create", "RequestId": id, "ResponseURL": "https://" + callbackHost(resource.Region) + "/" + id,
		"StackId": arn("cloudformation", resource, "stack/"+resource.Stack+"/"+newID()), "ResourceType": resource.Type,
		"LogicalResourceId": resource.LogicalID, "ResourceProperties": resource.Properties,
	})
	if err != nil {
		return cloudformation.Attributes{}, fmt.Errorf("write the event: %w", err)
	}
	failed := make(chan error, 1)
	go func() {
		result, err := f.Invoke(ctx, event)
		if err == nil && result.FunctionError != "" {
			err = errors.New(string(result.Payload))
		}
		if err != nil {
			failed <- err
		}
	}()
	select {
	case got := <-answer:
		if got.Status != "SUCCESS" {
			return cloudformation.Attributes{}, errors.New(got.Reason)
		}
		return cloudformation.Attributes{Ref: got.PhysicalResourceID, Att: got.Data}, nil
	case err := <-failed:
		return cloudformation.Attributes{}, err
	case <-ctx.Done():
		return cloudformation.Attributes{}, ctx.Err()
	}
}
