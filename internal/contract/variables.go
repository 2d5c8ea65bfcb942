package contract

import "strings"

// TableVariable is the environment variable of a handler with the name of a
// table: TABLE_ORDERS for "orders".
func TableVariable(table string) string { return variable("TABLE_", table) }

// SecretVariable is the environment variable of a handler with the name of a
// secret of the app: SECRET_PARTNER_API for "partner-api".
func SecretVariable(secret string) string { return variable("SECRET_", secret) }

// ParameterVariable is the environment variable of a handler with the path of a
// parameter of the app: PARAMETER_PAGE_SIZE for "page-size".
func ParameterVariable(parameter string) string { return variable("PARAMETER_", parameter) }

// variable is what a shell takes for a name: capitals, digits and underscores.
func variable(kind, name string) string {
	return kind + strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z':
			return c - 'a' + 'A'
		case c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
			return c
		}
		return '_'
	}, name)
}

// HealthTablesFile is the file beside the health function's binary with the
// tables that it reads, a JSON object of [HealthTable] by name: many tables are
// too long for an environment variable. Without tables there is no file.
const HealthTablesFile = "tables.json"

// HealthTable is a table that the health function reads.
type HealthTable struct {
	// Table is the table's full name.
	Table string `json:"table"`
	// Key has the types of the key's attributes, "S", "N" or "B", by name.
	Key map[string]string `json:"key"`
}

// HealthItem is the key, where it is a text, of the item that the health
// function asks for. No item needs to have it.
const HealthItem = "regionpair.health"

// HealthFrontDoor is the environment variable of the health function with what it
// asks through the API's own front door, a [FrontDoor] as JSON.
const HealthFrontDoor = "HEALTH_FRONT_DOOR"

// FrontDoor is what the health function asks as clients of the API do.
type FrontDoor struct {
	// Host is the API's address in this Region, and Name the name that clients
	// call it by.
	Host string `json:"host"`
	Name string `json:"name"`
	// Path is asked with GET.
	Path string `json:"path"`
	// Secret has the credentials of a machine client that may; empty for a public
	// path.
	Secret string `json:"secret,omitempty"`
}

// HealthClient is the id with which the health function asks the token endpoint
// whether it works. No client has it: theirs begin with the name of the pair.
const HealthClient = "health"
