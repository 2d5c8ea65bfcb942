package regionpair

import (
	"cmp"
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
	// Watched is what there is to alarm of, in the same Region; see
	// [RegionUnit.Watched].
	// Required.
	Watched *Watched
	// Topic that gets notified when an alarm goes off and when it ends, in the
	// same Region; see [AlarmTopic].
	// Required.
	Topic awssns.ITopic
	// MinimumRequests in a period below which rates and percentiles mean nothing: one
	// failure of three requests is 33 %.
	// Default: 20 requests, with the default period in a minute.
	MinimumRequests int
	// EssentialOnly leaves out what neither says that clients suffer, nor that
	// data is at risk, nor that a failover would fail. What is tuned stays.
	// Default: false.
	EssentialOnly bool
	// Tuning of alarms by their kind; see [RegionalAlarmKinds].
	// Default: none.
	Tuning map[AlarmKind]AlarmTuning
}

// Validate returns everything that is wrong at once.
func (p *RegionalAlarmsProps) Validate() error {
	p = orNew(p)
	c := checking("RegionalAlarms")
	c.watched("Watched", p.Watched)
	c.requires("Topic", p.Topic)
	c.refuse(p.MinimumRequests < 0, "'MinimumRequests' must be 1 or more, got %d", p.MinimumRequests)
	c.tuning(p.Tuning, RegionalAlarmKinds())
	return c.err()
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
	*Watched
	props  *RegionalAlarmsProps
	parts  []unitFunction
	alarms []awscloudwatch.Alarm
}

func (r *regionalAlarms) Alarms() []awscloudwatch.Alarm { return r.alarms }

// NewRegionalAlarms defines the alarms, and the metric filters that some need.
func NewRegionalAlarms(scope constructs.Construct, id *string, props *RegionalAlarmsProps) RegionalAlarms {
	mustBeValid(props.Validate())
	mustBeInRegionOf("RegionalAlarms", scope, "Watched", props.Watched.region())
	mustBeInRegionOf("RegionalAlarms", scope, "Topic", *props.Topic.Env().Region)
	r := &regionalAlarms{props: props, Watched: props.Watched, parts: props.Watched.parts()}
	newConstruct(r, scope, id)

	r.alarms = createAlarms(r, props.Topic, props.Tuning, props.EssentialOnly, slices.Concat(
		r.apiAlarms(), r.callerAlarms(), r.functionAlarms(), r.concurrencyAlarms(),
		r.replicationAlarms(), r.tableAlarms(), r.synchronousAlarms(), r.certificateAlarms(), r.healthAlarms(), r.guardAlarms(), r.tokenAlarms(),
	))
	return r
}

func (r *regionalAlarms) name(alarm AlarmKind) string {
	return r.Pair.AlarmName(r.Role, alarm)
}

func (r *regionalAlarms) apiAlarms() []alarmSpec {
	if r.RestApi == nil {
		return nil
	}
	return []alarmSpec{{
		id: "ServerErrors", name: r.name(AlarmServerErrors), kind: AlarmServerErrors, essential: true,
		description: "The API answers with errors of its own (5xx, percent of all requests). Look at the errors by route; fail over by hand if the other Region is better.",
		metric: r.rate("Server errors (%)", "errors", "requests", map[string]metricOf{
			"errors": r.apiMetric("5XXError", "Sum"), "requests": r.apiMetric("Count", "Sum"),
		}).over,
		threshold: 5,
		// No request is no failing request.
		missing: awscloudwatch.TreatMissingData_NOT_BREACHING,
	}, {
		id: "Latency", name: r.name(AlarmLatency), kind: AlarmLatency,
		description: "The slowest of a hundred answers takes too long (p99, milliseconds). Look at the slow requests and their traces.",
		// CloudWatch's own rule for few samples looks at no p99 of fewer than 1000.
		metric: r.whenAsked("Latency (p99, ms)", "latency", "requests", map[string]metricOf{
			"latency": r.apiMetric("Latency", "p99"), "requests": r.apiMetric("Count", "Sum"),
		}).over,
		threshold: 3000,
		missing:   awscloudwatch.TreatMissingData_NOT_BREACHING,
	}}
}

// rate in percent, and 0 while there are too few requests for one.
func (r *regionalAlarms) rate(label, part, whole string, metrics map[string]metricOf) expressionOf {
	return r.whenAsked(label, fmt.Sprintf("100 * FILL(%s, 0) / %s", part, whole), whole, metrics)
}

// whenAsked is an expression, and 0 while there are too few requests for it to mean
// anything.
func (r *regionalAlarms) whenAsked(label, expression, requests string, metrics map[string]metricOf) expressionOf {
	return expressionOf{
		label:      label,
		expression: fmt.Sprintf("IF(FILL(%s, 0) >= %v, %s, 0)", requests, cmp.Or(r.props.MinimumRequests, 20), expression),
		metrics:    metrics,
	}
}

// callerAlarms count what API Gateway decides before any function is asked, or
// after one has refused; only the access log tells these apart.
func (r *regionalAlarms) callerAlarms() []alarmSpec {
	if r.AccessLog == nil {
		return nil
	}
	counting := func(id string, kind AlarmKind, description, metric, pattern string, threshold float64) alarmSpec {
		return alarmSpec{
			id: id, name: r.name(kind), kind: kind, description: description,
			// The filter is defined with the alarm: its metric costs as much.
			metric:    func(period awscdk.Duration) awscloudwatch.IMetric { return r.logMetric(metric, pattern).over(period) },
			threshold: threshold,
			missing:   awscloudwatch.TreatMissingData_NOT_BREACHING,
			essential: kind != AlarmDenials,
		}
	}
	return []alarmSpec{
		counting("Throttles", AlarmThrottles,
			"The API refuses requests because there are too many (429). Raise the throttling if the load is real; after a failover one Region carries all of it.",
			"Throttled", `{ ($.error = "THROTTLED") || ($.error = "QUOTA_EXCEEDED") }`, 10),
		counting("Denials", AlarmDenials,
			"Many callers are refused (401, 403, wrong client credentials). Look at the denied callers: a client may be stuck, or somebody guesses.",
			"Denied", `{ ($.error = "UNAUTHORIZED") || ($.error = "ACCESS_DENIED") || (($.resource = "/oauth2/token") && ($.status = "401")) }`, 100),
		counting("AuthorizerFailures", AlarmAuthorizerFailures,
			"The authorizer cannot decide about tokens, callers get status 500. Look at its log: it crashed, or has no keys of the issuers.",
			"Undecided", `{ ($.error = "AUTHORIZER_FAILURE") || ($.error = "AUTHORIZER_CONFIGURATION_ERROR") }`, 5),
	}
}

// logMetric counts the lines of the access log that match. The namespace names
// the pair, because a filter cannot give its metric a fixed dimension.
func (r *regionalAlarms) logMetric(name, pattern string) metricOf {
	namespace := contract.MetricNamespace + "/" + r.Pair.Name()
	awslogs.NewMetricFilter(r, jsii.String(name+"Filter"), &awslogs.MetricFilterProps{
		LogGroup:        r.AccessLog,
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
	for _, f := range r.parts {
		if !f.decides {
			threshold := 5.0
			if f.scheduled {
				threshold = 1
			}
			specs = append(specs, alarmSpec{
				id: "FunctionErrors-" + f.label, name: r.name(AlarmFunctionErrors.Of(f.label)), kind: AlarmFunctionErrors,
				description: "The function '" + f.label + "' crashes or runs out of time. Look at its log.",
				metric:      lambdaMetric("Errors", "Sum", f.function).over,
				threshold:   threshold,
				missing:     awscloudwatch.TreatMissingData_NOT_BREACHING,
			})
		}
		specs = append(specs, alarmSpec{
			id: "FunctionThrottles-" + f.label, name: r.name(AlarmFunctionThrottles.Of(f.label)), kind: AlarmFunctionThrottles,
			description: "Lambda refuses to run the function '" + f.label + "': its concurrency or the account's is used up. Raise the limit.",
			metric:      lambdaMetric("Throttles", "Sum", f.function).over,
			threshold:   1,
			missing:     awscloudwatch.TreatMissingData_NOT_BREACHING,
		})
	}
	return specs
}

func (r *regionalAlarms) concurrencyAlarms() []alarmSpec {
	share := func(id string, kind, name AlarmKind, description string, usage expressionOf) alarmSpec {
		return alarmSpec{
			id: id, name: r.name(name), kind: kind, description: description, metric: usage.over,
			threshold: 80,
			missing:   awscloudwatch.TreatMissingData_NOT_BREACHING,
		}
	}
	specs := []alarmSpec{share("AccountConcurrency", AlarmAccountConcurrency, AlarmAccountConcurrency,
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
		})}
	for _, f := range r.parts {
		reserved := f.reserved()
		if reserved == 0 {
			continue
		}
		specs = append(specs, share("ReservedConcurrency-"+f.label, AlarmFunctionConcurrency, AlarmFunctionConcurrency.Of(f.label),
			"The function '"+f.label+"' uses most of the concurrency reserved for it (percent). Reserve more.",
			expressionOf{
				label: "Reserved concurrency (%)", expression: fmt.Sprintf("100 * used / %v", reserved),
				metrics: map[string]metricOf{"used": lambdaMetric("ConcurrentExecutions", "Maximum", f.function)},
			}))
	}
	return specs
}

func (r *regionalAlarms) replicationAlarms() []alarmSpec {
	if r.Bucket == nil {
		return nil
	}
	return []alarmSpec{{
		id: "ReplicationLatency", name: r.name(AlarmReplicationLatency), kind: AlarmReplicationLatency, essential: true,
		description: "This Region is behind its peer by more than S3 promises (seconds). A failover to it would lose what is missing until the peer is back.",
		metric:      replicationLatency(r.Bucket).over,
		threshold:   900,
		// Silence while the peer is down says nothing: what was behind still is.
		missing: awscloudwatch.TreatMissingData_IGNORE,
	}, {
		id: "ReplicationBacklog", name: r.name(AlarmReplicationBacklog), kind: AlarmReplicationBacklog,
		description: "Operations of the peer Region wait to be copied here, and do not get fewer. Look at the peer's writes and at S3's health.",
		metric:      replicationPending(r.Bucket).over,
		threshold:   1000,
		missing:     awscloudwatch.TreatMissingData_IGNORE,
	}, {
		id: "ReplicationFailures", name: r.name(AlarmReplicationFailures), kind: AlarmReplicationFailures, essential: true,
		description: "S3 gave up copying objects of this Region to its peer, which does not have them now. Check role, keys and rules, then copy them with S3 Batch Replication.",
		metric:      replicationFailed(r.Bucket).over,
		threshold:   1,
		missing:     awscloudwatch.TreatMissingData_NOT_BREACHING,
	}}
}

func (r *regionalAlarms) certificateAlarms() []alarmSpec {
	if r.Certificate == nil {
		return nil
	}
	return []alarmSpec{{
		id: "CertificateExpiry", name: r.name(AlarmCertificateExpiry), kind: AlarmCertificateExpiry, essential: true,
		description: "ACM has not renewed the certificate of the API in this Region (days left). Check its validation record in the hosted zone.",
		metric: metricOf{
			namespace: "AWS/CertificateManager", name: "DaysToExpiry", statistic: "Minimum",
			dimensions: map[string]*string{"CertificateArn": r.Certificate.CertificateArn()},
		}.over,
		below: true, threshold: 30,
		// ACM falls silent once the certificate has expired: that is no recovery.
		missing: awscloudwatch.TreatMissingData_IGNORE,
	}}
}

func (r *regionalAlarms) healthAlarms() []alarmSpec {
	if r.Health == nil {
		return nil
	}
	return []alarmSpec{{
		id: "Degraded", name: r.name(AlarmDegraded), kind: AlarmDegraded, essential: true,
		description: "The Region serves, and something it needs does not work or is throttled. Open /health, which names it. A failover would take the load along; it helps only if the peer is well.",
		metric:      functionMetric(contract.MetricDegraded, r.Health.Function()).over,
		threshold:   1,
		// Reports without a fault are not counted.
		missing: awscloudwatch.TreatMissingData_NOT_BREACHING,
	}}
}

func (r *regionalAlarms) guardAlarms() []alarmSpec {
	if r.Guard == nil {
		return nil
	}
	return []alarmSpec{{
		id: "KeptOut", name: r.name(AlarmKeptOut), kind: AlarmKeptOut,
		description: "The guard keeps the primary out after a failover. Its log in this Region says why, and what it waits for.",
		metric:      pairMetric(r.Pair, contract.MetricKeptOut, "Maximum").over,
		threshold:   1,
		missing:     awscloudwatch.TreatMissingData_IGNORE,
	}, {
		id: "FailbackWaits", name: r.name(AlarmFailbackWaits), kind: AlarmFailbackWaits, essential: true,
		description: "The primary is fit to serve again and waits for a person: 'regionpair failback'.",
		metric:      pairMetric(r.Pair, contract.MetricWaitsForPerson, "Maximum").over,
		threshold:   1,
		missing:     awscloudwatch.TreatMissingData_IGNORE,
	}, {
		id: "GuardSilent", name: r.name(AlarmGuardSilent), kind: AlarmGuardSilent, essential: true,
		description: "The guard of the failback does not look, or cannot read or write what it remembers. A primary that fails now gets its clients back as soon as it is healthy, behind or not. Look at the guard's log in this Region.",
		metric:      pairMetric(r.Pair, contract.MetricKeptOut, "SampleCount").over,
		below:       true, threshold: 1,
		missing: awscloudwatch.TreatMissingData_BREACHING,
	}}
}

// pairMetric is one that a function of this module counts for the pair: its
// dimension is known to every stack.
func pairMetric(pair *Pair, name, statistic string) metricOf {
	return metricOf{
		namespace: contract.MetricNamespace, name: name, statistic: statistic,
		dimensions: map[string]*string{contract.PairDimension: new(pair.Name())},
	}
}

func (r *regionalAlarms) tokenAlarms() []alarmSpec {
	if r.Token == nil {
		return nil
	}
	return []alarmSpec{{
		id: "TokenFailures", name: r.name(AlarmTokenFailures), kind: AlarmTokenFailures, essential: true,
		description: "Cognito, Secrets Manager or the set-up keeps clients from getting tokens; kept ones bridge some of it. Look at the token function's log, and fail over by hand if only this Region is affected.",
		metric: expressionOf{
			label:      "Failures of tokens",
			expression: "FILL(failures, 0) + FILL(cognito, 0)",
			metrics:    map[string]metricOf{"failures": r.tokenMetric(contract.MetricTokenFailures), "cognito": r.tokenMetric(contract.MetricCognitoFailures)},
		}.over,
		threshold: 5,
		missing:   awscloudwatch.TreatMissingData_NOT_BREACHING,
	}, {
		id: "TokenCacheHits", name: r.name(AlarmTokenCacheHits), kind: AlarmTokenCacheHits,
		description: "Most token requests go to Cognito, which bills and limits them (hits in percent). Clients ask with ever different scopes, or the function is restarted all the time.",
		metric: expressionOf{
			label:      "Token cache hits (%)",
			expression: "IF(FILL(hits, 0) + FILL(misses, 0) >= 1000, 100 * FILL(hits, 0) / (FILL(hits, 0) + FILL(misses, 0)), 100)",
			metrics:    map[string]metricOf{"hits": r.tokenMetric(contract.MetricTokenCacheHits), "misses": r.tokenMetric(contract.MetricTokenCacheMisses)},
		}.over,
		below: true, threshold: 50,
		missing: awscloudwatch.TreatMissingData_NOT_BREACHING,
	}}
}

func (r *regionalAlarms) tokenMetric(name string) metricOf {
	return functionMetric(name, r.Token.Function())
}
