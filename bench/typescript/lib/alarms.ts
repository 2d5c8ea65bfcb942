import { Duration, Stack } from 'aws-cdk-lib'
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch'
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions'
import * as iam from 'aws-cdk-lib/aws-iam'
import * as kms from 'aws-cdk-lib/aws-kms'
import * as logs from 'aws-cdk-lib/aws-logs'
import * as sns from 'aws-cdk-lib/aws-sns'
import { Construct } from 'constructs'

export interface AlarmProps {
  metric: cloudwatch.IMetric
  threshold: number
  description: string
  periods?: number
  below?: boolean
  missing?: cloudwatch.TreatMissingData
}

/** A topic, and the alarms that publish to it. */
export class Alarms extends Construct {
  readonly action: actions.SnsAction
  private readonly prefix: string

  constructor(scope: Construct, id: string, key: kms.IKey) {
    super(scope, id)
    const { stackName, region, account } = Stack.of(this)
    this.prefix = stackName
    const topic = new sns.Topic(this, 'Topic', { masterKey: key, enforceSSL: true, displayName: 'orders alarms', topicName: `${stackName}-alarms` })
    topic.addToResourcePolicy(new iam.PolicyStatement({
      sid: 'CloudWatchAlarms',
      actions: ['sns:Publish'],
      principals: [new iam.ServicePrincipal('cloudwatch.amazonaws.com')],
      resources: [topic.topicArn],
      conditions: {
        ArnLike: { 'aws:SourceArn': `arn:aws:cloudwatch:${region}:${account}:alarm:*` },
        StringEquals: { 'aws:SourceAccount': account },
      },
    }))
    this.action = new actions.SnsAction(topic)
  }

  add(id: string, props: AlarmProps): cloudwatch.Alarm {
    const alarm = new cloudwatch.Alarm(this, id, {
      alarmName: `${this.prefix}-${id.replace(/([a-z])([A-Z])/g, '$1-$2').toLowerCase()}`,
      alarmDescription: props.description,
      metric: props.metric,
      threshold: props.threshold,
      evaluationPeriods: props.periods ?? 1,
      datapointsToAlarm: props.periods ?? 1,
      comparisonOperator: props.below ? cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD : cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: props.missing ?? cloudwatch.TreatMissingData.NOT_BREACHING,
    })
    alarm.addAlarmAction(this.action)
    alarm.addOkAction(this.action)
    return alarm
  }

  /** Counts what a log group has a pattern for, and alarms on it. */
  addFiltered(id: string, group: logs.ILogGroup, pattern: string, threshold: number, description: string): void {
    const filter = new logs.MetricFilter(this, `${id}Filter`, {
      logGroup: group, filterPattern: logs.FilterPattern.literal(pattern), metricNamespace: 'regionpair/orders', metricName: id, metricValue: '1', defaultValue: 0,
    })
    this.add(id, { metric: filter.metric({ statistic: 'Sum', period: Duration.minutes(1) }), threshold, periods: 3, description })
  }
}

/** A metric of one minute. */
export function metric(namespace: string, metricName: string, statistic: string, dimensionsMap: Record<string, string>, period = Duration.minutes(1)): cloudwatch.Metric {
  return new cloudwatch.Metric({ namespace, metricName, statistic, dimensionsMap, period })
}
