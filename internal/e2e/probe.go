package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const leftOutFile = "internal/e2e/left-out.txt"

// checkLeftOut holds what is left out: to the list that was agreed on, and to
// what the emulator really refuses.
func (s *scenario) checkLeftOut(ctx context.Context) (string, error) {
	if err := compareWithList(leftOutFile, s.gone); err != nil {
		return "", err
	}
	probed, types := 0, map[string]bool{}
	for _, stack := range s.assembly.Stacks {
		template, err := readDocument(filepath.Join(s.original(), stack.ID+".template.json"))
		if err != nil {
			return "", err
		}
		for id, value := range template["Resources"].(map[string]any) {
			resource := value.(map[string]any)
			reason := refused(resource)
			if reason == "" {
				continue
			}
			answer, err := s.emulators[stack.Region].try(ctx, fmt.Sprintf("probe-%d", probed), resource)
			if err != nil {
				return "", err
			}
			if !strings.Contains(answer, refusals[reason]) {
				return "", fmt.Errorf("%s/%s is left out because %s, and the emulator says %q: take it off the list", stack.Name, id, reason, answer)
			}
			types[resource["Type"].(string)] = true
			probed++
		}
	}
	for _, kind := range unknownTypes {
		if !types[kind] {
			return "", fmt.Errorf("no template has a %s: take it off the list", kind)
		}
	}
	return fmt.Sprintf("%d resources: %d refused, each tried, and what refers to them", len(s.gone), probed), nil
}

// compareWithList fails when the list differs from the file. UPDATE_SNAPSHOTS=1
// writes the file instead.
func compareWithList(path string, list []string) error {
	got := strings.Join(list, "\n") + "\n"
	if os.Getenv("UPDATE_SNAPSHOTS") != "" {
		return os.WriteFile(path, []byte(got), 0o644) //nolint:gosec // belongs to the repository
	}
	text, err := os.ReadFile(path) //nolint:gosec // a file of ours
	if err != nil {
		return fmt.Errorf("read the list %s (UPDATE_SNAPSHOTS=1 makes it): %w", path, err)
	}
	if string(text) == got {
		return nil
	}
	want := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	var b strings.Builder
	for _, line := range list {
		if !slices.Contains(want, line) {
			fmt.Fprintf(&b, "\n  + %s", line)
		}
	}
	for _, line := range want {
		if !slices.Contains(list, line) {
			fmt.Fprintf(&b, "\n  - %s", line)
		}
	}
	return fmt.Errorf("this run differs from %s (UPDATE_SNAPSHOTS=1 accepts it):%s", path, b.String())
}

// try creates a stack of one resource. It returns why the emulator refuses it,
// and nothing when it does not.
func (e *emulator) try(ctx context.Context, stack string, resource map[string]any) (string, error) {
	template, err := json.Marshal(map[string]any{"Resources": map[string]any{"Tried": map[string]any{
		"Type": resource["Type"], "Properties": literal(resource["Properties"]),
	}}})
	if err != nil {
		return "", err
	}
	form := url.Values{"Action": {"CreateStack"}, "StackName": {stack}, "TemplateBody": {string(template)}}
	status, answer, err := e.call(ctx, request{service: "cloudformation", path: "/", body: form.Encode()})
	if err != nil || status != http.StatusOK {
		return answer, err
	}
	for {
		state, err := e.stack(ctx, stack)
		if err != nil {
			return "", err
		}
		if !strings.HasSuffix(state.Status, "_IN_PROGRESS") {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	events, err := e.events(ctx, stack)
	if err != nil {
		return "", err
	}
	at := slices.IndexFunc(events, func(event stackEvent) bool {
		return event.LogicalID == "Tried" && event.Status == "CREATE_FAILED"
	})
	if err := e.cloudFormation(ctx, &struct{}{}, "DeleteStack", stack); at < 0 || err != nil {
		return "", err
	}
	return events[at].Reason, nil
}

// literal puts a text in the place of every call: what it refers to is not in
// the stack.
func literal(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for key, child := range v {
			if key == "Ref" || strings.HasPrefix(key, "Fn::") {
				return "any"
			}
			v[key] = literal(child)
		}
	case []any:
		for i, child := range v {
			v[i] = literal(child)
		}
	}
	return value
}
