import { CustomResource, Duration, Fn, Stack } from 'aws-cdk-lib'
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch'
import * as iam from 'aws-cdk-lib/aws-iam'
import * as route53 from 'aws-cdk-lib/aws-route53'
import { Construct } from 'constructs'
import { Alarms, metric } from './alarms.js'
import { LoggedFunction } from './function.js'
import { encryptedLogs, PairProps, RegionStack } from './region.js'

export interface GlobalProps extends PairProps {
  primary: RegionStack
  secondary: RegionStack
}

/** What wires both Regions. */
export class GlobalStack extends Stack {
  constructor(scope: Construct, id: string, private readonly props: GlobalProps) {
    super(scope, id, props)
    const { primary, secondary } = props
    const logKey = encryptedLogs(this, props.name)
    const pairing = new LoggedFunction(this, 'Pairing', { logKey, timeout: Duration.minutes(15) })
    for (const [from, to] of [[primary, secondary], [secondary, primary]]) {
      this.replicate(pairing, from, to)
      this.trust(pairing, from, to)
    }
    this.custom('SecretReplicas', 'Custom::SecretReplicas', pairing, { Region: primary.region, ReplicaRegion: secondary.region, SecretIds: 'orders/clients/partner,orders/clients/reporting' })
    const checks = this.addDns()
    const alarms = new Alarms(this, 'Alarms', logKey)
    const shown: cloudwatch.IMetric[] = []
    for (const [name, check] of Object.entries(checks)) {
      const status = metric('AWS/Route53', 'HealthCheckStatus', 'Minimum', { HealthCheckId: check.attrHealthCheckId })
      alarms.add(name, { metric: status, threshold: 1, below: true, missing: cloudwatch.TreatMissingData.MISSING, description: `Route 53: ${name} is red.` }).addInsufficientDataAction(alarms.action)
      shown.push(status)
    }
    this.addDashboard(shown)
  }

  private custom(id: string, resourceType: string, pairing: LoggedFunction, properties: Record<string, string>): CustomResource {
    const resource = new CustomResource(this, id, { serviceToken: pairing.function.functionArn, resourceType, serviceTimeout: Duration.minutes(16), properties })
    resource.node.addDependency(pairing)
    return resource
  }

  private replicate(pairing: LoggedFunction, from: RegionStack, to: RegionStack): void {
    const id = from === this.props.primary ? 'PrimaryToSecondary' : 'SecondaryToPrimary'
    const role = new iam.Role(this, `${id}Role`, { assumedBy: new iam.ServicePrincipal('s3.amazonaws.com'), description: `Replicates ${from.bucketName} into ${to.bucketName}` })
    const source = `arn:aws:s3:::${from.bucketName}`, destination = `arn:aws:s3:::${to.bucketName}`
    const via = (stack: RegionStack, bucket: string) => ({ StringEquals: { 'kms:ViaService': `s3.${stack.region}.${this.urlSuffix}` }, StringLike: { 'kms:EncryptionContext:aws:s3:arn': [bucket, `${bucket}/*`] } })
    for (const statement of [
      { actions: ['s3:GetReplicationConfiguration', 's3:ListBucket'], resources: [source] },
      { actions: ['s3:GetObjectVersionForReplication', 's3:GetObjectVersionAcl', 's3:GetObjectVersionTagging'], resources: [`${source}/*`] },
      { actions: ['s3:ReplicateObject', 's3:ReplicateDelete', 's3:ReplicateTags'], resources: [`${destination}/*`] },
      { actions: ['kms:Decrypt'], resources: [from.objectsKey.keyArn], conditions: via(from, source) },
      { actions: ['kms:Encrypt', 'kms:GenerateDataKey', 'kms:Decrypt'], resources: [to.objectsKey.keyArn], conditions: via(to, destination) },
    ]) {
      role.addToPolicy(new iam.PolicyStatement(statement))
    }
    pairing.allow([source], 's3:GetReplicationConfiguration', 's3:PutReplicationConfiguration', 's3:GetBucketVersioning')
    pairing.allow([role.roleArn], 'iam:PassRole')
    const resource = this.custom(id, 'Custom::BucketReplication', pairing, {
      Bucket: from.bucketName, DestinationBucketArn: destination, DestinationKmsKeyArn: to.objectsKey.keyArn, Region: from.region, RoleArn: role.roleArn, RuleId: 'regionpair',
    })
    resource.node.addDependency(role)
  }

  private trust(pairing: LoggedFunction, from: RegionStack, to: RegionStack): void {
    const name = `/${this.props.name}/issuers/peer`
    pairing.allow([`arn:aws:ssm:${to.region}:${this.account}:parameter${name}`], 'ssm:PutParameter', 'ssm:DeleteParameter')
    const issuer = `https://cognito-idp.${from.region}.${this.urlSuffix}/${from.pool.userPoolId}`
    this.custom(from === this.props.primary ? 'PrimaryIssuer' : 'SecondaryIssuer', 'Custom::TrustedIssuer', pairing, {
      Issuer: issuer, JwksUri: `${issuer}/.well-known/jwks.json`, ParameterName: name, Region: to.region,
    })
  }

  private check(id: string, stack: RegionStack, path: string, more: Partial<route53.CfnHealthCheck.HealthCheckConfigProperty>): route53.CfnHealthCheck {
    return new route53.CfnHealthCheck(this, id, {
      healthCheckConfig: {
        type: 'HTTPS', port: 443, enableSni: true, measureLatency: false, failureThreshold: 3, requestInterval: 10,
        fullyQualifiedDomainName: `${stack.healthApi.restApiId}.execute-api.${stack.region}.${this.urlSuffix}`,
        resourcePath: Fn.join('', ['/live/', stack.healthApi.restApiRootResourceId, path]), ...more,
      },
      healthCheckTags: [{ key: 'Name', value: `${this.props.domainName} ${id}` }],
    })
  }

  private addDns(): Record<string, route53.CfnHealthCheck> {
    const { primary, secondary } = this.props
    const PrimaryEndpoint = this.check('PrimaryEndpoint', primary, '/health', {})
    const SecondaryEndpoint = this.check('SecondaryEndpoint', secondary, '/health', { requestInterval: 30 })
    const PrimaryTakeover = this.check('SecondaryNoTakeover', secondary, '/switch', { requestInterval: 30, failureThreshold: 1, inverted: true })
    const PrimaryServes = new route53.CfnHealthCheck(this, 'PrimaryCheck', {
      healthCheckConfig: { type: 'CALCULATED', healthThreshold: 2, childHealthChecks: [PrimaryEndpoint.attrHealthCheckId, PrimaryTakeover.attrHealthCheckId] },
      healthCheckTags: [{ key: 'Name', value: `${this.props.domainName} primary serves` }],
    })
    const SecondaryReachable = new route53.CfnHealthCheck(this, 'SecondaryReachable', {
      healthCheckConfig: {
        type: 'TCP', port: 443, failureThreshold: 4, requestInterval: 30,
        fullyQualifiedDomainName: `${secondary.healthApi.restApiId}.execute-api.${secondary.region}.${this.urlSuffix}`,
      },
      healthCheckTags: [{ key: 'Name', value: `${this.props.domainName} secondary accepts connections` }],
    })
    for (const [id, stack, peer] of [['Primary', primary, secondary], ['Secondary', secondary, primary]] as const) {
      const common = { hostedZoneId: this.props.zoneId, setIdentifier: id.toLowerCase(), failover: id.toUpperCase(), ttl: '10', healthCheckId: (id === 'Primary' ? PrimaryServes : SecondaryReachable).attrHealthCheckId }
      new route53.CfnRecordSet(this, `${id}Record`, { ...common, name: this.props.domainName, type: 'CNAME', resourceRecords: [stack.domain.domainNameAliasDomainName] })
      new route53.CfnRecordSet(this, `${id}Directory`, {
        ...common, name: `_regionpair.${this.props.domainName}`, type: 'TXT',
        resourceRecords: [`"v=regionpair1 serving=${stack.domain.domainNameAliasDomainName}" " peer=${peer.domain.domainNameAliasDomainName}"`],
      })
    }
    return { PrimaryEndpoint, SecondaryEndpoint, PrimaryServes, PrimaryTakeover }
  }

  private addDashboard(checks: cloudwatch.IMetric[]): void {
    const dashboard = new cloudwatch.Dashboard(this, 'Dashboard', { dashboardName: this.props.name })
    dashboard.addWidgets(new cloudwatch.TextWidget({ markdown: `# ${this.props.domainName}`, width: 24, height: 2 }))
    dashboard.addWidgets(new cloudwatch.GraphWidget({ title: 'Health checks', left: checks, width: 24 }))
    for (const stack of [this.props.primary, this.props.secondary]) {
      const region = stack.region
      const graph = (title: string, left: cloudwatch.IMetric[]) => new cloudwatch.GraphWidget({ title: `${title}, ${region}`, region, left, width: 8 })
      const api = (name: string, statistic: string) => new cloudwatch.Metric({ namespace: 'AWS/ApiGateway', metricName: name, statistic, region, dimensionsMap: { ApiName: this.props.domainName, Stage: 'live' } })
      const replication = (name: string) => new cloudwatch.Metric({ namespace: 'AWS/S3', metricName: name, statistic: 'Maximum', region, dimensionsMap: { SourceBucket: stack.bucketName, RuleId: 'regionpair' } })
      dashboard.addWidgets(
        graph('Requests', [api('Count', 'Sum'), api('4XXError', 'Sum'), api('5XXError', 'Sum')]),
        graph('Latency', [api('Latency', 'p50'), api('Latency', 'p99'), api('IntegrationLatency', 'p99')]),
        graph('Replication', [replication('ReplicationLatency'), replication('OperationsPendingReplication')]),
      )
    }
  }
}
