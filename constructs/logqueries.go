package regionpair

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// LogQueriesProps configures [LogQueries].
type LogQueriesProps struct {
	// Watched is whose logs are asked; see [RegionUnit.Watched]. Its pair's name is
	// the folder of the queries in the console.
	// Required, with an AccessLog.
	Watched *Watched
	// SlowMilliseconds from which a request counts as slow.
	// Default: 1000 ms.
	SlowMilliseconds int
}

// Validate returns everything that is wrong at once.
func (p *LogQueriesProps) Validate() error {
	p = orNew(p)
	c := checking("LogQueries")
	if c.watched("Watched", p.Watched) {
		c.refuse(p.Watched.AccessLog == nil, "needs 'Watched' with an 'AccessLog'")
	}
	c.refuse(p.SlowMilliseconds < 0, "'SlowMilliseconds' must be 1 or more, got %d", p.SlowMilliseconds)
	return c.err()
}

// LogQueries are the questions that come up in an incident, saved in CloudWatch
// Logs Insights of the Region: "<pair>/slow requests", "<pair>/errors by
// route", "<pair>/denied callers", "<pair>/failover events" and "<pair>/one
// request".
type LogQueries interface {
	constructs.Construct
	// Names of the queries.
	Names() []string
}

type logQueries struct {
	constructs.Construct
	props *LogQueriesProps
	names []string
}

func (q *logQueries) Names() []string { return q.names }

// NewLogQueries saves the queries.
func NewLogQueries(scope constructs.Construct, id *string, props *LogQueriesProps) LogQueries {
	mustBeValid(props.Validate())
	q := &logQueries{props: props}
	newConstruct(q, scope, id)

	access := []any{logGroupNameOf(props.Watched.AccessLog)}
	q.save("SlowRequests", "slow requests", access,
		"fields @timestamp, method, resource, path, status, latencyMs, integrationMs, clientId, requestId, traceId",
		fmt.Sprintf("filter latencyMs >= %v", cmp.Or(props.SlowMilliseconds, 1000)),
		"sort latencyMs desc",
		"limit 100")
	q.save("ErrorsByRoute", "errors by route", access,
		"filter status >= 400",
		"stats count(*) as requests, latest(requestId) as example by status, method, resource, error",
		"sort requests desc",
		"limit 100")
	q.save("DeniedCallers", "denied callers", access,
		`filter error in ["UNAUTHORIZED", "ACCESS_DENIED", "WAF_FILTERED"] or (resource = "/oauth2/token" and status = 401)`,
		"stats count(*) as denials, earliest(@timestamp) as first, latest(@timestamp) as last by ip, clientId, resource, error",
		"sort denials desc",
		"limit 100")
	if health := props.Watched.Health; health != nil {
		q.save("FailoverEvents", "failover events", []any{health.Function().LogGroup().LogGroupName()},
			"fields @timestamp, msg, parameter, before, now, check, reason, error",
			`filter msg in ["the position changed", "the Region is healthy", "the Region is degraded", "the Region is unhealthy"]`,
			"sort @timestamp desc",
			"limit 200")
	}
	q.save("OneRequest", "one request", append(access, q.functionLogs()...),
		"fields @timestamp, @log, level, msg, method, path, status, latencyMs, error, @message",
		`filter requestId = "put the X-Amzn-RequestId of the answer here"`,
		"sort @timestamp asc",
		"limit 200")
	return q
}

// functionLogs are the log groups of all functions that answer requests.
func (q *logQueries) functionLogs() []any {
	groups := []any{}
	for _, f := range q.props.Watched.parts() {
		groups = append(groups, logGroupOf(f.function))
	}
	return groups
}

// logGroupOf is where a function from elsewhere writes its logs. Asking CDK's
// own accessor would define a custom resource.
func logGroupOf(function awslambda.IFunction) any {
	switch qualified := function.(type) {
	case awslambda.Alias:
		function = qualified.Lambda()
	case awslambda.Version:
		function = qualified.Lambda()
	}
	if compiled, ok := once(function, "scope", func() constructs.IConstruct { return nodeOf(function).Scope() }).(GoFunction); ok {
		return logGroupNameOf(compiled.LogGroup())
	}
	child, _ := cfnResourceOf(function)
	if defined, ok := child.(awslambda.CfnFunction); ok {
		if config, ok := defined.LoggingConfig().(*awslambda.CfnFunction_LoggingConfigProperty); ok && config.LogGroup != nil {
			return config.LogGroup
		}
	}
	return jsii.String("/aws/lambda/" + *function.FunctionName())
}

func (q *logQueries) save(id, name string, logGroups []any, lines ...string) {
	name = q.props.Watched.Pair.Name() + "/" + name
	query := strings.Join(lines, "\n| ")
	awslogs.NewCfnQueryDefinition(q, &id, &awslogs.CfnQueryDefinitionProps{
		Name:          &name,
		QueryString:   &query,
		LogGroupNames: &logGroups,
	})
	q.names = append(q.names, name)
}
