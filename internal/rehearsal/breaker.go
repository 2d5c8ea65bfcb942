package rehearsal

import (
	"context"
	"crypto/tls"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/localcloud"
	"github.com/regionpair/regionpair/internal/localcloud/egress"
	"github.com/regionpair/regionpair/internal/localcloud/signature"
)

// anywhere finds resources whatever their Region: those of DNS are where the
// global stack is.
const anywhere = ""

// breaker has the hands of somebody with a console.
type breaker struct {
	cloud                                        *localcloud.Cloud
	pair, domain, primary, standby, clientSecret string
}

func newBreaker(cloud *localcloud.Cloud) *breaker {
	p := cloud.Pair()
	pair, _, _ := strings.Cut(strings.TrimPrefix(p.Secondary.SwitchParameter, "/"), "/")
	b := &breaker{cloud: cloud, pair: pair, domain: p.DomainName, primary: p.Primary.Name, standby: p.Secondary.Name}
	for _, id := range slices.Sorted(maps.Keys(p.Clients)) {
		_, client, _ := strings.Cut(id, ".")
		b.clientSecret = contract.ClientSecret(pair, client)
		break
	}
	return b
}

// always undoes without an error.
func always(undo func()) (func() error, error) {
	return func() error { undo(); return nil }, nil
}

// aws is the SDK in a Region.
func (b *breaker) aws(region string) aws.Config {
	proxy := b.cloud.Network().ProxyURL("console")
	return aws.Config{
		Region:      region,
		Credentials: credentials.NewStaticCredentialsProvider(signature.AccessKeyID, signature.SecretAccessKey, signature.SessionToken),
		HTTPClient: &http.Client{Transport: &http.Transport{
			Proxy:           func(*http.Request) (*url.URL, error) { return proxy, nil },
			TLSClientConfig: &tls.Config{RootCAs: b.cloud.Network().CAPool(), MinVersion: tls.VersionTLS12},
		}},
	}
}

func (b *breaker) bucket(region string) string {
	p := b.cloud.Pair()
	if region == p.Primary.Name {
		return p.Primary.Bucket
	}
	return p.Secondary.Bucket
}

// alter changes a property of a resource.
func (b *breaker) alter(region, resourceType, prefix string, value any, path ...string) (func() error, error) {
	found, err := b.cloud.Find(region, "AWS::"+resourceType, prefix)
	if err != nil {
		return nil, err
	}
	return always(b.cloud.Alter(found, value, path...))
}

// parameter changes a parameter; an empty value deletes it.
func (b *breaker) parameter(region, parameter string, change func(before string) string) (func() error, error) {
	client, ctx := ssm.NewFromConfig(b.aws(region)), context.Background()
	before, err := client.GetParameter(ctx, &ssm.GetParameterInput{Name: &parameter})
	if err != nil {
		return nil, fmt.Errorf("read %s in %s: %w", parameter, region, err)
	}
	put := func(value string) error {
		_, err := client.PutParameter(ctx, &ssm.PutParameterInput{Name: &parameter, Value: &value, Type: "String", Overwrite: aws.Bool(true)})
		return err
	}
	if value := change(*before.Parameter.Value); value != "" {
		err = put(value)
	} else {
		_, err = client.DeleteParameter(ctx, &ssm.DeleteParameterInput{Name: &parameter})
	}
	return func() error { return put(*before.Parameter.Value) }, err
}

// rule changes the replication rule of a Region's bucket; nil removes it.
func (b *breaker) rule(region string, change func(rule *s3types.ReplicationRule)) (func() error, error) {
	client, bucket, ctx := s3.NewFromConfig(b.aws(region)), b.bucket(region), context.Background()
	get := func() (*s3types.ReplicationConfiguration, error) {
		output, err := client.GetBucketReplication(ctx, &s3.GetBucketReplicationInput{Bucket: &bucket})
		if err != nil {
			return nil, fmt.Errorf("read the replication rules of %s: %w", bucket, err)
		}
		return output.ReplicationConfiguration, nil
	}
	before, err := get()
	if err != nil {
		return nil, err
	}
	put := func(configuration *s3types.ReplicationConfiguration) error {
		_, err := client.PutBucketReplication(ctx, &s3.PutBucketReplicationInput{Bucket: &bucket, ReplicationConfiguration: configuration})
		return err
	}
	undo := func() error { return put(before) }
	if change == nil {
		_, err := client.DeleteBucketReplication(ctx, &s3.DeleteBucketReplicationInput{Bucket: &bucket})
		return undo, err
	}
	changed, err := get()
	if err != nil {
		return nil, err
	}
	change(&changed.Rules[0])
	return undo, put(changed)
}

// issued is how long the local cloud's certificates are good for.
const issued = 198 * 24 * time.Hour

func (b *breaker) certificate(region, status, renewal string, left time.Duration) (func() error, error) {
	found, err := b.cloud.Find(region, "AWS::CertificateManager::Certificate", "Unit")
	if err != nil {
		return nil, err
	}
	b.cloud.Services(region).ChangeCertificate(found.Ref, status, renewal, left)
	return always(func() { b.cloud.Services(region).ChangeCertificate(found.Ref, "ISSUED", "", issued) })
}

func (b *breaker) quota(region, service, code string, value float64) (func() error, error) {
	before := b.cloud.Services(region).Quota(service, code)
	b.cloud.Services(region).SetQuota(service, code, value)
	return always(func() { b.cloud.Services(region).SetQuota(service, code, before) })
}

func (b *breaker) fault(region, service string) (func() error, error) {
	b.cloud.Network().SetFault(region, service, egress.Fault{Kind: egress.Refuse})
	return always(func() { b.cloud.Network().ClearFaults(region) })
}

func (b *breaker) failHealth(region string) (func() error, error) {
	return func() error { return b.cloud.Heal(region) }, b.cloud.Inject(region, localcloud.HealthOnly)
}

// promote makes the standby's copy of a client's secret one of its own.
func (b *breaker) promote() (func() error, error) {
	primary, standby := b.cloud.Services(b.primary), b.cloud.Services(b.standby)
	_, err := secretsmanager.NewFromConfig(b.aws(b.standby)).StopReplicationToReplica(context.Background(), &secretsmanager.StopReplicationToReplicaInput{SecretId: &b.clientSecret})
	return func() error {
		primary.RemoveReplica(b.clientSecret, standby)
		primary.ReplicateSecret(b.clientSecret, standby)
		return nil
	}, err
}
