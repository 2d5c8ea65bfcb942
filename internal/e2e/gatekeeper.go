package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/regionpair/regionpair/internal/localcloud/iam"
	"github.com/regionpair/regionpair/internal/localcloud/signature"
)

// gatekeeper stands between the functions and the emulators. The emulators
// enforce policies themselves; the gatekeeper does it once more, with what they
// leave out (keys that S3 uses in the caller's name), keeps a list of all calls,
// and makes roles known in all Regions.
type gatekeeper struct {
	emulators map[string]*emulator
	gate      *iam.Gate
	// regional are the roles of the two Regions that serve, by their names.
	regional map[string]string
	// keys that AWS uses in the caller's name, which the emulators forget.
	keys usedKeys

	mu      sync.Mutex
	callers map[string]*caller // by access key
	carried map[string]aws.Credentials
	roles   map[string][]string // that were carried, by Region
	stopped []string            // why calls were not let through
	// expected are complaints that were provoked.
	expected map[string]bool
}

// usedKeys return the ARN of the key that something of a Region is encrypted with;
// empty without one.
type usedKeys struct {
	ofBucket func(ctx context.Context, region, bucket string) string
	ofTable  func(region, table string) string
}

func newGatekeeper(emulators map[string]*emulator, regional map[string]string, keys usedKeys) *gatekeeper {
	g := &gatekeeper{emulators: emulators, regional: regional, keys: keys, callers: map[string]*caller{}, roles: map[string][]string{}, expected: map[string]bool{}}
	g.forget()
	g.gate = iam.NewGate(refuse)
	return g
}

// refuse answers as services with AWS's JSON protocol do; S3's clients see the
// status.
func refuse(w http.ResponseWriter, _, message string) {
	w.Header().Set("X-Amzn-Errortype", "AccessDeniedException")
	w.WriteHeader(http.StatusForbidden)
	_ = json.NewEncoder(w).Encode(map[string]string{"message": message})
}

// expect lets a denial be no complaint.
func (g *gatekeeper) expect(line string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.expected[line] = true
}

// admit lets somebody in who is no function, with a policy of his own in all
// Regions.
func (g *gatekeeper) admit(accessKey, name, policy string) error {
	c := &caller{name: name, role: "e2e-" + name, policies: []rolePolicy{{name, policy}}}
	if err := c.readPolicies(); err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.callers[accessKey] = c
	g.gate.Restrict(accessKey, c.statements)
	return nil
}

// forget makes the gatekeeper read policies again: a deployment may change them.
func (g *gatekeeper) forget() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range g.callers {
		c.stale = c.region != ""
	}
	g.carried = map[string]aws.Credentials{}
}

// handler serves the host names of a Region to functions.
func (g *gatekeeper) handler(to *emulator) http.Handler { return g.serve(to, to.region) }

// serve has a process answer for a Region, its own or another: it keeps the
// resources of each apart.
func (g *gatekeeper) serve(to *emulator, region string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := signature.AccessKey(r)
		if key == "" {
			to.door.handler.ServeHTTP(w, r)
			return
		}
		c, err := g.identify(r.Context(), key, to)
		if err != nil {
			g.stop(w, err)
			return
		}
		g.gate.Handler(g.service(to, region, signedService(r)), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := g.letThrough(r, c, to, region); err != nil {
				g.stop(w, err)
				return
			}
			to.door.handler.ServeHTTP(w, r)
		})).ServeHTTP(w, r)
	})
}

// stop answers a call that cannot be judged. A caller that has gone does not
// count.
func (g *gatekeeper) stop(w http.ResponseWriter, err error) {
	http.Error(w, err.Error(), http.StatusBadGateway)
	if errors.Is(err, context.Canceled) {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stopped = append(g.stopped, err.Error())
}

// identify finds the function behind an access key: most call their own Region.
func (g *gatekeeper) identify(ctx context.Context, key string, to *emulator) (*caller, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if known := g.callers[key]; known != nil && !known.stale {
		return known, nil
	}
	order := []*emulator{to}
	for _, e := range g.emulators {
		if e != to {
			order = append(order, e)
		}
	}
	for _, e := range order {
		c, err := e.caller(ctx, key)
		if err != nil {
			return nil, err
		}
		if c != nil {
			g.callers[key] = c
			g.gate.Restrict(key, c.statements)
			return c, nil
		}
	}
	return nil, fmt.Errorf("no function has the access key %s", key)
}

// judgedHere says which calls the emulators cannot judge, so that the gate does
// alone: for ssm:GetParameters they ask for a permission on all parameters,
// whichever are named; to KMS they know no condition on the encryption context.
func judgedHere(r *http.Request) bool {
	service, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	return operation == "GetParameters" || service == "TrentService"
}

// letThrough signs anew what the emulator could not judge, and the calls of those
// whose role is in another process.
func (g *gatekeeper) letThrough(r *http.Request, c *caller, to *emulator, region string) error {
	name := signedService(r)
	if judgedHere(r) {
		return sign(r.Context(), r, root, name, region)
	}
	if c.region == to.region {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	at := to.region + "/" + c.role
	if _, known := g.carried[at]; !known {
		credentials, err := to.carry(r.Context(), c)
		if err != nil {
			return err
		}
		g.carried[at] = credentials
		g.roles[to.region] = append(g.roles[to.region], c.role)
	}
	return sign(r.Context(), r, g.carried[at], name, region)
}

// carriedTo lists the roles that are in a Region only because to AWS they are
// in all.
func (g *gatekeeper) carriedTo(region string) []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	list := []string{}
	for _, role := range g.roles[region] {
		list = append(list, "AWS::IAM::Role "+role)
	}
	return list
}

// service is what the gate has to know about a service of a Region.
func (g *gatekeeper) service(e *emulator, region, name string) iam.Service {
	ask := func() (context.Context, context.CancelFunc) {
		return context.WithTimeout(context.Background(), 5*time.Second)
	}
	return iam.Service{
		Name: name, Region: region,
		ARN: func(service, resource string) string {
			return "arn:aws:" + service + ":" + region + ":" + account + ":" + resource
		},
		SecretARN: func(id string) string {
			ctx, cancel := ask()
			defer cancel()
			secret, err := secretsmanager.NewFromConfig(e.sdk(region)).DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: &id})
			switch {
			case err == nil:
				return aws.ToString(secret.ARN)
			case strings.HasPrefix(id, "arn:"):
				return id
			}
			// There is none, or the caller has not waited for the answer.
			return "arn:aws:secretsmanager:" + region + ":" + account + ":secret:" + id + "-000000"
		},
		BucketKey: func(bucket, object string) string {
			ctx, cancel := ask()
			defer cancel()
			if object != "" && !e.hasObject(ctx, bucket, object) {
				return ""
			}
			return g.keys.ofBucket(ctx, region, bucket)
		},
		PartitionKey: func(table string) string {
			ctx, cancel := ask()
			defer cancel()
			return partitionKey(e.describeTable(ctx, region, table))
		},
		TableKey: func(tableARN string) string {
			return g.keys.ofTable(region, tableARN[strings.LastIndex(tableARN, "/")+1:])
		},
	}
}

func (e *emulator) hasObject(ctx context.Context, bucket, object string) bool {
	_, err := e.s3().HeadObject(ctx, &s3.HeadObjectInput{Bucket: &bucket, Key: &object})
	return err == nil
}

// describeTable returns nothing of a table that the Region does not have.
func (e *emulator) describeTable(ctx context.Context, region, table string) types.TableDescription {
	described, err := dynamodb.NewFromConfig(e.sdk(region)).DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &table})
	if err != nil || described.Table == nil {
		return types.TableDescription{}
	}
	return *described.Table
}

// partitionKey is the name of a table's partition key; empty without a table.
func partitionKey(table types.TableDescription) string {
	for _, element := range table.KeySchema {
		if element.KeyType == types.KeyTypeHash {
			return aws.ToString(element.AttributeName)
		}
	}
	return ""
}

// complaint is an error when a function was not allowed what it asked for, or
// could not be judged.
func (g *gatekeeper) complaint() error {
	if g == nil {
		return nil
	}
	g.mu.Lock()
	lines := slices.Clone(g.stopped)
	g.mu.Unlock()
	for key, c := range g.known() {
		for _, access := range g.gate.Accesses(key) {
			if line := c.name + " may not " + access.Action + " on " + access.Resource; access.Denied && !g.expected[line] {
				lines = append(lines, line)
			}
		}
	}
	if len(lines) == 0 {
		return nil
	}
	slices.Sort(lines)
	return errors.New("the roles of functions do not suffice:\n  " + strings.Join(slices.Compact(lines), "\n  "))
}

func (g *gatekeeper) known() map[string]*caller {
	g.mu.Lock()
	defer g.mu.Unlock()
	return maps.Clone(g.callers)
}
