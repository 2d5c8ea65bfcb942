package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscertificatemanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// shop stands for an application that you have: a REST API on a custom domain, a
// Python function, a bucket. Nothing in this file knows of a pair. A second Region
// needs the same stack once more, and the bucket must be versioned.
type shop struct {
	awscdk.Stack
	region  string
	api     awsapigateway.RestApi
	domain  awsapigateway.DomainName
	key     awskms.Key
	handler awslambda.Function
	probe   awslambda.Function
}

// Region that the shop is deployed to.
func (s *shop) Region() *string { return &s.region }

func newShop(app awscdk.App, name, account, region, domainName string) *shop {
	s := &shop{region: region}
	awscdk.NewStack_Override(s, app, &name, &awscdk.StackProps{Env: &awscdk.Environment{Account: &account, Region: &region}})
	s.key = awskms.NewKey(s, jsii.String("Key"), &awskms.KeyProps{EnableKeyRotation: jsii.Bool(true)})
	bucket := awss3.NewBucket(s, jsii.String("Carts"), &awss3.BucketProps{
		BucketName: jsii.String(bucketIn(region)), Versioned: jsii.Bool(true), EncryptionKey: s.key,
		EnforceSSL: jsii.Bool(true), BlockPublicAccess: awss3.BlockPublicAccess_BLOCK_ALL(),
	})
	s.handler = s.newFunction("Handler", "shop.handle")
	s.handler.AddEnvironment(jsii.String("BUCKET"), bucket.BucketName(), nil)
	bucket.GrantReadWrite(s.handler, nil)
	s.probe = s.newFunction("Probe", "probe.check")
	s.probe.AddEnvironment(jsii.String("BUCKET"), bucket.BucketName(), nil)
	bucket.GrantRead(s.probe, nil)
	s.api = awsapigateway.NewLambdaRestApi(s, jsii.String("Api"), &awsapigateway.LambdaRestApiProps{Handler: s.handler, DisableExecuteApiEndpoint: jsii.Bool(true)})
	s.domain = awsapigateway.NewDomainName(s, jsii.String("Domain"), &awsapigateway.DomainNameProps{
		DomainName: &domainName,
		Certificate: awscertificatemanager.NewCertificate(s, jsii.String("Certificate"), &awscertificatemanager.CertificateProps{
			DomainName: &domainName, Validation: awscertificatemanager.CertificateValidation_FromDns(hostedZone(s)),
		}),
		Mapping: s.api,
	})
	return s
}

func (s *shop) newFunction(id, handler string) awslambda.Function {
	return awslambda.NewFunction(s, &id, &awslambda.FunctionProps{
		Runtime: awslambda.Runtime_PYTHON_3_13(),
		Code:    awslambda.Code_FromAsset(jsii.String("handler"), nil),
		Handler: &handler,
		Timeout: awscdk.Duration_Seconds(jsii.Number(10)),
	})
}

func bucketIn(region string) string { return "shop-carts-" + region }

func hostedZone(scope constructs.Construct) awsroute53.IHostedZone {
	return awsroute53.HostedZone_FromHostedZoneAttributes(scope, jsii.String("Zone"), &awsroute53.HostedZoneAttributes{
		HostedZoneId: jsii.String("Z0123456789ABCDEFGHIJ"), ZoneName: jsii.String("example.com"),
	})
}
