package report

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// skippedGroup is what a drill left out of one kind.
type skippedGroup struct {
	Title, Reason string
	Items         []skippedItem
	Count         int
}

// skippedItem is a resource type, or a property of one.
type skippedItem struct {
	What   string
	Places []string
}

// reasons say why a kind is not run and what that means. The first that matches
// a resource type or property decides.
var reasons = []struct {
	title, reason string
	matches       *regexp.Regexp
}{
	{
		"Policies of resources", "Functions are held to the policies of their roles, and callers to those of APIs. Policies of keys and buckets are not evaluated.",
		regexp.MustCompile(`^AWS::IAM::|BucketPolicy$|::ResourcePolicy$|KeyPolicy`),
	},
	{
		"Alarms, dashboards and logs", "Nobody is notified during a drill, which measures at the clients. These do not change what clients see.",
		regexp.MustCompile(`^AWS::(CloudWatch|SNS|Logs|Chatbot|XRay)::|MetricsEnabled|TracingEnabled|LoggingLevel|DataTraceEnabled`),
	},
	{"Schedules", "Rules with a rate invoke functions that run here. Other expressions and targets do nothing.", regexp.MustCompile(`^AWS::(Events|Scheduler)::`)},
	{
		"Client certificates", "Clients need a certificate. One that the local cloud has issued is accepted, too.",
		regexp.MustCompile(`MutualTls`),
	},
	{"Network protection", "Requests are neither filtered nor limited to a TLS policy here.", regexp.MustCompile(`^AWS::(WAFv2|EC2)::|SecurityPolicy`)},
}

var skippedLine = regexp.MustCompile(`^(\S+) \(([^)]+)\)(?:: (.*))?$`)

// groupSkipped sorts lines such as "stack/Id (AWS::S3::BucketPolicy)" and
// "stack/Id (AWS::ApiGateway::Stage): TracingEnabled: not emulated" by kind.
func groupSkipped(lines []string) []skippedGroup {
	groups, places := map[string]skippedGroup{}, map[string]map[string][]string{}
	for _, text := range lines {
		what, place := text, ""
		if m := skippedLine.FindStringSubmatch(text); m != nil {
			what, place = m[2], m[1]
			if m[3] != "" {
				what += ": " + strings.TrimSuffix(m[3], ": not emulated")
			}
		}
		group := kindOf(what)
		groups[group.Title] = group
		if places[group.Title] == nil {
			places[group.Title] = map[string][]string{}
		}
		places[group.Title][what] = append(places[group.Title][what], place)
	}
	list := []skippedGroup{}
	for title, group := range groups {
		for _, what := range slices.Sorted(maps.Keys(places[title])) {
			found := places[title][what]
			slices.Sort(found)
			group.Items = append(group.Items, skippedItem{What: what, Places: slices.DeleteFunc(found, func(s string) bool { return s == "" })})
			group.Count += len(found)
		}
		list = append(list, group)
	}
	slices.SortFunc(list, func(a, b skippedGroup) int { return cmp.Compare(rank(a.Title), rank(b.Title)) })
	return list
}

const otherKinds = "Other resources and settings"

func kindOf(what string) skippedGroup {
	for _, kind := range reasons {
		if kind.matches.MatchString(what) {
			return skippedGroup{Title: kind.title, Reason: kind.reason}
		}
	}
	return skippedGroup{Title: otherKinds, Reason: "The local cloud does not emulate these."}
}

func rank(title string) int {
	for i, kind := range reasons {
		if kind.title == title {
			return i
		}
	}
	return len(reasons)
}

// LeftOut summarises the lines of what a drill leaves out, one line for each kind.
func LeftOut(lines []string) []string {
	summaries := []string{}
	for _, group := range groupSkipped(lines) {
		summaries = append(summaries, group.Title+": "+group.Summary())
	}
	return summaries
}

func (g skippedGroup) Summary() string {
	names := make([]string, 0, len(g.Items))
	for _, item := range g.Items {
		names = append(names, fmt.Sprintf("%d %s", max(1, len(item.Places)), strings.TrimPrefix(item.What, "AWS::")))
	}
	return strings.Join(names, ", ")
}
