package regionpair

import (
	"cmp"
	"regexp"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awswafv2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// WebAclProps configures a [WebAcl].
type WebAclProps struct {
	// Pair whose name starts the names of the web ACL and its log group.
	// Required.
	Pair *Pair
	// Stage of the REST API that the web ACL stands before. Never the health
	// API's: a blocked health check is a failover.
	// Required.
	Stage awsapigateway.Stage
	// RateLimit is the number of requests in five minutes after which an
	// address is blocked, until it asks less.
	// Default: 2000 requests. Allowed: 10 to 2000000000.
	RateLimit int
	// OpaqueContent says that callers store objects of any content under keys
	// of their choice. Rules that look into bodies, at the length of paths and
	// at file extensions would refuse a web page, "app.log" or a long key; they
	// only count then.
	// Default: true.
	OpaqueContent *bool
	// ExtraRules come after the ones of this construct. Allowed: priorities
	// from 100.
	// Default: none.
	ExtraRules []*awswafv2.CfnWebACL_RuleProperty
	// LogName is the log group's name after "aws-waf-logs-", without which AWS
	// WAF refuses it.
	// Default: the pair's name and the id of the web ACL. A literal name is in
	// the way when the web ACL is removed and added again, because the log is
	// kept.
	LogName string
	// LogEncryptionKey encrypts the log, see [GrantLogs].
	// Default: encrypted by CloudWatch Logs with a key it owns.
	LogEncryptionKey awskms.IKey
}

// Validate returns everything that is wrong at once.
func (p *WebAclProps) Validate() error {
	p = orNew(p)
	c := checking("WebAcl")
	c.requires("Pair", p.Pair)
	c.requires("Stage", p.Stage)
	within(c, "RateLimit", p.RateLimit, 10, 2_000_000_000, " requests in five minutes")
	c.refuse(p.LogName != "" && !logName.MatchString(p.LogName), "'LogName' must be 1 to 400 letters, digits and _ - / . #, got '%s'", p.LogName)
	seen := map[float64]string{}
	for _, rule := range p.ExtraRules {
		if rule == nil || rule.Name == nil || rule.Priority == nil {
			c.refuse(true, "'ExtraRules' need 'Name' and 'Priority'")
			continue
		}
		c.refuse(*rule.Priority < 100, "'ExtraRules' must have priorities from 100, got %v for '%s'", *rule.Priority, *rule.Name)
		c.refuse(seen[*rule.Priority] != "", "'ExtraRules' must have different priorities, got %v for '%s' and '%s'", *rule.Priority, seen[*rule.Priority], *rule.Name)
		seen[*rule.Priority] = *rule.Name
	}
	return c.err()
}

var logName = regexp.MustCompile(`^[A-Za-z0-9_/.#-]{1,400}$`)

// WebAcl is an AWS WAF web ACL before the API of one Region: a rate limit per
// address, AWS's core rules and known bad inputs, and a log in which no token
// is kept.
type WebAcl interface {
	constructs.Construct
	// WebAcl is the web ACL.
	WebAcl() awswafv2.CfnWebACL
	// LogGroup has one line per request that a rule inspected.
	LogGroup() awslogs.ILogGroup
}

type webACL struct {
	constructs.Construct
	props *WebAclProps
	acl   awswafv2.CfnWebACL
	log   awslogs.LogGroup
}

func (w *webACL) WebAcl() awswafv2.CfnWebACL { return w.acl }

func (w *webACL) LogGroup() awslogs.ILogGroup { return w.log }

// NewWebAcl defines the web ACL, its log, and puts it before the API.
func NewWebAcl(scope constructs.Construct, id *string, props *WebAclProps) WebAcl {
	mustBeValid(props.Validate())
	w := &webACL{props: props}
	newConstruct(w, scope, id)

	w.acl = awswafv2.NewCfnWebACL(w, jsii.String("WebAcl"), &awswafv2.CfnWebACLProps{
		Description:          jsii.String("Stands before the API of " + props.Pair.Name()),
		Scope:                jsii.String("REGIONAL"),
		DefaultAction:        &awswafv2.CfnWebACL_DefaultActionProperty{Allow: map[string]any{}},
		VisibilityConfig:     w.visibility("all"),
		DataProtectionConfig: withoutTokens(),
		Rules:                w.rules(),
	})
	w.newLog()
	awswafv2.NewCfnWebACLAssociation(w, jsii.String("Association"), &awswafv2.CfnWebACLAssociationProps{
		ResourceArn: props.Stage.StageArn(),
		WebAclArn:   w.acl.AttrArn(),
	})
	return w
}

// withoutTokens keeps bearer tokens, client secrets and what callers put into
// query strings out of the log and out of the sampled requests; the log's own
// redaction does not cover the latter.
func withoutTokens() *awswafv2.CfnWebACL_DataProtectionConfigProperty {
	hide := func(field *awswafv2.CfnWebACL_FieldToProtectProperty) any {
		return &awswafv2.CfnWebACL_DataProtectProperty{Action: jsii.String("SUBSTITUTION"), Field: field}
	}
	return &awswafv2.CfnWebACL_DataProtectionConfigProperty{DataProtections: []any{
		hide(&awswafv2.CfnWebACL_FieldToProtectProperty{FieldType: jsii.String("SINGLE_HEADER"), FieldKeys: jsii.Strings("authorization")}),
		hide(&awswafv2.CfnWebACL_FieldToProtectProperty{FieldType: jsii.String("QUERY_STRING")}),
	}}
}

func (w *webACL) visibility(rule string) *awswafv2.CfnWebACL_VisibilityConfigProperty {
	return &awswafv2.CfnWebACL_VisibilityConfigProperty{
		CloudWatchMetricsEnabled: jsii.Bool(true),
		SampledRequestsEnabled:   jsii.Bool(true),
		MetricName:               jsii.String(w.props.Pair.Name() + "-" + rule),
	}
}

func (w *webACL) rules() []any {
	rules := []any{
		// First, because it is the cheapest way to end a flood.
		&awswafv2.CfnWebACL_RuleProperty{
			Name:             jsii.String("rate-limit"),
			Priority:         jsii.Number(0),
			Action:           &awswafv2.CfnWebACL_RuleActionProperty{Block: map[string]any{}},
			VisibilityConfig: w.visibility("rate-limit"),
			Statement: &awswafv2.CfnWebACL_StatementProperty{RateBasedStatement: &awswafv2.CfnWebACL_RateBasedStatementProperty{
				AggregateKeyType:    jsii.String("IP"),
				EvaluationWindowSec: jsii.Number(300),
				Limit:               number(cmp.Or(w.props.RateLimit, 2000)),
			}},
		},
		w.managed("core", "AWSManagedRulesCommonRuleSet", 10, w.countedCoreRules()),
		w.managed("known-bad-inputs", "AWSManagedRulesKnownBadInputsRuleSet", 20, nil),
	}
	for _, rule := range w.props.ExtraRules {
		rules = append(rules, rule)
	}
	return rules
}

// countedCoreRules are those of AWSManagedRulesCommonRuleSet that refuse what
// this API is for. Their names are case-sensitive, and AWS WAF says nothing
// about a wrong one.
func (w *webACL) countedCoreRules() []string {
	counted := []string{
		// It refuses every body above 8 KB; the API takes 10 MB.
		"SizeRestrictions_BODY",
		// Clients are programs, and need not say which.
		"NoUserAgent_HEADER",
	}
	if orTrue(w.props.OpaqueContent) {
		counted = append(counted,
			"SizeRestrictions_URIPATH", "RestrictedExtensions_URIPATH", "RestrictedExtensions_QUERYARGUMENTS",
			"EC2MetaDataSSRF_BODY", "GenericLFI_BODY", "GenericRFI_BODY", "CrossSiteScripting_BODY")
	}
	return counted
}

func (w *webACL) managed(name, group string, priority float64, counted []string) *awswafv2.CfnWebACL_RuleProperty {
	statement := &awswafv2.CfnWebACL_ManagedRuleGroupStatementProperty{VendorName: jsii.String("AWS"), Name: &group}
	overrides := []any{}
	for _, rule := range counted {
		overrides = append(overrides, &awswafv2.CfnWebACL_RuleActionOverrideProperty{
			Name: &rule, ActionToUse: &awswafv2.CfnWebACL_RuleActionProperty{Count: map[string]any{}},
		})
	}
	if len(overrides) > 0 {
		statement.RuleActionOverrides = overrides
	}
	return &awswafv2.CfnWebACL_RuleProperty{
		Name:             &name,
		Priority:         &priority,
		OverrideAction:   &awswafv2.CfnWebACL_OverrideActionProperty{None: map[string]any{}},
		Statement:        &awswafv2.CfnWebACL_StatementProperty{ManagedRuleGroupStatement: statement},
		VisibilityConfig: w.visibility(name),
	}
}

func (w *webACL) newLog() {
	stack := stackOf(w)
	name := "aws-waf-logs-" + strings.TrimPrefix(cmp.Or(w.props.LogName, w.props.Pair.Name()+"-"+*w.acl.AttrId()), "aws-waf-logs-")
	w.log = w.props.Pair.logs(w.props.LogEncryptionKey).newGroup(w, "Log", &name)
	logging := awswafv2.NewCfnLoggingConfiguration(w, jsii.String("Logging"), &awswafv2.CfnLoggingConfigurationProps{
		ResourceArn: w.acl.AttrArn(),
		// The ARN that the log group itself gives ends in ":*".
		LogDestinationConfigs: &[]any{stack.FormatArn(&awscdk.ArnComponents{
			Service:      jsii.String("logs"),
			Resource:     jsii.String("log-group"),
			ResourceName: &name,
			ArnFormat:    awscdk.ArnFormat_COLON_RESOURCE_NAME,
		})},
		RedactedFields: []any{
			&awswafv2.CfnLoggingConfiguration_FieldToMatchProperty{
				// CloudFormation takes this object as it stands, capital letter and all.
				SingleHeader: map[string]any{"Name": "authorization"},
			},
			&awswafv2.CfnLoggingConfiguration_FieldToMatchProperty{QueryString: map[string]any{}},
		},
	})
	// The ARN above is text, from which CloudFormation derives no order.
	logging.Node().AddDependency(w.log)
}
