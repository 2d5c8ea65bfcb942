package regionpair

import (
	"maps"
	"regexp"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/jsii-runtime-go"

	"github.com/regionpair/regionpair/internal/contract"
)

var unitTableName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

// newTables defines this Region's side of each table. They share a key: whoever
// may use one of them may usually use all.
func (u *regionUnit) newTables() map[string]TableReplica {
	tables := map[string]TableReplica{}
	if u.props.Tables == nil {
		return tables
	}
	var shared awskms.Key
	for _, name := range slices.Sorted(maps.Keys(*u.props.Tables)) {
		if !unitTableName.MatchString(name) {
			misuse("RegionUnit 'Tables' must have names of a small letter and up to 31 small letters, digits and hyphens, got '%s'", name)
		}
		props := TableReplicaProps{}
		if given := (*u.props.Tables)[name]; given != nil {
			props = *given
		}
		props.TableName = orString(props.TableName, *u.props.PairName+"-"+name)
		if props.RemovalPolicy == "" {
			props.RemovalPolicy = u.props.RemovalPolicy
		}
		if props.EncryptionKey == nil {
			if shared == nil {
				shared = newTableKey(u, "TablesKey", "Encrypts the tables of "+*u.props.PairName, u.props.RemovalPolicy)
			}
			props.EncryptionKey = shared
		}
		tables[name] = NewTableReplica(u, jsii.String("Table-"+name), &props)
	}
	return tables
}

func (u *regionUnit) Table(name *string) TableReplica {
	required("RegionUnit.Table", "name", name == nil)
	table, exists := u.tables[*name]
	if !exists {
		misuse("RegionUnit has no table '%s' in 'Tables', only %v", *name, slices.Sorted(maps.Keys(u.tables)))
	}
	return table
}

// grantTables lets the compiled handler use every table, and tells it their names.
func (u *regionUnit) grantTables(grantee awsiam.IGrantable) {
	for _, name := range slices.Sorted(maps.Keys(u.tables)) {
		u.tables[name].GrantReadWrite(grantee)
	}
}

// tableVariables are the environment variables with the names of the tables.
func (u *regionUnit) tableVariables(environment map[string]*string) {
	for name, table := range u.tables {
		environment[contract.TableVariable(name)] = table.TableName()
	}
}
