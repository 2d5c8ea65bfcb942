package regionpair

import (
	"encoding/json"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsssm"
	"github.com/aws/jsii-runtime-go"

	"github.com/regionpair/regionpair/internal/contract"
)

// describe leaves in the Region what operators need to know of it, and the
// place where they note what they did. CloudFormation, which knows as much,
// does not answer while its Region is down, and its names are those of an app.
func (u *regionUnit) describe() {
	pair := u.pair.Name()
	facts := u.facts()
	u.mustFitParameter(facts)
	awsssm.NewStringParameter(u, jsii.String("Facts"), &awsssm.StringParameterProps{
		ParameterName: jsii.String(contract.FactsParameter(pair)),
		Description:   jsii.String("What the regionpair tool needs to know about this Region"),
		StringValue:   stackOf(u).ToJsonString(facts, nil),
		// Free below 4 KB, which a pair with many clients or functions outgrows.
		Tier: awsssm.ParameterTier_INTELLIGENT_TIERING,
	})
	awsssm.NewStringParameter(u, jsii.String("Journal"), &awsssm.StringParameterProps{
		ParameterName: jsii.String(contract.JournalParameter(pair)),
		Description:   jsii.String("How the last switch to this Region went; earlier ones are in the parameter's history"),
		StringValue:   jsii.String("{}"),
	})
}

// facts are [contract.Facts]; a map, because CDK resolves the references in it.
func (u *regionUnit) facts() map[string]any {
	functions := map[string]any{}
	for _, f := range u.Watched().parts() {
		functions[f.label] = functionNameOf(f.function)
	}
	clients := []any{}
	for _, client := range u.props.Clients {
		clients = append(clients, client.Name)
	}
	facts := map[string]any{
		"role": string(u.role), "peerRegion": u.pair.Region(u.role.Peer()),
		"domainName": u.pair.DomainName(), "regionalDomainName": u.api.RegionalDomainName(),
		"healthHost": u.health.DomainName(), "healthPath": u.health.HealthPath(), "switchPath": u.health.SwitchPath(),
		"bucket": u.bucket.BucketName(), "key": keyArnOf(u.bucket.Key()), "rule": contract.ReplicationRule,
		"api": apiIDOf(u.api.RestApi()), "apiName": apiNameOf(u.api.RestApi()), "healthApi": apiIDOf(u.health.RestApi()),
		"stage": StageName, "userPool": u.auth.UserPool().UserPoolId(), "credentials": u.auth.CredentialsSecret().SecretArn(),
		"clients": clients, "functions": functions,
	}
	eventual := []any{}
	for _, name := range eventualTables(u.tables) {
		eventual = append(eventual, u.tables[name].TableName())
	}
	if len(eventual) > 0 {
		facts["eventualTables"] = eventual
	}
	if u.props.HostedZone != nil {
		facts["hostedZone"] = hostedZoneIDOf(u.props.HostedZone)
	}
	if certificate := u.certificate(); certificate != nil {
		facts["certificate"] = certificate.CertificateArn()
	}
	return facts
}

// maxParameterBytes is what a parameter of the advanced tier holds, and tokenBytes
// about what CloudFormation fills in for one value: an id, a name or an ARN.
const (
	maxParameterBytes = 8192
	tokenBytes        = 64
)

// mustFitParameter refuses facts that Parameter Store would refuse in a deployment.
func (u *regionUnit) mustFitParameter(facts map[string]any) {
	text, err := json.Marshal(facts)
	if err != nil {
		misuse("cannot write what is to be known about %s: %v", pathOf(u), err)
	}
	size := len(token.ReplaceAll(text, make([]byte, tokenBytes)))
	if size > maxParameterBytes {
		misuse("%d clients and %d functions do not fit the parameter '%s': about %d bytes, and Parameter Store allows %d; use shorter names of clients, or fewer routes with a handler of their own",
			len(u.props.Clients), len(facts["functions"].(map[string]any)), contract.FactsParameter(u.pair.Name()), size, maxParameterBytes)
	}
}
