package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-lambda-go/cfn"
)

// owner is the resource of a stack that has set something which exists once for
// a pair: two stacks, or two resources of one, must not take it from each other.
type owner struct {
	// Stack is the ARN of the stack without the id of its generation: a stack
	// that is made anew in the same place is the same owner.
	Stack string `json:"stack,omitempty"`
	// Resource is the logical id.
	Resource string `json:"resource,omitempty"`

	// takes says that what nobody owns yet may be taken: it is an update of a
	// resource that was made before there were owners.
	takes bool
}

func ownerOf(event cfn.Event) owner {
	stack := event.StackID
	if parts := strings.Split(stack, "/"); len(parts) > 2 {
		stack = strings.Join(parts[:2], "/")
	}
	return owner{Stack: stack, Resource: event.LogicalResourceID, takes: event.RequestType != cfn.RequestCreate}
}

func (o owner) isNobody() bool { return o.Stack == "" }

// errForeign says that something belongs to another stack.
var errForeign = errors.New("it belongs to another stack")

// mayTake returns an error when what the current owner has set is not ours to
// change. A resource of the own stack may always be followed by another one: a
// construct has moved.
func (o owner) mayTake(current owner, exists bool) error {
	switch {
	case !exists, current.Stack == o.Stack, current.isNobody() && o.takes:
		return nil
	case current.isNobody():
		return fmt.Errorf("%w: it was there before, and nobody says whose it is: update the stack that made it, or remove it by hand", errForeign)
	}
	return fmt.Errorf("%w, %s (resource %s): a pair is wired by one stack; delete that one first, and this one takes over", errForeign, current.Stack, current.Resource)
}

// mayRemove reports whether what the current owner has set goes with the
// resource. What nobody owns goes when it looks like ours: it was made before there
// were owners.
func (o owner) mayRemove(current owner, looksOurs bool) bool {
	if current.isNobody() {
		return looksOurs
	}
	return current.Stack == o.Stack && current.Resource == o.Resource
}
