package main_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// mistakes of an app, by name: what they make of the resources of one that is well.
// Each reports whether it has changed something.
var mistakes = map[string]func(id string, resource map[string]any) bool{
	// Every client may read, and none may write.
	"no-writer": func(_ string, resource map[string]any) bool {
		if resource["Type"] != "AWS::Cognito::UserPoolClient" {
			return false
		}
		properties, kept, all := propertiesOf(resource), []any{}, 0
		for _, scope := range properties["AllowedOAuthScopes"].([]any) {
			if text, _ := json.Marshal(scope); !strings.Contains(string(text), `"/write"`) {
				kept = append(kept, scope)
			}
			all++
		}
		properties["AllowedOAuthScopes"] = kept
		return len(kept) < all
	},
	// The handler is written in a language that the local cloud does not run.
	"java": func(id string, resource map[string]any) bool {
		return changeHandler(id, resource, map[string]any{"Runtime": "java21"})
	},
	// The handler may send to a queue, which the local cloud does not have.
	"granted-queue": func(id string, resource map[string]any) bool {
		if resource["Type"] != "AWS::IAM::Policy" || !strings.HasPrefix(id, "UnitHandlerRole") {
			return false
		}
		document := propertiesOf(resource)["PolicyDocument"].(map[string]any)
		document["Statement"] = append(document["Statement"].([]any), map[string]any{
			"Effect": "Allow", "Action": []any{"sqs:SendMessage", "sqs:GetQueueUrl"}, "Resource": "*",
		})
		return true
	},
	// The handler calls a service that the local cloud does not have.
	"queue": func(id string, resource map[string]any) bool {
		return changeHandler(id, resource, map[string]any{"Runtime": "nodejs24.x", "Handler": "index.handler", "Code": map[string]any{"ZipFile": sendsToQueue}})
	},
}

const sendsToQueue = `
const https = require('node:https')
exports.handler = () => new Promise((done) => {
  const request = https.request({ method: 'POST', host: 'sqs.' + process.env.AWS_REGION + '.amazonaws.com', path: '/' }, (answer) => {
    answer.resume()
    done({ statusCode: answer.statusCode === 200 ? 204 : 502 })
  })
  request.on('error', () => done({ statusCode: 502 }))
  request.end('{}')
})`

func propertiesOf(resource map[string]any) map[string]any {
	properties, _ := resource["Properties"].(map[string]any)
	return properties
}

func changeHandler(id string, resource map[string]any, change map[string]any) bool {
	if resource["Type"] != "AWS::Lambda::Function" || !strings.HasPrefix(id, "UnitHandlerFunction") {
		return false
	}
	for name, value := range change {
		propertiesOf(resource)[name] = value
	}
	return true
}

// mistaken makes an assembly of an app with a mistake, or several joined by "+". All
// but its templates are links.
func mistaken(names, folder string) error {
	made := map[string]bool{}
	for name := range strings.SplitSeq(names, "+") {
		if mistakes[name] == nil {
			return fmt.Errorf("there is no mistake %q", name)
		}
		made[name] = false
	}
	mistake := func(id string, resource map[string]any) {
		for name := range made {
			made[name] = mistakes[name](id, resource) || made[name]
		}
	}
	err := filepath.WalkDir(hostAssembly, func(from string, entry fs.DirEntry, err error) error {
		to := folder + strings.TrimPrefix(from, hostAssembly)
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			return os.MkdirAll(to, 0o700)
		case strings.HasSuffix(from, ".template.json"):
			return changeTemplate(from, to, mistake)
		}
		return os.Link(from, to)
	})
	for name, changed := range made {
		if err == nil && !changed {
			err = fmt.Errorf("the mistake %q changes nothing", name)
		}
	}
	return err
}

// changeTemplate copies a template with its resources changed.
func changeTemplate(from, to string, change func(id string, resource map[string]any)) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	var template map[string]any
	if err := json.Unmarshal(text, &template); err != nil {
		return err
	}
	for id, resource := range template["Resources"].(map[string]any) {
		change(id, resource.(map[string]any))
	}
	if text, err = json.Marshal(template); err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o600)
}
