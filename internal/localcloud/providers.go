package localcloud

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/regionpair/regionpair/internal/localcloud/cloudformation"
	"github.com/regionpair/regionpair/internal/localcloud/services"
	"github.com/regionpair/regionpair/internal/property"
)

// inRegion is a provider that needs the Region of its stack.
type inRegion func(r *region, resource cloudformation.Resource) (cloudformation.Attributes, error)

// registry returns what can be created. What is missing here is listed as not
// emulated.
func (c *Cloud) registry() cloudformation.Registry {
	registry := cloudformation.Registry{
		"Custom::": cloudformation.ProviderFunc(c.createCustom),
	}
	for resourceType, create := range map[string]inRegion{
		"AWS::S3::Bucket":                      c.createBucket,
		"AWS::DynamoDB::GlobalTable":           c.createTable,
		"AWS::DynamoDB::Table":                 c.createTable,
		"AWS::KMS::Key":                        createKey,
		"AWS::KMS::Alias":                      createKeyAlias,
		"AWS::Logs::LogGroup":                  createLogGroup,
		"AWS::IAM::Role":                       c.createRole,
		"AWS::IAM::Policy":                     c.createPolicy,
		"AWS::IAM::ManagedPolicy":              c.createPolicy,
		"AWS::Lambda::Function":                c.createFunction,
		"AWS::Lambda::LayerVersion":            createLayer,
		"AWS::Lambda::Permission":              createPermission,
		"AWS::Lambda::Version":                 createVersion,
		"AWS::Lambda::Alias":                   createAlias,
		"AWS::SSM::Parameter":                  createParameter,
		"AWS::SecretsManager::Secret":          c.createSecret,
		"AWS::Cognito::UserPool":               createUserPool,
		"AWS::Cognito::UserPoolDomain":         createUserPoolDomain,
		"AWS::Cognito::UserPoolResourceServer": createResourceServer,
		"AWS::Cognito::UserPoolClient":         createClient,
		"AWS::CertificateManager::Certificate": createCertificate,
		"AWS::ApiGateway::RestApi":             createRestAPI,
		"AWS::ApiGateway::Resource":            generated,
		"AWS::ApiGateway::Method":              generated,
		"AWS::ApiGateway::Authorizer":          generated,
		"AWS::ApiGateway::Deployment":          generated,
		"AWS::ApiGateway::GatewayResponse":     generated,
		"AWS::ApiGateway::RequestValidator":    generated,
		"AWS::ApiGateway::Model":               generated,
		"AWS::ApiGateway::Account":             createAccount,
		"AWS::ApiGateway::Stage":               named("StageName"),
		"AWS::ApiGateway::DomainName":          createDomainName,
		"AWS::ApiGateway::BasePathMapping":     generated,
		"AWS::Events::Rule":                    createRule,
		"AWS::Route53::HealthCheck":            createHealthCheck,
		"AWS::Route53::RecordSet":              named("Name"),
	} {
		registry[resourceType] = cloudformation.ProviderFunc(func(_ context.Context, resource cloudformation.Resource) (cloudformation.Attributes, error) {
			return create(c.region(resource.Region, resource.Account), resource)
		})
	}
	return registry
}

func named(property string) inRegion {
	return func(_ *region, resource cloudformation.Resource) (cloudformation.Attributes, error) {
		return cloudformation.Attributes{Ref: text(resource, property)}, nil
	}
}

func generated(*region, cloudformation.Resource) (cloudformation.Attributes, error) {
	return cloudformation.Attributes{Ref: newID()}, nil
}

func newID() string { return strings.ToLower(services.RandomPassword(10)) }

func arn(service string, resource cloudformation.Resource, name string) string {
	return "arn:aws:" + service + ":" + resource.Region + ":" + resource.Account + ":" + name
}

// physicalName is the name CloudFormation would generate.
func physicalName(resource cloudformation.Resource, property string) string {
	if name := text(resource, property); name != "" {
		return name
	}
	return resource.Stack + "-" + resource.LogicalID + "-" + newID()
}

func (c *Cloud) createBucket(r *region, resource cloudformation.Resource) (cloudformation.Attributes, error) {
	p := resource.Read()
	p.Leave("requests without a signature are refused", "PublicAccessBlockConfiguration")
	p.Leave("there is one account, which owns all objects", "OwnershipControls")
	p.Leave(forPeople, "Tags")
	name := physicalName(resource, "BucketName")
	versioned := p.Object("VersioningConfiguration").Text("Status") == "Enabled"
	if err := r.store.CreateBucket(name, versioned); err != nil {
		return cloudformation.Attributes{}, err
	}
	c.encrypt(r, "arn:aws:s3:::"+name, defaultKey(resource))
	host := name + ".s3." + resource.Region + ".amazonaws.com"
	return cloudformation.Attributes{Ref: name, Att: map[string]any{
		"Arn": "arn:aws:s3:::" + name, "DomainName": name + ".s3.amazonaws.com", "RegionalDomainName": host,
	}}, nil
}

func createKey(r *region, resource cloudformation.Resource) (cloudformation.Attributes, error) {
	resource.Read().Leave(oneRun, "EnableKeyRotation", "PendingWindowInDays", "RotationPeriodInDays")
	resource.Read().Leave(forPeople, "Description", "Tags")
	id, arn := r.services.CreateKey()
	return cloudformation.Attributes{Ref: id, Att: map[string]any{"Arn": arn, "KeyId": id}}, nil
}

func createKeyAlias(r *region, resource cloudformation.Resource) (cloudformation.Attributes, error) {
	resource.Read().Missing("AliasName", "keys are found by their ids and ARNs")
	resource.Read().Leave("listed with the name", "TargetKeyId")
	return named("AliasName")(r, resource)
}

func createAccount(r *region, resource cloudformation.Resource) (cloudformation.Attributes, error) {
	resource.Read().Leave(logsAreFiles, "CloudWatchRoleArn")
	return generated(r, resource)
}

func createLogGroup(_ *region, resource cloudformation.Resource) (cloudformation.Attributes, error) {
	resource.Read().Leave(logsAreFiles, "RetentionInDays", "KmsKeyId", "LogGroupClass")
	resource.Read().Leave(forPeople, "Tags")
	name := physicalName(resource, "LogGroupName")
	return cloudformation.Attributes{Ref: name, Att: map[string]any{"Arn": arn("logs", resource, "log-group:"+name+":*")}}, nil
}

func createParameter(r *region, resource cloudformation.Resource) (cloudformation.Attributes, error) {
	resource.Read().Leave(forPeople, "Description", "Tags", "Tier")
	name := physicalName(resource, "Name")
	if err := r.services.PutParameter(name, text(resource, "Value"), text(resource, "Type")); err != nil {
		return cloudformation.Attributes{}, err
	}
	return cloudformation.Attributes{Ref: name, Att: map[string]any{"Value": text(resource, "Value"), "Type": text(resource, "Type")}}, nil
}

func (c *Cloud) createSecret(r *region, resource cloudformation.Resource) (cloudformation.Attributes, error) {
	value, err := secretValue(resource)
	if err != nil {
		return cloudformation.Attributes{}, err
	}
	resource.Read().Leave(forPeople, "Description", "Tags")
	name := physicalName(resource, "Name")
	arn := r.services.CreateSecret(name, value)
	for _, replica := range resource.Read().Objects("ReplicaRegions") {
		peer := c.region(replica.Text("Region"), resource.Account)
		r.services.ReplicateSecret(name, peer.services)
	}
	return cloudformation.Attributes{Ref: arn, Att: map[string]any{"Id": arn}}, nil
}

func secretValue(resource cloudformation.Resource) (string, error) {
	if !resource.Read().Has("GenerateSecretString") {
		return text(resource, "SecretString"), nil
	}
	generate := resource.Read().Object("GenerateSecretString")
	generate.Leave("a random password here has letters and digits", "ExcludeCharacters", "ExcludePunctuation", "ExcludeUppercase",
		"ExcludeLowercase", "ExcludeNumbers", "IncludeSpace", "RequireEachIncludedType")
	password := services.RandomPassword(generate.Count("PasswordLength", 32))
	key, template := generate.Text("GenerateStringKey"), generate.Text("SecretStringTemplate")
	if key == "" {
		return password, nil
	}
	document := map[string]string{}
	if err := json.Unmarshal([]byte(template), &document); err != nil {
		return "", fmt.Errorf("'SecretStringTemplate' must be a JSON object of texts: %w", err)
	}
	document[key] = password
	value, err := json.Marshal(document)
	return string(value), err
}

func createUserPool(r *region, resource cloudformation.Resource) (cloudformation.Attributes, error) {
	p := resource.Read()
	p.Leave(noUsers, "AccountRecoverySetting", "AdminCreateUserConfig", "AutoVerifiedAttributes", "EmailVerificationMessage", "EmailVerificationSubject",
		"MfaConfiguration", "Policies", "Schema", "SmsVerificationMessage", "UserPoolAddOns", "VerificationMessageTemplate")
	p.Leave(oneRun, "DeletionProtection", "UserPoolTier")
	p.Leave(forPeople, "UserPoolName", "UserPoolTags")
	id, err := r.services.CreateUserPool()
	if err != nil {
		return cloudformation.Attributes{}, err
	}
	provider := "cognito-idp." + r.name + ".amazonaws.com/" + id
	return cloudformation.Attributes{Ref: id, Att: map[string]any{
		"Arn": r.services.UserPoolARN(id), "UserPoolId": id, "ProviderName": provider, "ProviderURL": "https://" + provider,
	}}, nil
}

func createUserPoolDomain(r *region, resource cloudformation.Resource) (cloudformation.Attributes, error) {
	resource.Read().Leave(noUsers, "ManagedLoginVersion")
	domain := text(resource, "Domain")
	return cloudformation.Attributes{Ref: domain}, r.services.CreateDomain(text(resource, "UserPoolId"), domain)
}

func createResourceServer(r *region, resource cloudformation.Resource) (cloudformation.Attributes, error) {
	resource.Read().Leave(forPeople, "Name")
	scopes := []string{}
	for _, scope := range resource.Read().Objects("Scopes") {
		scope.Leave(forPeople, "ScopeDescription")
		scopes = append(scopes, scope.Text("ScopeName"))
	}
	identifier := text(resource, "Identifier")
	return cloudformation.Attributes{Ref: identifier}, r.services.CreateResourceServer(text(resource, "UserPoolId"), identifier, scopes)
}

func createClient(r *region, resource cloudformation.Resource) (cloudformation.Attributes, error) {
	p := resource.Read()
	p.Leave(noUsers, "AllowedOAuthFlowsUserPoolClient", "CallbackURLs", "EnableTokenRevocation", "ExplicitAuthFlows", "IdTokenValidity", "LogoutURLs",
		"PreventUserExistenceErrors", "RefreshTokenValidity", "SupportedIdentityProviders")
	p.Leave("every client here has a secret", "GenerateSecret")
	p.Leave(forPeople, "ClientName")
	for _, flow := range p.Texts("AllowedOAuthFlows") {
		if flow != "client_credentials" {
			p.Missing("AllowedOAuthFlows", "not emulated: %s", flow)
		}
	}
	id, secret, err := r.services.CreateClient(p.Text("UserPoolId"), p.Texts("AllowedOAuthScopes"), tokenValidity(p))
	return cloudformation.Attributes{Ref: id, Att: map[string]any{"ClientId": id, "ClientSecret": secret}}, err
}

// tokenValidity is that of access tokens: an hour, and in hours, unless the
// template says something else.
func tokenValidity(p *property.Reader) time.Duration {
	units := p.Object("TokenValidityUnits")
	units.Leave(noUsers, "IdToken", "RefreshToken")
	unit, known := map[string]time.Duration{
		"": time.Hour, "seconds": time.Second, "minutes": time.Minute, "hours": time.Hour, "days": 24 * time.Hour,
	}[units.Text("AccessToken")]
	if !known {
		units.Fail("AccessToken", "must be seconds, minutes, hours or days")
	}
	if !p.Has("AccessTokenValidity") {
		return time.Hour
	}
	return time.Duration(p.Count("AccessTokenValidity", 1)) * unit
}

func createCertificate(r *region, resource cloudformation.Resource) (cloudformation.Attributes, error) {
	resource.Read().Leave("a certificate is issued at once", "DomainValidationOptions", "ValidationMethod")
	resource.Read().Leave(forPeople, "Tags")
	certificate := arn("acm", resource, "certificate/"+newID())
	r.services.IssueCertificate(certificate, text(resource, "DomainName"))
	return cloudformation.Attributes{Ref: certificate}, nil
}

func createRestAPI(*region, cloudformation.Resource) (cloudformation.Attributes, error) {
	id := newID()
	return cloudformation.Attributes{Ref: id, Att: map[string]any{"RestApiId": id, "RootResourceId": newID()}}, nil
}

func createDomainName(_ *region, resource cloudformation.Resource) (cloudformation.Attributes, error) {
	resource.Read().Leave("the authority of this machine certifies every name", "RegionalCertificateArn")
	resource.Read().Leave("every endpoint is that of a Region", "EndpointConfiguration")
	resource.Read().Leave(forPeople, "Tags")
	domain := text(resource, "DomainName")
	return cloudformation.Attributes{Ref: domain, Att: map[string]any{
		"RegionalDomainName":   "d-" + newID() + ".execute-api." + resource.Region + ".amazonaws.com",
		"RegionalHostedZoneId": "Z" + strings.ToUpper(newID()),
		"DomainNameArn":        "arn:aws:apigateway:" + resource.Region + "::/domainnames/" + domain,
	}}, nil
}

func createHealthCheck(*region, cloudformation.Resource) (cloudformation.Attributes, error) {
	id := newID()
	return cloudformation.Attributes{Ref: id, Att: map[string]any{"HealthCheckId": id}}, nil
}

func createPermission(r *region, resource cloudformation.Resource) (cloudformation.Attributes, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.permissions = append(r.permissions, permissionOf(resource))
	return cloudformation.Attributes{Ref: newID()}, nil
}
