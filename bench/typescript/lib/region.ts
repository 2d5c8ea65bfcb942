import { CfnOutput, Duration, RemovalPolicy, SecretValue, Stack, StackProps } from 'aws-cdk-lib'
import * as apigateway from 'aws-cdk-lib/aws-apigateway'
import * as acm from 'aws-cdk-lib/aws-certificatemanager'
import * as cognito from 'aws-cdk-lib/aws-cognito'
import * as iam from 'aws-cdk-lib/aws-iam'
import * as kms from 'aws-cdk-lib/aws-kms'
import * as logs from 'aws-cdk-lib/aws-logs'
import * as route53 from 'aws-cdk-lib/aws-route53'
import * as s3 from 'aws-cdk-lib/aws-s3'
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager'
import * as ssm from 'aws-cdk-lib/aws-ssm'
import { Construct } from 'constructs'
import { Alarms, metric } from './alarms.js'
import { LoggedFunction } from './function.js'

export interface PairProps extends StackProps {
  name: string
  domainName: string
  zoneId: string
  zoneName: string
  /** Routes more than the pair has. */
  added: number
}

export interface RegionProps extends PairProps {
  role: 'primary' | 'secondary'
  peerRegion: string
}

/** Clients, with what they may do. */
const clients = { partner: ['read', 'write'], reporting: ['read'] }

/** One Region of the pair. */
export class RegionStack extends Stack {
  readonly bucketName: string
  readonly objectsKey: kms.Key
  readonly pool: cognito.UserPool
  readonly domain: apigateway.DomainName
  readonly healthApi: apigateway.RestApi
  readonly api: apigateway.RestApi
  private readonly logKey: kms.Key
  private readonly functions: Record<string, LoggedFunction> = {}

  constructor(scope: Construct, id: string, private readonly props: RegionProps) {
    super(scope, id, props)
    this.bucketName = `${props.name}-objects-${this.account}-${this.region}`
    this.logKey = encryptedLogs(this, props.name)
    this.objectsKey = new kms.Key(this, 'ObjectsKey', { enableKeyRotation: true, alias: `${props.name}-objects`, removalPolicy: RemovalPolicy.RETAIN })
    this.addBucket()
    this.pool = new cognito.UserPool(this, 'Pool', {
      selfSignUpEnabled: false, deletionProtection: true, accountRecovery: cognito.AccountRecovery.NONE, removalPolicy: RemovalPolicy.RETAIN,
      passwordPolicy: { minLength: 16, requireDigits: true, requireLowercase: true, requireSymbols: true, requireUppercase: true },
    })
    const credentials = this.addClients()
    this.addFunctions(credentials)
    this.api = this.addApi()
    this.domain = this.addDomain()
    this.healthApi = this.addHealth()
    this.addFacts()
    this.addQueries()
    this.addAlarms()
  }

  private addBucket(): void {
    new s3.Bucket(this, 'Bucket', {
      bucketName: this.bucketName, versioned: true, encryption: s3.BucketEncryption.KMS, encryptionKey: this.objectsKey, bucketKeyEnabled: true,
      enforceSSL: true, blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL, objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      removalPolicy: RemovalPolicy.RETAIN,
      lifecycleRules: [{ id: 'expire-noncurrent-versions', noncurrentVersionExpiration: Duration.days(30), abortIncompleteMultipartUploadAfter: Duration.days(7), expiredObjectDeleteMarker: true }],
    })
  }

  private addClients(): secretsmanager.Secret {
    if (this.props.role === 'primary') {
      for (const name of Object.keys(clients)) {
        new secretsmanager.Secret(this, `Secret${name}`, { secretName: `orders/clients/${name}`, encryptionKey: this.objectsKey, removalPolicy: RemovalPolicy.RETAIN })
      }
    }
    this.pool.addDomain('Domain', { cognitoDomain: { domainPrefix: `${this.props.name}-${this.account}-${this.region}` } })
    const read = new cognito.ResourceServerScope({ scopeName: 'read', scopeDescription: 'Read and list objects' })
    const write = new cognito.ResourceServerScope({ scopeName: 'write', scopeDescription: 'Write and delete objects' })
    const objects = this.pool.addResourceServer('Scopes', { identifier: 'objects', scopes: [read, write] })
    const names = this.pool.addResourceServer('ClientScopes', {
      identifier: 'client', scopes: Object.keys(clients).map(name => new cognito.ResourceServerScope({ scopeName: `orders.${name}`, scopeDescription: `Names the client ${name}` })),
    })
    const credentials: Record<string, object> = {}
    for (const [name, scopes] of Object.entries(clients)) {
      const client = new cognito.CfnUserPoolClient(this, `Client${name}`, {
        userPoolId: this.pool.userPoolId, clientName: `orders.${name}`, generateSecret: true, allowedOAuthFlows: ['client_credentials'], allowedOAuthFlowsUserPoolClient: true,
        allowedOAuthScopes: [...scopes.map(scope => `${objects.userPoolResourceServerId}/${scope}`), `${names.userPoolResourceServerId}/orders.${name}`],
        accessTokenValidity: 60, tokenValidityUnits: { accessToken: 'minutes' }, preventUserExistenceErrors: 'ENABLED', enableTokenRevocation: true, supportedIdentityProviders: ['COGNITO'],
      })
      credentials[`orders.${name}`] = { cognitoClientId: client.ref, cognitoClientSecret: client.attrClientSecret, scopes: scopes.map(scope => `objects/${scope}`) }
    }
    return new secretsmanager.Secret(this, 'Credentials', { secretStringValue: SecretValue.unsafePlainText(this.toJsonString(credentials)) })
  }

  private parameterArn(name: string): string {
    return this.formatArn({ service: 'ssm', resource: 'parameter', resourceName: name.slice(1) })
  }

  private addFunction(id: string, environment: Record<string, string>, more: { memorySize?: number, timeout?: Duration, traced?: boolean } = {}): LoggedFunction {
    this.functions[id] = new LoggedFunction(this, id, { logKey: this.logKey, environment, ...more })
    return this.functions[id]
  }

  private addFunctions(credentials: secretsmanager.Secret): void {
    const issuers = `/${this.props.name}/issuers/own,/${this.props.name}/issuers/peer`
    const tokenUrl = `https://${this.props.name}-${this.account}-${this.region}.auth.${this.region}.amazoncognito.com/oauth2/token`
    const bucket = `arn:aws:s3:::${this.bucketName}`
    const handler = this.addFunction('Handler', { BUCKET_NAME: this.bucketName }, { memorySize: 512, timeout: Duration.seconds(15) })
    handler.allow([bucket], 's3:ListBucket')
    handler.allow([`${bucket}/*`], 's3:GetObject', 's3:PutObject', 's3:DeleteObject')
    handler.allow([this.objectsKey.keyArn], 'kms:Decrypt', 'kms:GenerateDataKey')
    const token = this.addFunction('Token', { CREDENTIALS_SECRET: credentials.secretName, COGNITO_TOKEN_URL: tokenUrl, ISSUER_PARAMETERS: issuers, TOKEN_VALIDITY_SECONDS: '3600' })
    token.allow([credentials.secretArn], 'secretsmanager:GetSecretValue')
    token.allow([this.formatArn({ service: 'secretsmanager', resource: 'secret', resourceName: `${this.props.name}/clients/*` })], 'secretsmanager:GetSecretValue')
    const authorizer = this.addFunction('Authorizer', { ISSUER_PARAMETERS: issuers })
    authorizer.allow([this.parameterArn(`/${this.props.name}/issuers/*`)], 'ssm:GetParameter')
    const renewal = this.addFunction('KeyRenewal', { PEER_ISSUER_PARAMETER: `/${this.props.name}/issuers/peer` })
    renewal.allow([this.parameterArn(`/${this.props.name}/issuers/peer`)], 'ssm:GetParameter', 'ssm:PutParameter')
    renewal.every(Duration.minutes(15), "Takes a snapshot of the peer Region's signing keys")
    if (this.props.role === 'secondary') {
      const guard = this.addFunction('Guard', { STATE_PARAMETER: `/${this.props.name}/failover/guard` })
      guard.allow([this.parameterArn(`/${this.props.name}/failover/*`)], 'ssm:GetParameter', 'ssm:PutParameter')
      guard.every(Duration.minutes(1), 'Keeps the primary out until it is well')
      this.addParameter('GuardState', 'failover/guard', '{}')
    }
  }

  private addApi(): apigateway.RestApi {
    const accessLog = new logs.LogGroup(this, 'AccessLog', { encryptionKey: this.logKey, retention: logs.RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY })
    const api = restApi(this, 'Api', {
      restApiName: this.props.domainName, disableExecuteApiEndpoint: true, cloudWatchRole: true, cloudWatchRoleRemovalPolicy: RemovalPolicy.RETAIN, binaryMediaTypes: ['*/*'],
      deployOptions: {
        stageName: 'live', tracingEnabled: true, metricsEnabled: true, loggingLevel: apigateway.MethodLoggingLevel.ERROR, throttlingRateLimit: 500, throttlingBurstLimit: 1000,
        accessLogDestination: new apigateway.LogGroupLogDestination(accessLog),
        accessLogFormat: apigateway.AccessLogFormat.jsonWithStandardFields(),
        methodOptions: Object.fromEntries(['/oauth2/token/POST', '/.well-known/jwks.json/GET', '/.well-known/jwks.json/HEAD', '/.well-known/oauth-authorization-server/GET', '/.well-known/oauth-authorization-server/HEAD']
          .map(path => [path, { throttlingRateLimit: 50, throttlingBurstLimit: 100, metricsEnabled: true, loggingLevel: apigateway.MethodLoggingLevel.ERROR }])),
      },
    })
    const authorizer = new apigateway.RequestAuthorizer(this, 'RequestAuthorizer', {
      handler: this.functions.Authorizer.function, resultsCacheTtl: Duration.minutes(5),
      identitySources: [apigateway.IdentitySource.header('Authorization'), apigateway.IdentitySource.context('resourcePath'), apigateway.IdentitySource.context('httpMethod')],
    })
    const requestValidator = new apigateway.RequestValidator(this, 'Validator', { restApi: api, validateRequestParameters: true })
    const handler = new apigateway.LambdaIntegration(this.functions.Handler.function, { scopePermissionToMethod: false })
    const token = new apigateway.LambdaIntegration(this.functions.Token.function, { scopePermissionToMethod: false })
    const authorized = { authorizer, requestValidator, authorizationType: apigateway.AuthorizationType.CUSTOM }
    const open = { requestValidator, authorizationType: apigateway.AuthorizationType.NONE }
    const routes: [string, string, apigateway.Integration, apigateway.MethodOptions][] = [
      ['GET', '/objects', handler, authorized],
      ...['GET', 'HEAD', 'PUT', 'DELETE'].map((m): [string, string, apigateway.Integration, apigateway.MethodOptions] => [m, '/objects/{key+}', handler, authorized]),
      ['POST', '/uploads/{key+}', handler, authorized],
      ['POST', '/oauth2/token', token, open],
      ['GET', '/.well-known/oauth-authorization-server', token, open],
      ['HEAD', '/.well-known/oauth-authorization-server', token, open],
      ['GET', '/.well-known/jwks.json', token, open],
      ['HEAD', '/.well-known/jwks.json', token, open],
    ]
    for (let i = 0; i < this.props.added; i++) {
      routes.push(['GET', `/route${i}`, handler, authorized])
    }
    for (const [method, path, integration, options] of routes) {
      api.root.resourceForPath(path).addMethod(method, integration, options)
    }
    const region = { 'gatewayresponse.header.X-Served-By-Region': `'${this.region}'` }
    for (const [id, type] of Object.entries({ ClientErrors: apigateway.ResponseType.DEFAULT_4XX, ServerErrors: apigateway.ResponseType.DEFAULT_5XX, Unauthorized: apigateway.ResponseType.UNAUTHORIZED, TooLarge: apigateway.ResponseType.REQUEST_TOO_LARGE })) {
      const response = api.addGatewayResponse(id, { type, templates: { 'application/problem+json': '{"type":"about:blank","title":$context.error.messageString,"requestId":"$context.requestId"}' } });
      (response.node.defaultChild as apigateway.CfnGatewayResponse).responseParameters = region
    }
    this.executionLog('Api', api)
    return api
  }

  private executionLog(id: string, api: apigateway.RestApi): void {
    const group = new logs.LogGroup(this, `${id}ExecutionLog`, {
      logGroupName: `API-Gateway-Execution-Logs_${api.restApiId}/live`, encryptionKey: this.logKey, retention: logs.RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY,
    })
    api.deploymentStage.node.addDependency(group)
  }

  private addDomain(): apigateway.DomainName {
    const zone = route53.HostedZone.fromHostedZoneAttributes(this, 'Zone', { hostedZoneId: this.props.zoneId, zoneName: this.props.zoneName })
    const certificate = new acm.Certificate(this, 'Certificate', { domainName: this.props.domainName, validation: acm.CertificateValidation.fromDns(zone) })
    return new apigateway.DomainName(this, 'DomainName', {
      domainName: this.props.domainName, certificate, endpointType: apigateway.EndpointType.REGIONAL, securityPolicy: apigateway.SecurityPolicy.TLS_1_2, mapping: this.api,
    })
  }

  private addParameter(id: string, name: string, value: string, allowedPattern?: string): ssm.StringParameter {
    return new ssm.StringParameter(this, id, { parameterName: `/${this.props.name}/${name}`, stringValue: value, allowedPattern })
  }

  private addHealth(): apigateway.RestApi {
    this.addParameter('Issuer', 'issuers/own', `{"issuer":"${this.pool.userPoolProviderUrl}","jwksUri":"${this.pool.userPoolProviderUrl}/.well-known/jwks.json"}`)
    this.addParameter('Switch', 'failover/switch', 'off', '^(on|off|guard)$')
    this.addParameter('Hold', 'failover/hold', 'off', '^(on|off|guard)$')
    this.addParameter('Fence', 'failover/fence', 'off', '^(off|uploads|on)$')
    const health = this.addFunction('Health', {
      BUCKET_NAME: this.bucketName, HEALTH_DEPTH: 'dependencies', KMS_KEY_ARN: this.objectsKey.keyArn, SWITCH_PARAMETER: `/${this.props.name}/failover/switch`,
      HOLD_PARAMETER: `/${this.props.name}/failover/hold`, JWKS_URI: `${this.pool.userPoolProviderUrl}/.well-known/jwks.json`,
    }, { traced: false })
    health.allow([`arn:aws:s3:::${this.bucketName}`], 's3:ListBucket')
    health.allow([this.objectsKey.keyArn], 'kms:DescribeKey')
    health.allow([this.parameterArn(`/${this.props.name}/failover/*`), this.parameterArn(`/${this.props.name}/issuers/own`)], 'ssm:GetParameter')
    const api = restApi(this, 'HealthApi', { restApiName: `${this.props.name}-health`, cloudWatchRole: false, deployOptions: { stageName: 'live', throttlingRateLimit: 100, throttlingBurstLimit: 100, loggingLevel: apigateway.MethodLoggingLevel.ERROR } })
    const requestValidator = new apigateway.RequestValidator(this, 'HealthValidator', { restApi: api, validateRequestParameters: true })
    const integration = new apigateway.LambdaIntegration(health.function, { scopePermissionToMethod: false })
    // Checkers use a path that nobody guesses.
    const checkers = api.root.addResource('checkers');
    (checkers.node.defaultChild as apigateway.CfnResource).pathPart = api.restApiRootResourceId
    for (const parent of [checkers, api.root]) {
      for (const path of ['health', 'switch']) {
        parent.addResource(path).addMethod('GET', integration, { requestValidator, authorizationType: apigateway.AuthorizationType.NONE })
      }
    }
    this.executionLog('Health', api)
    return api
  }

  private addFacts(): void {
    const healthHost = `${this.healthApi.restApiId}.execute-api.${this.region}.${this.urlSuffix}`
    const healthUrl = this.addParameter('HealthUrl', 'health/url', `https://${healthHost}/live/health`)
    const functions = Object.fromEntries(Object.entries(this.functions).map(([id, f]) => [id.toLowerCase(), f.function.functionName]))
    this.addParameter('Facts', 'facts', this.toJsonString({
      api: this.api.restApiId, apiName: this.props.domainName, bucket: this.bucketName, domainName: this.props.domainName, functions, healthHost,
      key: this.objectsKey.keyArn, peerRegion: this.props.peerRegion, regionalDomainName: this.domain.domainNameAliasDomainName, role: this.props.role, userPool: this.pool.userPoolId,
    }))
    this.addParameter('Journal', 'journal', '[]')
    new CfnOutput(this, 'RegionalDomainName', { value: this.domain.domainNameAliasDomainName })
    new CfnOutput(this, 'HealthUrlOutput', { value: healthUrl.stringValue })
    new CfnOutput(this, 'BucketName', { value: this.bucketName })
  }

  private addQueries(): void {
    const groups = [this.node.findChild('AccessLog') as logs.LogGroup]
    for (const [name, queryString] of Object.entries({
      'slow requests': 'filter latencyMs > 1000\n| sort latencyMs desc\n| limit 100',
      'errors by route': 'filter status >= 400\n| stats count(*) as requests by status, method, resource\n| sort requests desc',
      'denied callers': 'filter status = 401 or status = 403\n| stats count(*) as requests by ip',
      'failover events': 'filter ispresent(region)\n| stats count(*) as requests by bin(1m), region',
      'one request': "filter requestId = 'id'",
    })) {
      new logs.CfnQueryDefinition(this, `Query${name.replaceAll(' ', '')}`, { name: `${this.props.name}/${name}`, queryString, logGroupNames: groups.map(g => g.logGroupName) })
    }
  }

  private addAlarms(): void {
    const alarms = new Alarms(this, 'Alarms', this.logKey)
    const accessLog = this.node.findChild('AccessLog') as logs.LogGroup
    const api = { ApiName: this.props.domainName, Stage: 'live' }
    alarms.add('ServerErrors', { metric: metric('AWS/ApiGateway', '5XXError', 'Average', api), threshold: 0.05, periods: 5, description: 'The API answers with errors of its own.' })
    alarms.add('Latency', { metric: metric('AWS/ApiGateway', 'Latency', 'p99', api), threshold: 3000, periods: 5, description: 'The slowest of a hundred answers takes too long.' })
    alarms.addFiltered('Throttles', accessLog, '{ $.status = 429 }', 10, 'Clients are throttled.')
    alarms.addFiltered('Denials', accessLog, '{ $.status = 403 }', 50, 'Clients are refused.')
    alarms.addFiltered('AuthorizerFailures', accessLog, '{ $.error = "AUTHORIZER_FAILURE" }', 1, 'The authorizer could not decide.')
    for (const [id, f] of Object.entries(this.functions)) {
      const dimension = { FunctionName: f.function.functionName }
      if (id !== 'Authorizer') {
        alarms.add(`FunctionErrors${id}`, { metric: metric('AWS/Lambda', 'Errors', 'Sum', dimension), threshold: 5, periods: 3, description: `The function ${id} fails.` })
      }
      alarms.add(`FunctionThrottles${id}`, { metric: metric('AWS/Lambda', 'Throttles', 'Sum', dimension), threshold: 1, periods: 3, description: `The function ${id} is throttled.` })
    }
    alarms.add('AccountConcurrency', { metric: metric('AWS/Lambda', 'ConcurrentExecutions', 'Maximum', {}), threshold: 800, periods: 3, description: 'The account runs out of concurrency.' })
    const rule = { SourceBucket: this.bucketName, DestinationBucket: `${this.props.name}-objects-${this.account}-${this.props.peerRegion}`, RuleId: 'regionpair' }
    alarms.add('ReplicationLatency', { metric: metric('AWS/S3', 'ReplicationLatency', 'Maximum', rule), threshold: 900, description: 'Objects are replicated late.' })
    alarms.add('ReplicationBacklog', { metric: metric('AWS/S3', 'OperationsPendingReplication', 'Maximum', rule), threshold: 1000, periods: 15, description: 'Objects wait to be replicated.' })
    alarms.add('ReplicationFailures', { metric: metric('AWS/S3', 'OperationsFailedReplication', 'Sum', rule), threshold: 1, description: 'Objects were not replicated.' })
    alarms.add('CertificateExpiry', { metric: metric('AWS/CertificateManager', 'DaysToExpiry', 'Minimum', { CertificateArn: (this.node.findChild('Certificate') as acm.Certificate).certificateArn }, Duration.days(1)), threshold: 30, below: true, description: 'The certificate was not renewed.' })
    for (const [id, name] of Object.entries({ Degraded: 'Degraded', TokenFailures: 'TokenFailures', TokenCacheHits: 'TokenCacheHits' })) {
      alarms.add(id, { metric: metric('regionpair/orders', name, 'Sum', { Region: this.region }), threshold: 1, periods: 3, description: `${name} needs attention.` })
    }
    if (this.props.role === 'secondary') {
      for (const [id, name] of Object.entries({ KeptOut: 'KeptOut', FailbackWaits: 'FailbackWaits', GuardSilent: 'GuardRuns' })) {
        alarms.add(id, { metric: metric('regionpair/orders', name, 'Sum', { Region: this.region }), threshold: 1, periods: 3, description: `${name} needs attention.` })
      }
    }
  }
}

/** A key that log groups and alarms of a Region may use. */
export function encryptedLogs(stack: Stack, name: string): kms.Key {
  const key = new kms.Key(stack, 'LogKey', { description: `Encrypts the log groups of ${name}`, enableKeyRotation: true, removalPolicy: RemovalPolicy.RETAIN })
  key.addToResourcePolicy(new iam.PolicyStatement({
    sid: 'CloudWatchLogs', principals: [new iam.ServicePrincipal(`logs.${stack.region}.amazonaws.com`)], resources: ['*'],
    actions: ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'],
    conditions: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': `arn:aws:logs:${stack.region}:${stack.account}:*` } },
  }))
  key.addToResourcePolicy(new iam.PolicyStatement({
    sid: 'CloudWatchAlarms', principals: [new iam.ServicePrincipal('cloudwatch.amazonaws.com')], resources: ['*'], actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
    conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
  }))
  return key
}

function restApi(scope: Construct, id: string, props: apigateway.RestApiProps): apigateway.RestApi {
  return new apigateway.RestApi(scope, id, {
    endpointTypes: [apigateway.EndpointType.REGIONAL],
    policy: new iam.PolicyDocument({ statements: [new iam.PolicyStatement({ actions: ['execute-api:Invoke'], principals: [new iam.AnyPrincipal()], resources: ['execute-api:/*'] })] }),
    ...props,
  })
}
