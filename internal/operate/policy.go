package operate

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Roles of the people and machines that run the commands.
const (
	// RoleReader may look: status, history, readiness, verify, dry runs.
	RoleReader = "reader"
	// RoleOperator may also turn the switch.
	RoleOperator = "operator"
	// RoleDrill may also read the clients' secrets, which the load of a live
	// drill needs.
	RoleDrill = "drill"
	// RoleBreakHealth may also stop the primary's health function.
	RoleBreakHealth = "break-health"
)

// PolicyRoles are all of them.
func PolicyRoles() []string { return []string{RoleReader, RoleOperator, RoleDrill, RoleBreakHealth} }

// PolicyDocument is an IAM policy.
type PolicyDocument struct {
	Version   string
	Statement []PolicyStatement
}

// PolicyStatement is one statement of a policy.
type PolicyStatement struct {
	Sid, Effect      string
	Action, Resource []string
}

// Text is the policy in JSON, as IAM takes it.
func (d PolicyDocument) Text(Paint) string {
	text, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		panic(err) // texts only
	}
	return string(text) + "\n"
}

// PolicyOf is what a role needs for the pair, and no more than names allow to
// say: ids that AWS makes up are left open.
func PolicyOf(role string, p Pair) (PolicyDocument, error) {
	at := slices.Index(PolicyRoles(), role)
	if at < 0 {
		return PolicyDocument{}, fmt.Errorf("there is no role %q; there are %s", role, joined(PolicyRoles()))
	}
	// Each role may do what those before it may.
	statements := readerStatements(p)
	statements = append(statements, []PolicyStatement{operatorStatement(p), drillStatement(p), breakHealthStatement(p)}[:at]...)
	return PolicyDocument{Version: "2012-10-17", Statement: statements}, nil
}

func operatorStatement(p Pair) PolicyStatement {
	return PolicyStatement{
		Sid: "TurnTheSwitch", Effect: "Allow", Action: []string{"ssm:PutParameter"},
		Resource: []string{
			fmt.Sprintf("arn:aws:ssm:%s:*:parameter/%s/failover/fence", p.Primary, p.Name),
			fmt.Sprintf("arn:aws:ssm:%s:*:parameter/%s/failover/hold", p.Primary, p.Name),
			fmt.Sprintf("arn:aws:ssm:%s:*:parameter/%s/failover/switch", p.Standby, p.Name),
			fmt.Sprintf("arn:aws:ssm:%s:*:parameter/%s/failover/journal", p.Standby, p.Name),
		},
	}
}

func drillStatement(p Pair) PolicyStatement {
	return PolicyStatement{
		Sid: "BeAClient", Effect: "Allow", Action: []string{"secretsmanager:GetSecretValue"},
		Resource: []string{fmt.Sprintf("arn:aws:secretsmanager:%s:*:secret:%s/clients/*", p.Standby, p.Name)},
	}
}

func breakHealthStatement(p Pair) PolicyStatement {
	return PolicyStatement{
		Sid: "StopTheHealthFunction", Effect: "Allow",
		Action:   []string{"lambda:GetFunctionConcurrency", "lambda:PutFunctionConcurrency", "lambda:DeleteFunctionConcurrency"},
		Resource: []string{fmt.Sprintf("arn:aws:lambda:%s:*:function:*Health*", p.Primary)},
	}
}

func readerStatements(p Pair) []PolicyStatement {
	inBoth := func(format string) []string {
		resources := []string{}
		for _, region := range p.regions() {
			resources = append(resources, fmt.Sprintf(format, region))
		}
		return resources
	}
	allow := func(sid string, resources []string, actions ...string) PolicyStatement {
		return PolicyStatement{Sid: sid, Effect: "Allow", Action: actions, Resource: resources}
	}
	return []PolicyStatement{
		allow("ReadParameters", inBoth("arn:aws:ssm:%s:*:parameter/"+p.Name+"/*"), "ssm:GetParameter", "ssm:GetParameterHistory", "ssm:GetParameters"),
		allow("DescribeSecrets", slices.Concat(
			inBoth("arn:aws:secretsmanager:%s:*:secret:"+p.Name+"/clients/*"), inBoth("arn:aws:secretsmanager:%s:*:secret:*AuthCredentials*"),
		), "secretsmanager:DescribeSecret"),
		allow("DescribeFunctions", inBoth("arn:aws:lambda:%s:*:function:*"), "lambda:GetFunctionConfiguration"),
		allow("DescribeApis", slices.Concat(
			inBoth("arn:aws:apigateway:%s::/restapis/*"), inBoth("arn:aws:apigateway:%s::/domainnames/"+p.Domain),
			inBoth("arn:aws:apigateway:%s::/domainnames/"+p.Domain+"/basepathmappings"), inBoth("arn:aws:apigateway:%s::/account"),
		), "apigateway:GET"),
		allow("DescribeBuckets", []string{"arn:aws:s3:::" + p.Name + "-*"}, "s3:GetBucketVersioning", "s3:GetReplicationConfiguration", "s3:ListBucketVersions"),
		allow("DescribeKeys", inBoth("arn:aws:kms:%s:*:key/*"), "kms:DescribeKey"),
		allow("DescribeCertificates", inBoth("arn:aws:acm:%s:*:certificate/*"), "acm:DescribeCertificate"),
		allow("DescribeDns", []string{"arn:aws:route53:::healthcheck/*", "arn:aws:route53:::hostedzone/*"}, "route53:GetHealthCheck", "route53:ListResourceRecordSets"),
		// These know no resources.
		allow("ReadMetricsAndLimits", []string{"*"}, "cloudwatch:GetMetricData", "lambda:GetAccountSettings", "servicequotas:GetServiceQuota", "servicequotas:GetAWSDefaultServiceQuota"),
	}
}
