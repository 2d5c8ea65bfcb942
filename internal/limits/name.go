package limits

import (
	"fmt"
	"regexp"
	"strings"
)

// Problem says what was found and how to mend it; its subject is the value.
type Problem struct{ Found, Fix string }

func (p Problem) String() string { return p.Found + "; " + p.Fix }

var pairName = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)

// PairNameForm is the form of a pair's name: S3 allows 63 characters for
// <name>-objects-<account>-<region>.
func PairNameForm(name string) bool {
	return len(name) >= 2 && len(name) <= 27 && pairName.MatchString(name)
}

// CheckPairName returns what AWS refuses in the names that are made of a pair's
// name, which has the form of [PairNameForm].
func CheckPairName(name string) []Problem {
	for _, word := range []string{"aws", "amazon", "cognito"} {
		if strings.Contains(name, word) {
			return []Problem{{fmt.Sprintf("%q contains %q", name, word), "use another name: Cognito refuses that word in a domain"}}
		}
	}
	var problems []Problem
	if strings.HasPrefix(name, "ssm") {
		problems = append(problems, Problem{fmt.Sprintf("%q begins with \"ssm\"", name), "use another name: Parameter Store keeps that prefix for itself"})
	}
	if strings.HasSuffix(name, "-") {
		problems = append(problems, Problem{fmt.Sprintf("%q ends with a hyphen", name), "end it with a letter or digit"})
	}
	for _, prefix := range []string{"xn--", "sthree-", "amzn-s3-demo-"} {
		if strings.HasPrefix(name, prefix) {
			problems = append(problems, Problem{fmt.Sprintf("%q begins with %q", name, prefix), "use another name: S3 keeps that prefix of bucket names for itself"})
		}
	}
	return problems
}

// InZone reports whether a domain name lies in a hosted zone, whose own name
// does.
func InZone(domain, zone string) bool {
	zone = strings.TrimSuffix(zone, ".")
	return domain == zone || strings.HasSuffix(domain, "."+zone)
}

var account = regexp.MustCompile(`^[0-9]{12}$`)

// IsAccount reports whether a text has the form of an account id.
func IsAccount(id string) bool { return account.MatchString(id) }

// IsDomainName reports whether a text is a host name in lower case, with at least
// two labels, that ACM issues certificates for.
func IsDomainName(name string) bool {
	labels := strings.Split(name, ".")
	if len(name) > 64 || len(labels) < 2 {
		return false
	}
	for _, label := range labels {
		if !domainLabel.MatchString(label) {
			return false
		}
	}
	return true
}

var domainLabel = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

// notInBucketNames are neighbours that no label of a host name can have, and
// addresses.
var notInBucketNames = regexp.MustCompile(`\.\.|\.-|-\.|^[0-9]+(\.[0-9]+){3}$`)

// IsBucketName reports whether a text has the form of a bucket's name.
func IsBucketName(name string) bool {
	return bucketName.MatchString(name) && !notInBucketNames.MatchString(name)
}

var clientName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)

// IsClientName reports whether a text can name a machine client.
func IsClientName(name string) bool { return clientName.MatchString(name) }

var resourceServer = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._:/-]{0,254}[A-Za-z0-9])?$`)

// IsResourceServer reports whether a text can be the part of a scope before the
// last slash.
func IsResourceServer(identifier string) bool { return resourceServer.MatchString(identifier) }

var scopeName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$`)

// IsScopeName reports whether a text can be the part of a scope after the slash.
func IsScopeName(name string) bool { return scopeName.MatchString(name) }

// What Cognito allows: scopes of a resource server, and of an app client, of
// which one names the client, and characters of a scope's full name.
const (
	MaxScopes          = 100
	MaxClientScopes    = 49
	MaxClients         = 100
	MaxScopeCharacters = 256
)

var cognitoPrefix = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// IsCognitoDomainPrefix reports whether Cognito allows the prefix of a domain.
func IsCognitoDomainPrefix(prefix string) bool {
	for _, word := range []string{"aws", "amazon", "cognito"} {
		if strings.Contains(prefix, word) {
			return false
		}
	}
	return cognitoPrefix.MatchString(prefix)
}

var secretSuffix = regexp.MustCompile(`-[A-Za-z0-9]{6}$`)

var nestedParameter = regexp.MustCompile(`(?s)\{\{.*\}\}`)

// NestsParameter is true for values that Parameter Store takes for a reference to
// another parameter and refuses, see
// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html.
func NestsParameter(value string) bool { return nestedParameter.MatchString(value) }

// EndsLikeSecretSuffix is true for names of secrets that look like the end of an
// ARN: by such a name Secrets Manager finds nothing, see
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html.
func EndsLikeSecretSuffix(name string) bool { return secretSuffix.MatchString(name) }
