import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import * as events from 'aws-cdk-lib/aws-events'
import * as targets from 'aws-cdk-lib/aws-events-targets'
import * as iam from 'aws-cdk-lib/aws-iam'
import * as kms from 'aws-cdk-lib/aws-kms'
import * as lambda from 'aws-cdk-lib/aws-lambda'
import * as logs from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'

export interface FunctionProps {
  logKey: kms.IKey
  memorySize?: number
  timeout?: Duration
  environment?: Record<string, string>
  /** Default: true. */
  traced?: boolean
}

/** A function with a log group and a role of its own. */
export class LoggedFunction extends Construct {
  readonly function: lambda.Function
  readonly logGroup: logs.LogGroup

  constructor(scope: Construct, id: string, props: FunctionProps) {
    super(scope, id)
    this.logGroup = new logs.LogGroup(this, 'Logs', {
      encryptionKey: props.logKey, retention: logs.RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY,
    })
    const role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') })
    this.logGroup.grantWrite(role)
    this.function = new lambda.Function(this, 'Function', {
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      handler: 'index.handler',
      code: lambda.Code.fromAsset('functions'),
      memorySize: props.memorySize ?? 256,
      timeout: props.timeout ?? Duration.seconds(10),
      tracing: props.traced === false ? lambda.Tracing.DISABLED : lambda.Tracing.ACTIVE,
      loggingFormat: lambda.LoggingFormat.JSON,
      logGroup: this.logGroup,
      environment: props.environment,
      role,
    })
  }

  allow(resources: string[], ...actions: string[]): void {
    this.function.addToRolePolicy(new iam.PolicyStatement({ actions, resources }))
  }

  every(period: Duration, description: string): void {
    new events.Rule(this, 'Schedule', {
      schedule: events.Schedule.rate(period), description, targets: [new targets.LambdaFunction(this.function, { retryAttempts: 0 })],
    })
  }
}
