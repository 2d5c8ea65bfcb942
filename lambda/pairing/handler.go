package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/cfn"
	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/lambda/internal/logging"
)

// answerTime is kept back from the Lambda deadline, so that CloudFormation
// always gets an answer: without one it waits for an hour.
const answerTime = 10 * time.Second

// refused begins the physical id of a resource that a Create was not allowed to
// take. CloudFormation deletes it in the rollback, and it has made nothing.
const refused = "refused:"

type handler struct {
	aws  aws.Config
	http *http.Client
	// pause between attempts at something that other parts of AWS have not
	// noticed yet.
	pause time.Duration
}

// resource is one kind of thing the function can set. Both methods can be
// repeated; remove succeeds when there is nothing left to remove.
type resource interface {
	id() string
	ensure(ctx context.Context) (data map[string]any, err error)
	remove(ctx context.Context) error
}

func (h *handler) handle(ctx context.Context, event cfn.Event) (string, map[string]any, error) {
	ctx = logging.With(ctx, "requestId", event.RequestID, "resourceType", event.ResourceType, "logicalId", event.LogicalResourceID)
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-answerTime))
		defer cancel()
	}
	if event.RequestType == cfn.RequestDelete && strings.HasPrefix(event.PhysicalResourceID, refused) {
		return event.PhysicalResourceID, nil, nil
	}
	target, err := h.resource(event)
	if err != nil {
		return physicalID(event, nil), nil, onlyWhenItMatters(event, err)
	}
	if event.RequestType == cfn.RequestDelete {
		err = h.remove(ctx, target)
		logging.From(ctx).Info("removed", "id", event.PhysicalResourceID, "error", err)
		return event.PhysicalResourceID, nil, err
	}
	data, err := target.ensure(ctx)
	logging.From(ctx).Info("ensured", "id", target.id(), "error", err)
	if event.RequestType == cfn.RequestCreate && errors.Is(err, errForeign) {
		return refused + target.id(), nil, err
	}
	return physicalID(event, target), data, err
}

// removeTime is how long a deletion is tried again. A rollback may come before the
// function's own permissions are known everywhere; but a Region that is gone is not
// to hold it up as long as one that is being set up.
const removeTime = 2 * time.Minute

func (h *handler) remove(ctx context.Context, target resource) error {
	ctx, cancel := context.WithTimeout(ctx, removeTime)
	defer cancel()
	return repeat(ctx, h.pause, target.remove)
}

// onlyWhenItMatters lets a deletion pass whose properties were never right:
// nothing can have been made from them, and a failure would block the rollback.
func onlyWhenItMatters(event cfn.Event, err error) error {
	if event.RequestType == cfn.RequestDelete {
		return nil
	}
	return err
}

func physicalID(event cfn.Event, target resource) string {
	if target != nil {
		return target.id()
	}
	return event.PhysicalResourceID
}

func (h *handler) resource(event cfn.Event) (resource, error) {
	properties, self := properties(event.ResourceProperties), ownerOf(event)
	switch event.ResourceType {
	case contract.TypeBucketReplication:
		return h.newReplication(properties, accountOf(event.StackID), self)
	case contract.TypeTrustedIssuer:
		return h.newTrustedIssuer(properties, self)
	case contract.TypeSecretReplicas:
		return h.newSecretReplicas(properties)
	}
	return nil, fmt.Errorf("resource type %q is unknown: use %s, %s or %s", event.ResourceType,
		contract.TypeBucketReplication, contract.TypeTrustedIssuer, contract.TypeSecretReplicas)
}
