package regionpair

import (
	"regexp"
	"strings"
)

var pairNamePattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,25}[a-z0-9]$`)

// mustBePairName refuses what AWS would refuse in a name made of it: buckets
// allow 63 characters in all, Cognito no word of AWS in a domain. The app's
// configuration has the same rule, which its errors put in its own terms; a
// test in stacks holds the two together.
func mustBePairName(construct string, name *string) {
	required(construct, "PairName", name == nil)
	if !pairNamePattern.MatchString(*name) {
		misuse("%s 'PairName' must be 2 to 27 lower-case letters, digits and hyphens, a letter first and no hyphen last, got '%s'", construct, *name)
	}
	for _, word := range []string{"aws", "amazon", "cognito"} {
		if strings.Contains(*name, word) {
			misuse("%s 'PairName' must not contain '%s', which Cognito refuses in a domain, got '%s'", construct, word, *name)
		}
	}
	for _, prefix := range []string{"ssm", "xn--", "sthree-", "amzn-s3-demo-"} {
		if strings.HasPrefix(*name, prefix) {
			misuse("%s 'PairName' must not begin with '%s', which AWS keeps for itself, got '%s'", construct, prefix, *name)
		}
	}
}
