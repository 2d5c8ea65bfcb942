package regionpair

import (
	"cmp"
	"maps"
	"regexp"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/jsii-runtime-go"

	"github.com/regionpair/regionpair/internal/contract"
)

var unitTableName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

// tables refuses names that no variable could hold, and what is wrong with each.
func (c *check) tables(pair *Pair, tables map[string]TableReplicaProps) {
	for _, name := range slices.Sorted(maps.Keys(tables)) {
		c.refuse(!unitTableName.MatchString(name), "'Tables' must have names of a small letter and up to 31 small letters, digits and hyphens, got '%s'", name)
		props := tables[name].in(pair, name)
		c.add(props.Validate())
	}
}

// in is what the unit makes of the props of a table.
func (p TableReplicaProps) in(pair *Pair, name string) *TableReplicaProps {
	p.Pair, p.TableName = pair, cmp.Or(p.TableName, pair.TableName(name))
	return &p
}

// newTables defines this Region's side of each table. They share a key: whoever
// may use one of them may usually use all.
func (u *regionUnit) newTables() map[string]TableReplica {
	tables := map[string]TableReplica{}
	var shared awskms.IKey
	all := u.props.allTables()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		props := all[name].in(u.pair, name)
		if props.EncryptionKey == nil {
			if shared == nil {
				shared = newTableKey(u, "TablesKey", "Encrypts the tables of "+u.pair.Name(), u.pair)
			}
			props.EncryptionKey = shared
		}
		tables[name] = NewTableReplica(u, jsii.String("Table-"+name), props)
	}
	return tables
}

func (u *regionUnit) Table(name string) TableReplica {
	table, exists := u.tables[name]
	if !exists {
		misuse("RegionUnit has no table '%s' in 'Tables', only %v", name, slices.Sorted(maps.Keys(u.tables)))
	}
	return table
}

// grantTables lets the compiled handler use every table, and tells it their names.
func (u *regionUnit) grantTables(grantee awsiam.IGrantable) {
	for _, name := range slices.Sorted(maps.Keys(u.props.Tables)) {
		u.tables[name].GrantReadWrite(grantee)
	}
}

// handlerEnvironment are the variables with the names of bucket and tables. With
// DurabilitySync the bucket is the object API's alone: a function that does not
// keep the index would read what is not acknowledged, and write what nobody finds.
func (u *regionUnit) handlerEnvironment() map[string]string {
	environment := map[string]string{contract.FenceVariable: u.pair.FenceParameter()}
	if u.index() == nil {
		environment["BUCKET_NAME"] = u.bucket.BucketName()
	}
	for name := range u.props.Tables {
		environment[contract.TableVariable(name)] = u.tables[name].TableName()
	}
	return environment
}

// healthTables are probed when anything but the endpoint itself is.
func (u *regionUnit) healthTables() map[string]TableReplica {
	if u.props.HealthDepth == HealthStatic {
		return nil
	}
	return u.tables
}
