package contract

// TableVariable is the environment variable of a handler with the name of a
// table: TABLE_ORDERS for "orders".
func TableVariable(table string) string {
	name := []byte("TABLE_" + table)
	for i, c := range name {
		switch {
		case c == '-':
			name[i] = '_'
		case c >= 'a' && c <= 'z':
			name[i] = c - 'a' + 'A'
		}
	}
	return string(name)
}

// HealthTables is the environment variable of the health function with the
// tables that it reads, a JSON object of [HealthTable] by name.
const HealthTables = "HEALTH_TABLES"

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
