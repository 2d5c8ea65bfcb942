package regionpair

import (
	"maps"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
)

// tableLatencyMetric is how late the items written to one replica appear in
// another, in milliseconds. DynamoDB publishes it where they were written.
func tableLatencyMetric(table TableReplica, statistic, receiving string) metricOf {
	return metricOf{
		namespace: "AWS/DynamoDB", name: "ReplicationLatency", statistic: statistic,
		dimensions: map[string]*string{"TableName": new(table.TableName()), "ReceivingRegion": &receiving},
	}
}

func tableMetric(table TableReplica, name, statistic string) metricOf {
	return metricOf{
		namespace: "AWS/DynamoDB", name: name, statistic: statistic,
		dimensions: map[string]*string{"TableName": new(table.TableName())},
	}
}

// eventualTables are those that can be behind.
func eventualTables(tables map[string]TableReplica) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(tables)), func(name string) bool { return tables[name].Consistency() == TableStrong })
}

func (r *regionalAlarms) tableAlarms() []alarmSpec {
	specs := []alarmSpec{}
	for _, name := range eventualTables(r.Tables) {
		specs = append(specs, alarmSpec{
			id: "TableReplicationLatency-" + name, name: r.name(AlarmTableReplicationLatency.Of(name)), kind: AlarmTableReplicationLatency, essential: true,
			description: "Items of the table '" + name + "' reach the other Region late (milliseconds). A failover now would lose what is on its way until this Region is back.",
			metric:      tableLatencyMetric(r.Tables[name], "Average", r.Pair.Region(r.Role.Peer())).over,
			threshold:   60_000,
			// What was behind still is: DynamoDB measures what arrives, and nothing while
			// nothing does.
			missing: awscloudwatch.TreatMissingData_IGNORE,
		})
	}
	for _, name := range slices.Sorted(maps.Keys(r.Tables)) {
		specs = append(specs, alarmSpec{
			id: "TableThrottles-" + name, name: r.name(AlarmTableThrottles.Of(name)), kind: AlarmTableThrottles,
			description: "DynamoDB refuses reads or writes of the table '" + name + "' because there are too many. Raise its capacity, or look for a key that most requests use.",
			metric: expressionOf{
				label: "Throttled", expression: "FILL(reads, 0) + FILL(writes, 0)",
				metrics: map[string]metricOf{
					"reads":  tableMetric(r.Tables[name], "ReadThrottleEvents", "Sum"),
					"writes": tableMetric(r.Tables[name], "WriteThrottleEvents", "Sum"),
				},
			}.over,
			threshold: 10,
			missing:   awscloudwatch.TreatMissingData_NOT_BREACHING,
		})
	}
	return specs
}

// tablesBehind shows both directions of each table, where the items come from.
func (d *pairDashboard) tablesBehind() []awscloudwatch.IMetric {
	metrics := []awscloudwatch.IMetric{}
	for _, direction := range [][2]*Watched{{d.props.Primary, d.props.Secondary}, {d.props.Secondary, d.props.Primary}} {
		from, to := direction[0], direction[1]
		for _, name := range eventualTables(from.Tables) {
			metric := tableLatencyMetric(from.Tables[name], "Maximum", to.region())
			metric.region, metric.label = from.region(), name+": "+from.region()+" to "+to.region()
			metrics = append(metrics, metric.over(d.period))
		}
	}
	return metrics
}
