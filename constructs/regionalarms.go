package regionpair

import (
	"fmt"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/regionpair/regionpair/internal/contract"
)

// RegionalAlarmsProps configures [RegionalAlarms].
type RegionalAlarmsProps struct {
	// PairName starts the names of the alarms, "<pair>-<role>-<what>".
	// Required.
	PairName *string
	// Unit to watch, in the same Region.
	// Required.
	Unit RegionUnit
	// Topic that is told when an alarm goes off and when it is over, in the
	// same Region; see [AlarmTopic].
	// Required.
	Topic awssns.ITopic
	// PeerBucketName is the bucket of the other Region.
	// Required.
	PeerBucketName *string
	// ReplicationRuleId of the rules in both buckets.
	// Default: the id that [BucketReplicationPair] gives them.
	ReplicationRuleId *string
	// MinimumRequests in a period below which rates mean nothing: one failure of
	// three requests is 33 %.
	// Default: 20 requests, with the default period in a minute.
	MinimumRequests *float64
	// EssentialOnly leaves out what neither says that clients suffer, nor that
	// data is at risk, nor that a failover would fail. These stay: ServerErrors,
	// Throttles, AuthorizerFailures, TokenFailures, Degraded, ReplicationLatency,
	// ReplicationFailures, TableReplicationLatency, CertificateExpiry, and whatever
	// is tuned.
	// Default: false.
	EssentialOnly *bool

	// ServerErrors are answers with a status of 500 and above, in percent of
	// all. Clients hide a few with retries. Health checks look at what the
	// Region needs and not at what the handler does, so this may be the only
	// sign that somebody should fail over by hand.
	// Default: 5 %, in 3 of 5 minutes.
	ServerErrors *AlarmTuning
	// Latency is the 99th percentile of the whole answer, in milliseconds. A
	// cold start and an object of several megabytes stay below the default;
	// the API gives up at 29 s.
	// Default: 3000 ms, in 3 of 5 minutes.
	Latency *AlarmTuning
	// Throttles are requests refused with status 429 by the API. Clients
	// retry a few; more means that the limits are below the load, which after
	// a failover is that of both Regions.
	// Default: 10 in 5 minutes.
	Throttles *AlarmTuning
	// FunctionErrors are crashes and timeouts of each function: failures that
	// a function knows of are answers, not errors. The authorizer has none,
	// because it refuses a token by failing; see AuthorizerFailures.
	// Default: 5 in 5 minutes, and 1 for the rotation of secrets.
	FunctionErrors *AlarmTuning
	// FunctionThrottles are invocations of each function that Lambda refused.
	// None is normal: the caller got an error, or Route 53 did.
	// Default: 1 in 5 minutes.
	FunctionThrottles *AlarmTuning
	// AccountConcurrency is what all functions of the account in this Region
	// use of their common limit, in percent. At the limit other applications
	// take this one down, and its health check with it.
	// Default: 80 %, in 3 of 5 minutes.
	AccountConcurrency *AlarmTuning
	// ReservedConcurrency is what each function with a limit of its own uses
	// of it, in percent.
	// Default: 80 %, in 3 of 5 minutes.
	ReservedConcurrency *AlarmTuning
	// ReplicationLatency is how far this Region is behind its peer, in
	// seconds: what a failover to it would lose. S3 promises 15 minutes for
	// 99.9 % of the objects and usually takes seconds.
	// Default: 900 s, in 5 of 5 minutes.
	ReplicationLatency *AlarmTuning
	// ReplicationBacklog is the number of operations on their way from the
	// peer. A steady flow has few at a time; a thousand for a quarter of an
	// hour are written faster than copied, or not copied at all.
	// Default: 1000 operations, for 3 times 5 minutes.
	ReplicationBacklog *AlarmTuning
	// ReplicationFailures are operations that S3 gave up copying to the peer.
	// It does not try again: each is an object that the peer does not have.
	// Default: 1 in 5 minutes.
	ReplicationFailures *AlarmTuning
	// TableReplicationLatency is how late items of each table reach the peer, in
	// milliseconds. DynamoDB usually takes about a second.
	// Default: 60000 ms, in 5 of 5 minutes.
	TableReplicationLatency *AlarmTuning
	// TableThrottles are reads and writes of each table that DynamoDB refused.
	// The SDKs repeat a few.
	// Default: 10 in 5 minutes.
	TableThrottles *AlarmTuning
	// CertificateExpiry is the number of days the certificate is still valid.
	// ACM renews weeks earlier; when it has not, the validation record is gone
	// and a month is left to bring it back.
	// Default: below 30 days.
	CertificateExpiry *AlarmTuning
	// Degraded are reports of the health endpoint that something is wrong which
	// is no reason to move the clients: a throttled service, or one that running
	// functions go on without.
	// Default: 1 a minute, in 3 of 5 minutes.
	Degraded *AlarmTuning
	// TokenFailures are answers of the token endpoint with a status of 500 and
	// above, whatever the cause, and requests to Cognito that brought no token. A
	// token is asked for about once an hour per client, so a handful is no hiccup.
	// Default: 5 in 5 minutes.
	TokenFailures *AlarmTuning
	// TokenCacheHits is the share of token requests answered without asking
	// Cognito, in percent, when there are at least a thousand an hour: Cognito
	// bills each and limits their rate.
	// Default: below 50 % for an hour.
	TokenCacheHits *AlarmTuning
	// Denials are callers refused for their token, its scopes or their
	// credentials. A client whose token has expired is refused once and gets a
	// new one; a hundred are a client that is stuck, or somebody guessing.
	// Default: 100 in 5 minutes.
	Denials *AlarmTuning
	// AuthorizerFailures are requests that nobody could decide about: the
	// authorizer crashed, or has the keys of neither issuer.
	// Default: 5 in 5 minutes.
	AuthorizerFailures *AlarmTuning
}

// RegionalAlarms watches one Region: its API, its functions, its tokens, its
// certificate, what reaches it from the peer and what does not reach the peer.
// Health checks decide about a failover; these alarms call people.
type RegionalAlarms interface {
	constructs.Construct
	// Alarms that were defined.
	Alarms() []awscloudwatch.Alarm
}

type regionalAlarms struct {
	constructs.Construct
	props  *RegionalAlarmsProps
	parts  unitParts
	alarms []awscloudwatch.Alarm
}

func (r *regionalAlarms) Alarms() []awscloudwatch.Alarm { return r.alarms }

// NewRegionalAlarms defines the alarms, and the metric filters that some need.
func NewRegionalAlarms(scope constructs.Construct, id *string, props *RegionalAlarmsProps) RegionalAlarms {
	mustBeCompleteAlarms(scope, props)
	r := &regionalAlarms{props: props, parts: partsOf(props.Unit)}
	constructs.NewConstruct_Override(r, scope, id)

	for _, specs := range [][]alarmSpec{
		r.apiAlarms(), r.callerAlarms(), r.functionAlarms(), r.concurrencyAlarms(),
		r.replicationAlarms(), r.tableAlarms(), r.certificateAlarms(), r.healthAlarms(), r.tokenAlarms(),
	} {
		if isTrue(props.EssentialOnly) {
			specs = slices.DeleteFunc(specs, func(s alarmSpec) bool { return !s.essential && s.tuning == nil })
		}
		r.alarms = append(r.alarms, createAlarms(r, props.Topic, specs)...)
	}
	return r
}

func mustBeCompleteAlarms(scope constructs.Construct, props *RegionalAlarmsProps) {
	required("RegionalAlarms", "PairName", props == nil || props.PairName == nil)
	required("RegionalAlarms", "Unit", props.Unit == nil)
	required("RegionalAlarms", "Topic", props.Topic == nil)
	required("RegionalAlarms", "PeerBucketName", props.PeerBucketName == nil)
	mustBeInRegionOf("RegionalAlarms", scope, "Unit", props.Unit.Region())
	mustBeInRegionOf("RegionalAlarms", scope, "Topic", props.Topic.Env().Region)
}

func (r *regionalAlarms) name(what string) string {
	return *r.props.PairName + "-" + string(r.props.Unit.Role()) + "-" + what
}

func (r *regionalAlarms) apiAlarms() []alarmSpec {
	api := r.props.Unit.Api()
	return []alarmSpec{{
		id: "ServerErrors", name: r.name("server-errors"), tuning: r.props.ServerErrors, essential: true,
		description: "The API answers with errors of its own (5xx, percent of all requests). Look at the errors by route; fail over by hand if the other Region is better.",
		metric: r.rate("Server errors (%)", "errors", "requests", map[string]metricOf{
			"errors": apiMetric(api, "5XXError", "Sum"), "requests": apiMetric(api, "Count", "Sum"),
		}).over,
		threshold: 5, minutes: 1, periods: 5, datapoints: 3,
		// No request is no failing request.
		missing: awscloudwatch.TreatMissingData_NOT_BREACHING,
	}, {
		id: "Latency", name: r.name("latency"), tuning: r.props.Latency,
		description: "The slowest of a hundred answers takes too long (p99, milliseconds). Look at the slow requests and their traces.",
		metric:      apiMetric(api, "Latency", "p99").over,
		threshold:   3000, minutes: 1, periods: 5, datapoints: 3,
		missing: awscloudwatch.TreatMissingData_NOT_BREACHING,
		// The slowest of three requests is no percentile.
		lowSamples: jsii.String("ignore"),
	}}
}

// rate in percent, and 0 while there are too few requests for one.
func (r *regionalAlarms) rate(label, part, whole string, metrics map[string]metricOf) expressionOf {
	return expressionOf{
		label: label,
		expression: fmt.Sprintf("IF(FILL(%[2]s, 0) >= %[3]v, 100 * FILL(%[1]s, 0) / %[2]s, 0)",
			part, whole, *orNumber(r.props.MinimumRequests, 20)),
		metrics: metrics,
	}
}

// callerAlarms count what API Gateway decides before any function is asked, or
// after one has refused; only the access log tells these apart.
func (r *regionalAlarms) callerAlarms() []alarmSpec {
	counting := func(id, what, description, metric, pattern string, threshold float64, tuning *AlarmTuning) alarmSpec {
		return alarmSpec{
			id: id, name: r.name(what), description: description, tuning: tuning,
			// The filter is defined with the alarm: its metric costs as much.
			metric:    func(period awscdk.Duration) awscloudwatch.IMetric { return r.logMetric(metric, pattern).over(period) },
			threshold: threshold, minutes: 5, periods: 1, datapoints: 1,
			missing:   awscloudwatch.TreatMissingData_NOT_BREACHING,
			essential: id != "Denials",
		}
	}
	return []alarmSpec{
		counting("Throttles", "throttles",
			"The API refuses requests because there are too many (429). Raise the throttling if the load is real; after a failover one Region carries all of it.",
			"Throttled", `{ ($.error = "THROTTLED") || ($.error = "QUOTA_EXCEEDED") }`, 10, r.props.Throttles),
		counting("Denials", "denials",
			"Many callers are refused (401, 403, wrong client credentials). Look at the denied callers: a client may be stuck, or somebody guesses.",
			"Denied", `{ ($.error = "UNAUTHORIZED") || ($.error = "ACCESS_DENIED") || (($.resource = "/oauth2/token") && ($.status = "401")) }`, 100, r.props.Denials),
		counting("AuthorizerFailures", "authorizer-failures",
			"The authorizer cannot decide about tokens, callers get status 500. Look at its log: it crashed, or has no keys of the issuers.",
			"Undecided", `{ ($.error = "AUTHORIZER_FAILURE") || ($.error = "AUTHORIZER_CONFIGURATION_ERROR") }`, 5, r.props.AuthorizerFailures),
	}
}

// logMetric counts the lines of the access log that match. The namespace names
// the pair, because a filter cannot give its metric a fixed dimension.
func (r *regionalAlarms) logMetric(name, pattern string) metricOf {
	namespace := contract.MetricNamespace + "/" + *r.props.PairName
	awslogs.NewMetricFilter(r, jsii.String(name+"Filter"), &awslogs.MetricFilterProps{
		LogGroup:        r.props.Unit.Api().AccessLog(),
		FilterPattern:   awslogs.FilterPattern_Literal(&pattern),
		MetricNamespace: &namespace,
		MetricName:      &name,
		MetricValue:     jsii.String("1"),
		DefaultValue:    jsii.Number(0),
	})
	return metricOf{namespace: namespace, name: name, statistic: "Sum"}
}

func (r *regionalAlarms) functionAlarms() []alarmSpec {
	specs := []alarmSpec{}
	for _, f := range r.parts.functions {
		if !f.decides {
			threshold := 5.0
			if f.scheduled {
				threshold = 1
			}
			specs = append(specs, alarmSpec{
				id: "FunctionErrors-" + f.label, name: r.name("errors-" + f.label), tuning: r.props.FunctionErrors,
				description: "The function '" + f.label + "' crashes or runs out of time. Look at its log.",
				metric:      lambdaMetric("Errors", "Sum", f.function).over,
				threshold:   threshold, minutes: 5, periods: 1, datapoints: 1,
				missing: awscloudwatch.TreatMissingData_NOT_BREACHING,
			})
		}
		specs = append(specs, alarmSpec{
			id: "FunctionThrottles-" + f.label, name: r.name("throttles-" + f.label), tuning: r.props.FunctionThrottles,
			description: "Lambda refuses to run the function '" + f.label + "': its concurrency or the account's is used up. Raise the limit.",
			metric:      lambdaMetric("Throttles", "Sum", f.function).over,
			threshold:   1, minutes: 5, periods: 1, datapoints: 1,
			missing: awscloudwatch.TreatMissingData_NOT_BREACHING,
		})
	}
	return specs
}

func (r *regionalAlarms) concurrencyAlarms() []alarmSpec {
	share := func(id, what, description string, usage expressionOf, tuning *AlarmTuning) alarmSpec {
		return alarmSpec{
			id: id, name: r.name(what), description: description, tuning: tuning, metric: usage.over,
			threshold: 80, minutes: 1, periods: 5, datapoints: 3,
			missing: awscloudwatch.TreatMissingData_NOT_BREACHING,
		}
	}
	specs := []alarmSpec{share("AccountConcurrency", "account-concurrency",
		"The functions of this account use most of the concurrency they share in this Region (percent). Ask for a higher quota, in both Regions.",
		// The quota differs between accounts and changes on request, so it is
		// asked for: new accounts have 10, most 1000.
		expressionOf{
			// What is reserved for single functions counts as used: nobody else can
			// have it. The quota is known of the other metric only.
			label: "Account concurrency (%)", expression: "100 * claimed / SERVICE_QUOTA(used)",
			metrics: map[string]metricOf{
				"claimed": lambdaMetric("ClaimedAccountConcurrency", "Maximum", nil),
				"used":    lambdaMetric("ConcurrentExecutions", "Maximum", nil),
			},
		}, r.props.AccountConcurrency)}
	for _, f := range r.parts.functions {
		reserved := f.reserved()
		if reserved == 0 {
			continue
		}
		specs = append(specs, share("ReservedConcurrency-"+f.label, "concurrency-"+f.label,
			"The function '"+f.label+"' uses most of the concurrency reserved for it (percent). Reserve more.",
			expressionOf{
				label: "Reserved concurrency (%)", expression: fmt.Sprintf("100 * used / %v", reserved),
				metrics: map[string]metricOf{"used": lambdaMetric("ConcurrentExecutions", "Maximum", f.function)},
			}, r.props.ReservedConcurrency))
	}
	return specs
}

func (r *regionalAlarms) replicationAlarms() []alarmSpec {
	own, peer, rule := *r.props.Unit.Bucket().BucketName(), *r.props.PeerBucketName, defaultRuleID(r.props.ReplicationRuleId)
	return []alarmSpec{{
		id: "ReplicationLatency", name: r.name("replication-latency"), tuning: r.props.ReplicationLatency, essential: true,
		description: "This Region is behind its peer by more than S3 promises (seconds). A failover to it would lose what is missing until the peer is back.",
		metric:      replicationMetric("ReplicationLatency", "Maximum", peer, own, rule).over,
		threshold:   900, minutes: 1, periods: 5, datapoints: 5,
		// Silence while the peer is down says nothing: what was behind still is.
		missing: awscloudwatch.TreatMissingData_IGNORE,
	}, {
		id: "ReplicationBacklog", name: r.name("replication-backlog"), tuning: r.props.ReplicationBacklog,
		description: "Operations of the peer Region wait to be copied here, and do not get fewer. Look at the peer's writes and at S3's health.",
		metric:      replicationMetric("OperationsPendingReplication", "Maximum", peer, own, rule).over,
		threshold:   1000, minutes: 5, periods: 3, datapoints: 3,
		missing: awscloudwatch.TreatMissingData_IGNORE,
	}, {
		id: "ReplicationFailures", name: r.name("replication-failures"), tuning: r.props.ReplicationFailures, essential: true,
		description: "S3 gave up copying objects of this Region to its peer, which does not have them now. Check role, keys and rules, then copy them with S3 Batch Replication.",
		metric:      replicationMetric("OperationsFailedReplication", "Sum", own, peer, rule).over,
		threshold:   1, minutes: 5, periods: 1, datapoints: 1,
		missing: awscloudwatch.TreatMissingData_NOT_BREACHING,
	}}
}

func (r *regionalAlarms) certificateAlarms() []alarmSpec {
	certificate := certificateOf(r.props.Unit)
	if certificate == nil {
		return nil
	}
	return []alarmSpec{{
		id: "CertificateExpiry", name: r.name("certificate-expiry"), tuning: r.props.CertificateExpiry, essential: true,
		description: "ACM has not renewed the certificate of the API in this Region (days left). Check its validation record in the hosted zone.",
		metric: metricOf{
			namespace: "AWS/CertificateManager", name: "DaysToExpiry", statistic: "Minimum",
			dimensions: map[string]*string{"CertificateArn": certificate.CertificateArn()},
		}.over,
		below: true, threshold: 30, minutes: 24 * 60, periods: 1, datapoints: 1,
		// ACM falls silent once the certificate has expired: that is no recovery.
		missing: awscloudwatch.TreatMissingData_IGNORE,
	}}
}

func (r *regionalAlarms) healthAlarms() []alarmSpec {
	return []alarmSpec{{
		id: "Degraded", name: r.name("degraded"), tuning: r.props.Degraded, essential: true,
		description: "The Region serves, and something it needs does not work or is throttled. Open /health, which names it. A failover would take the load along; it helps only if the peer is well.",
		metric: metricOf{
			namespace: contract.MetricNamespace, name: contract.MetricDegraded, statistic: "Sum",
			dimensions: map[string]*string{"FunctionName": r.props.Unit.Health().Function().FunctionName()},
		}.over,
		threshold: 1, minutes: 1, periods: 5, datapoints: 3,
		// Reports without a fault are not counted.
		missing: awscloudwatch.TreatMissingData_NOT_BREACHING,
	}}
}

func (r *regionalAlarms) tokenAlarms() []alarmSpec {
	if r.parts.token == nil {
		return nil
	}
	return []alarmSpec{{
		id: "TokenFailures", name: r.name("token-failures"), tuning: r.props.TokenFailures, essential: true,
		description: "Cognito, Secrets Manager or the set-up keeps clients from getting tokens; kept ones bridge some of it. Look at the token function's log, and fail over by hand if only this Region is affected.",
		metric: expressionOf{
			label:      "Failures of tokens",
			expression: "FILL(failures, 0) + FILL(cognito, 0)",
			metrics:    map[string]metricOf{"failures": r.tokenMetric(contract.MetricTokenFailures), "cognito": r.tokenMetric(contract.MetricCognitoFailures)},
		}.over,
		threshold: 5, minutes: 5, periods: 1, datapoints: 1,
		missing: awscloudwatch.TreatMissingData_NOT_BREACHING,
	}, {
		id: "TokenCacheHits", name: r.name("token-cache-hits"), tuning: r.props.TokenCacheHits,
		description: "Most token requests go to Cognito, which bills and limits them (hits in percent). Clients ask with ever different scopes, or the function is restarted all the time.",
		metric: expressionOf{
			label:      "Token cache hits (%)",
			expression: "IF(FILL(hits, 0) + FILL(misses, 0) >= 1000, 100 * FILL(hits, 0) / (FILL(hits, 0) + FILL(misses, 0)), 100)",
			metrics:    map[string]metricOf{"hits": r.tokenMetric(contract.MetricTokenCacheHits), "misses": r.tokenMetric(contract.MetricTokenCacheMisses)},
		}.over,
		below: true, threshold: 50, minutes: 60, periods: 1, datapoints: 1,
		missing: awscloudwatch.TreatMissingData_NOT_BREACHING,
	}}
}

func (r *regionalAlarms) tokenMetric(name string) metricOf {
	return metricOf{
		namespace: contract.MetricNamespace, name: name, statistic: "Sum",
		dimensions: map[string]*string{"FunctionName": r.parts.token.FunctionName()},
	}
}
