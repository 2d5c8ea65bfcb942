package regionpair

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/constructs-go/constructs/v10"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/limits"
)

// PairProps says what the two Regions of a [Pair] agree on.
type PairProps struct {
	// Name of the pair, with which the names of its stacks, buckets, parameters,
	// secrets, clients and alarms start.
	// Required. Allowed: 2 to 27 lower-case letters, digits and hyphens, a letter first.
	Name string
	// Account that both Regions are in.
	// Required. Allowed: 12 digits.
	Account string
	// PrimaryRegion serves all traffic while it is healthy.
	// Required. Allowed: a Region of the commercial partition.
	PrimaryRegion string
	// SecondaryRegion takes over when it is not.
	// Required. Allowed: another Region of the commercial partition.
	SecondaryRegion string
	// Swapped says that the Regions have exchanged their roles since they were
	// deployed. Stacks keep their names, client secrets and tables their owner:
	// PrimaryRegion's stack is "<pair>-secondary" then.
	// Default: false.
	Swapped bool
	// GlobalRegion of the stack that wires the two.
	// Default: us-east-1, the only Region with Route 53's health metrics.
	GlobalRegion string
	// DomainName that callers use, the same in both Regions.
	// Default: none, for a pair without an API, such as two buckets.
	DomainName string
	// Architecture that functions are compiled for and run on.
	// Default: arm64, which costs about a fifth less than x86_64.
	Architecture awslambda.Architecture
	// LogRetention of all log groups.
	// Default: 90 days.
	LogRetention awslogs.RetentionDays
	// RemovalPolicy of everything that holds state.
	// Default: kept, unless the deployment that creates it fails. With DESTROY
	// buckets are emptied first.
	RemovalPolicy awscdk.RemovalPolicy
	// Tracing of APIs and functions with X-Ray. Health endpoints have a setting
	// of their own.
	// Default: true.
	Tracing *bool
}

// Validate returns everything that is wrong at once.
func (p *PairProps) Validate() error {
	p = orNew(p)
	c := checking("Pair")
	if c.requires("Name", p.Name) {
		c.refuse(!limits.PairNameForm(p.Name), "'Name' must be 2 to 27 lower-case letters, digits and hyphens, a letter first, got '%s'", p.Name)
		for _, problem := range limits.CheckPairName(p.Name) {
			c.refuse(true, "'Name' %s", problem)
		}
	}
	if c.requires("Account", p.Account) {
		c.refuse(!limits.IsAccount(p.Account), "'Account' must have 12 digits, got '%s'", p.Account)
	}
	for _, region := range []struct{ property, name string }{{"PrimaryRegion", p.PrimaryRegion}, {"SecondaryRegion", p.SecondaryRegion}} {
		if c.requires(region.property, region.name) {
			c.region(region.property, region.name)
		}
	}
	c.region("GlobalRegion", p.GlobalRegion)
	c.refuse(p.PrimaryRegion != "" && p.PrimaryRegion == p.SecondaryRegion, "needs two Regions, got '%s' for both", p.PrimaryRegion)
	c.refuse(p.DomainName != "" && !limits.IsDomainName(p.DomainName),
		"'DomainName' must be a host name in lower case such as 'api.example.com', of at most 64 characters as ACM allows, got '%s'", p.DomainName)
	return c.err()
}

// Pair is what two Regions agree on without asking each other: the names of
// everything that one of them has to know of the other, and what is the same in
// both. It is checked once, by [NewPair], never changes, and defines nothing.
type Pair struct{ props PairProps }

// NewPair checks the props and panics with everything that is wrong.
func NewPair(props *PairProps) *Pair {
	mustBeValid(props.Validate())
	pair := &Pair{*props}
	if pair.props.GlobalRegion == "" {
		pair.props.GlobalRegion = healthMetricsRegion(pair.props.PrimaryRegion)
	}
	return pair
}

// Name of the pair.
func (p *Pair) Name() string { return p.props.Name }

// Account of both Regions.
func (p *Pair) Account() string { return p.props.Account }

// DomainName that callers use; empty for a pair without an API.
func (p *Pair) DomainName() string { return p.props.DomainName }

// Region that plays a role.
func (p *Pair) Region(role RegionRole) string {
	if role == RoleSecondary {
		return p.props.SecondaryRegion
	}
	return p.props.PrimaryRegion
}

// GlobalRegion is where the two Regions are wired.
func (p *Pair) GlobalRegion() string { return p.props.GlobalRegion }

// Owner is the role of the Region whose stack has what only one can have: the
// client secrets that the other Region gets copies of, and the tables. It is the
// primary until the roles are swapped.
func (p *Pair) Owner() RegionRole { return p.deployedAs(RolePrimary) }

// deployedAs is the role with which the Region that plays a role now was deployed.
func (p *Pair) deployedAs(role RegionRole) RegionRole {
	if p.props.Swapped {
		return role.Peer()
	}
	return role
}

// StackName is "<pair>-primary" or "<pair>-secondary", the same before and after
// the roles are swapped.
func (p *Pair) StackName(role RegionRole) string {
	return contract.StackName(p.Name(), string(p.deployedAs(role)))
}

// GlobalStackName is "<pair>-global".
func (p *Pair) GlobalStackName() string { return contract.GlobalStackName(p.Name()) }

// StackProps for the stack of a Region: its name, account and Region, and
// termination protection unless everything is destroyed with the stack.
func (p *Pair) StackProps(role RegionRole) *awscdk.StackProps {
	return p.stackProps(p.StackName(role), p.Region(role), "The "+string(role)+" Region of the pair "+p.Name())
}

// GlobalStackProps are [Pair.StackProps] for the stack that wires the Regions.
func (p *Pair) GlobalStackProps() *awscdk.StackProps {
	return p.stackProps(p.GlobalStackName(), p.GlobalRegion(), "Wires the two Regions of the pair "+p.Name())
}

func (p *Pair) stackProps(name, region, description string) *awscdk.StackProps {
	return &awscdk.StackProps{
		StackName: &name, Description: &description,
		Env: &awscdk.Environment{Account: new(p.Account()), Region: &region},
		// A deleted stack is a lost Region: deletion takes two deliberate steps.
		TerminationProtection: new(keeps(p.props.RemovalPolicy)),
	}
}

// BucketName is "<pair>-<purpose>-<account>-<region>".
func (p *Pair) BucketName(purpose string, role RegionRole) string {
	return contract.BucketName(p.Name(), purpose, p.Account(), p.Region(role))
}

// DataStackName is "<pair>-data", for the stack with the tables.
func (p *Pair) DataStackName() string { return contract.DataStackName(p.Name()) }

// DataStackProps are [Pair.StackProps] for the stack with the tables, which is in
// the Region of the [Pair.Owner].
func (p *Pair) DataStackProps() *awscdk.StackProps {
	return p.stackProps(p.DataStackName(), p.Region(p.Owner()), "The tables of the pair "+p.Name())
}

// TableName is "<pair>-<table>".
func (p *Pair) TableName(table string) string { return contract.TableName(p.Name(), table) }

// CognitoDomainPrefix is "<pair>-<account>-<region>".
func (p *Pair) CognitoDomainPrefix(role RegionRole) string {
	return contract.CognitoDomainPrefix(p.Name(), p.Account(), p.Region(role))
}

// ClientId is the stable id of a machine client, "<pair>.<client>".
func (p *Pair) ClientId(client string) string { return contract.ClientID(p.Name(), client) }

// ClientSecretName names the secret with the credential of a machine client,
// "<pair>/clients/<client>".
func (p *Pair) ClientSecretName(client string) string { return contract.ClientSecret(p.Name(), client) }

// AppSecretName is "<pair>/app/<name>"; see [RegionUnit.AddSecret].
func (p *Pair) AppSecretName(name string) string { return contract.AppSecret(p.Name(), name) }

// AppParameterName is "/<pair>/app/<name>"; see [RegionUnit.AddParameter].
func (p *Pair) AppParameterName(name string) string { return contract.AppParameter(p.Name(), name) }

// SwitchParameter is "on" while its Region is to take over all traffic.
func (p *Pair) SwitchParameter() string { return contract.SwitchParameter(p.Name()) }

// HoldParameter is "on" while its Region is kept out, whatever its health.
func (p *Pair) HoldParameter() string { return contract.HoldParameter(p.Name()) }

// FenceParameter is "on" while its Region takes no writes, and "uploads" while it
// signs no uploads; see [RegionUnit.Fence].
func (p *Pair) FenceParameter() string { return contract.FenceParameter(p.Name()) }

// IssuerParameter holds the token issuer of its own Region.
func (p *Pair) IssuerParameter() string { return contract.IssuerParameter(p.Name(), "own") }

// PeerIssuerParameter holds the token issuer of the other Region, and a
// snapshot of its keys.
func (p *Pair) PeerIssuerParameter() string { return contract.IssuerParameter(p.Name(), "peer") }

// AlarmName of an alarm of a Region's stack, "<pair>-<role>-<alarm>".
func (p *Pair) AlarmName(role RegionRole, alarm AlarmKind) string {
	return contract.AlarmName(p.Name(), string(role), string(alarm))
}

// GlobalAlarmName of an alarm of the global stack, "<pair>-global-<alarm>".
func (p *Pair) GlobalAlarmName(alarm AlarmKind) string {
	return contract.AlarmName(p.Name(), "global", string(alarm))
}

func (p *Pair) logs(key awskms.IKey) logKeeping {
	return logKeeping{p.props.LogRetention, key, p.props.RemovalPolicy}
}

func (p *Pair) traces() bool { return orTrue(p.props.Tracing) }

// roleOf is the role of the Region that a construct's stack is in. What belongs
// to a pair has to be in one of its two Regions, by name: the peer computes
// names from it.
func (p *Pair) roleOf(construct string, scope constructs.Construct) RegionRole {
	c := checking(construct)
	region, account := regionOf(scope), accountOf(scope)
	c.refuse(isToken(region) || isToken(account), "needs a stack with an explicit account and Region in 'Env', such as Pair.StackProps gives")
	if c.err() == nil {
		c.refuse(account != p.Account(), "needs a stack in the pair's account '%s', got '%s'", p.Account(), account)
		c.refuse(region != p.Region(RolePrimary) && region != p.Region(RoleSecondary),
			"needs a stack in one of the pair's Regions '%s' and '%s', got '%s'", p.Region(RolePrimary), p.Region(RoleSecondary), region)
	}
	mustBeValid(c.err())
	if region == p.Region(RoleSecondary) {
		return RoleSecondary
	}
	return RolePrimary
}
