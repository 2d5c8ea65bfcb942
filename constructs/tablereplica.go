package regionpair

import (
	"cmp"
	"regexp"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/regionpair/regionpair/internal/contract"
)

// TableConsistency is what a write to one Region means for the other.
type TableConsistency = contract.TableConsistency

const (
	// TableEventual acknowledges a write in its own Region and copies it within
	// about a second. Of two writes of one item the last one wins.
	TableEventual TableConsistency = contract.TableEventual
	// TableStrong acknowledges a write when another Region has it. Conditions
	// hold in all Regions, and strongly consistent reads see every write.
	TableStrong TableConsistency = contract.TableStrong
)

// TableReplicaProps configures a [TableReplica].
type TableReplicaProps struct {
	// Pair that the table belongs to. Its RemovalPolicy is that of the key.
	// Required.
	Pair *Pair
	// TableName is the literal name, the same in all Regions.
	// Required. [RegionUnitProps.Tables] has a default.
	TableName string
	// PartitionKey of the table.
	// Required.
	PartitionKey *awsdynamodb.Attribute
	// SortKey of the table.
	// Default: none; the partition key is the whole key of an item.
	SortKey *awsdynamodb.Attribute
	// Consistency of the table.
	// Default: TableEventual.
	Consistency TableConsistency
	// HasIndexes says that the table has secondary indexes, of which [ReplicatedTable]
	// has the list: grants let functions query and scan them, too.
	// Default: false.
	HasIndexes bool
	// EncryptionKey of this replica, in this Region and account: one of this stack,
	// or one that exists already, such as [awskms.Key_FromKeyArn] gives, whose key
	// policy stays its owner's.
	// Default: a key of its own.
	EncryptionKey awskms.IKey
}

// Validate returns everything that is wrong at once.
func (p *TableReplicaProps) Validate() error {
	p = orNew(p)
	c := checking("TableReplica")
	c.requires("Pair", p.Pair)
	if c.requires("TableName", p.TableName) {
		c.refuse(!tableName.MatchString(p.TableName),
			"'TableName' must be a literal name of 3 to 255 letters, digits, '_', '.' and '-', got '%s': both Regions and their functions compute it", p.TableName)
	}
	if c.requires("PartitionKey", p.PartitionKey) {
		c.attribute("PartitionKey", p.PartitionKey)
	}
	c.attribute("SortKey", p.SortKey)
	oneOf(c, "Consistency", p.Consistency, TableEventual, TableStrong)
	return c.err()
}

func (c *check) attribute(property string, attribute *awsdynamodb.Attribute) {
	c.refuse(attribute != nil && (attribute.Name == nil || *attribute.Name == "" || attribute.Type == ""), "'%s' needs a name and a type", property)
}

// TableReplica is what one Region knows of a global table before there is one:
// names, the key that encrypts this Region's copy, and grants. It belongs in the
// Region's own stack, so that functions need nothing of another stack; the table
// itself is made by [ReplicatedTable].
type TableReplica interface {
	constructs.Construct
	// Pair that the table belongs to.
	Pair() *Pair
	// TableName is the literal name given in the props.
	TableName() string
	// TableArn of this Region's replica.
	TableArn() string
	// Key encrypts this Region's replica.
	Key() awskms.IKey
	// Region of the replica.
	Region() string
	// Consistency of the table.
	Consistency() TableConsistency
	// GrantRead lets a function of this Region read items, and query and scan the
	// indexes if there are any.
	GrantRead(grantee awsiam.IGrantable)
	// GrantReadWrite lets a function of this Region read, write and delete items,
	// and query and scan the indexes if there are any.
	GrantReadWrite(grantee awsiam.IGrantable)
	// replica keeps others from implementing the interface: [ReplicatedTable]
	// compares what its two replicas were made of.
	replica() *tableReplica
}

type tableReplica struct {
	constructs.Construct
	props *TableReplicaProps
	key   awskms.IKey
}

func (t *tableReplica) Pair() *Pair { return t.props.Pair }

func (t *tableReplica) TableName() string { return t.props.TableName }

func (t *tableReplica) TableArn() string {
	return stackArnOf(t, "dynamodb", "table/"+t.props.TableName)
}

func (t *tableReplica) Key() awskms.IKey { return t.key }

func (t *tableReplica) Region() string { return regionOf(t) }

func (t *tableReplica) Consistency() TableConsistency {
	return cmp.Or(t.props.Consistency, TableEventual)
}

func (t *tableReplica) replica() *tableReplica { return t }

var tableName = regexp.MustCompile(`^[A-Za-z0-9_.-]{3,255}$`)

// NewTableReplica defines the key, unless one is given.
func NewTableReplica(scope constructs.Construct, id *string, props *TableReplicaProps) TableReplica {
	mustBeValid(props.Validate())
	props.Pair.roleOf("TableReplica", scope)
	t := &tableReplica{props: props, key: props.EncryptionKey}
	newConstruct(t, scope, id)
	if t.key == nil {
		t.key = newTableKey(t, "Key", "Encrypts the table "+props.TableName, props.Pair)
	}
	// The stack of the global table refers to it, perhaps from the other Region.
	referToWeaklyIfDefined(t.key)
	return t
}

// newTableKey defines a key for the tables of a Region.
func newTableKey(scope constructs.Construct, id, description string, pair *Pair) awskms.Key {
	return awskms.NewKey(scope, &id, &awskms.KeyProps{
		Description:       &description,
		EnableKeyRotation: jsii.Bool(true),
		RemovalPolicy:     keepByDefault(pair.props.RemovalPolicy),
	})
}

var (
	// readIndex are the only actions on an index.
	readIndex  = []string{"dynamodb:Query", "dynamodb:Scan"}
	readItems  = []string{"dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan"}
	writeItems = []string{"dynamodb:BatchWriteItem", "dynamodb:ConditionCheckItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"}
)

func (t *tableReplica) GrantRead(grantee awsiam.IGrantable) {
	t.grant(grantee, readItems, []string{"kms:Decrypt", "kms:DescribeKey"})
}

func (t *tableReplica) GrantReadWrite(grantee awsiam.IGrantable) {
	t.grant(grantee, append(append([]string{}, readItems...), writeItems...),
		[]string{"kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo"})
}

// grant allows actions on the table and its indexes. The caller of DynamoDB needs
// the key, too, and only by way of DynamoDB.
func (t *tableReplica) grant(grantee awsiam.IGrantable, actions, keyActions []string) {
	grant(grantee, actions, nil, t.TableArn())
	if t.props.HasIndexes {
		grant(grantee, readIndex, nil, t.TableArn()+"/index/*")
	}
	grant(grantee, keyActions, t.viaDynamoDB(), *keyArnOf(t.key))
}

func (t *tableReplica) viaDynamoDB() map[string]any {
	return map[string]any{"StringEquals": map[string]any{"kms:ViaService": "dynamodb." + regionOf(t) + "." + urlSuffixOf(t)}}
}
