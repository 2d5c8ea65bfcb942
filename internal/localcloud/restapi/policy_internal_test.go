package restapi

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/localcloud/iam"
	"github.com/regionpair/regionpair/internal/route"
)

func TestWildcard(t *testing.T) {
	for _, test := range []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true},
		{"*", "", true},
		{"**", "a", true},
		{"a", "", false},
		{"a*c", "abbbc", true},
		{"a*c", "ac", true},
		{"a*c", "acb", false},
		{"a*b*c", "aXbYbZc", true},
		{"a*b*c", "aXcYb", false},
		{"?", "a", true},
		{"?", "", false},
		{"?", "/", true},
		{"*a?", "aaab", true},
		{"GET/objects/*", "GET/objects", false},
		{"GET/objects/*", "GET/objects/a/b", true},
		{"*/secret", "GET/objects/secret/secret", true},
		{"[a]", "a", false},
	} {
		require.Equal(t, test.want, route.Match(test.pattern, test.text), "%q %q", test.pattern, test.text)
	}
}

// A pattern full of stars must not take exponential time.
func TestWildcardIsQuick(t *testing.T) {
	require.False(t, route.Match(strings.Repeat("a*", 50)+"b", strings.Repeat("a", 5000)))
}

func TestADenyWinsInAnyOrder(t *testing.T) {
	allow := statement{Effect: "Allow", Action: words{"execute-api:Invoke"}, Resource: words{"*"}}
	deny := statement{Effect: "Deny", Action: words{"execute-api:*"}, Resource: words{"arn:*/GET/a"}}
	for _, list := range []statements{{allow, deny}, {deny, allow}} {
		require.Equal(t, iam.Denied, policy{list}.evaluate("arn:x/GET/a"))
		require.Equal(t, iam.Allowed, policy{list}.evaluate("arn:x/GET/b"))
	}
	require.Equal(t, iam.Neither, policy{statements{deny}}.evaluate("arn:x/GET/b"))
}

func TestPartition(t *testing.T) {
	for region, want := range map[string]string{"eu-west-1": "aws", "cn-north-1": "aws-cn", "us-gov-west-1": "aws-us-gov", "": "aws"} {
		require.Equal(t, want, partition(region))
	}
}
