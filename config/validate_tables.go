package config

import (
	"fmt"
	"maps"
	"slices"

	"github.com/regionpair/regionpair/internal/limits"
	"github.com/regionpair/regionpair/internal/rule"
	"github.com/regionpair/regionpair/internal/strict"
)

// KeyType returns the type of an attribute in a key of the table.
func (t Table) KeyType(attribute string) AttributeType {
	if given, exists := t.AttributeTypes[attribute]; exists {
		return given
	}
	return AttributeString
}

func (v *validator) tables() {
	for _, name := range slices.Sorted(maps.Keys(v.cfg.Tables)) {
		p, table := strict.At("tables", name), v.cfg.Tables[name]
		if v.Blamed(p) {
			continue
		}
		v.keySchema(p, table)
		v.tableConsistency(p, table)
		v.tableCapacity(p, table)
		v.tableKeys(p.To("keys"), table.Keys)
	}
}

func (v *validator) keySchema(p strict.Path, table Table) {
	used := []string{table.PartitionKey, table.SortKey}
	v.differentKeys(p, table.PartitionKey, table.SortKey)
	for _, name := range slices.Sorted(maps.Keys(table.Indexes)) {
		index, here := table.Indexes[name], p.To("indexes").To(name)
		v.differentKeys(here, index.PartitionKey, index.SortKey)
		used = append(used, index.PartitionKey, index.SortKey)
	}
	v.projections(p.To("indexes"), table.Indexes)
	for _, attribute := range slices.Sorted(maps.Keys(table.AttributeTypes)) {
		if at := p.To("attributeTypes").To(attribute); !slices.Contains(used, attribute) && v.Sound(at) {
			v.Add(at, "is in no key of the table or its indexes", "remove it: DynamoDB wants the types of keys only")
		}
	}
}

// maxProjected is DynamoDB's limit for all indexes of a table. An attribute counts in each of them.
const maxProjected = 100

func (v *validator) projections(p strict.Path, indexes map[string]Index) {
	total := 0
	for _, index := range indexes {
		total += len(index.Attributes)
	}
	if total > maxProjected && v.Sound(p) {
		v.Add(p, fmt.Sprintf("have %d attributes together", total),
			fmt.Sprintf("use at most %d (DynamoDB's limit; each counts in every index), or leave attributes out: the index then has all", maxProjected))
	}
}

func (v *validator) differentKeys(p strict.Path, partition, sort string) {
	if sort != "" && sort == partition && v.Sound(p.To("sortKey")) {
		v.Add(p.To("sortKey"), rule.Quote(sort)+" is the partition key already", "use another attribute, or remove it")
	}
}

func (v *validator) tableConsistency(p strict.Path, table Table) {
	if !v.Sound(p.To("consistency")) {
		return
	}
	if table.Consistency == TableStrong {
		v.strongTable(p, table)
		return
	}
	if table.WitnessRegion != "" && v.Sound(p.To("witnessRegion")) {
		v.Add(p.To("witnessRegion"), `has no meaning with consistency "eventual"`, `remove it, or set consistency to "strong"`)
	}
	if table.Stream != StreamBothImages && v.Sound(p.To("stream")) {
		v.Add(p.To("stream"), fmt.Sprintf("%q cannot be with consistency \"eventual\", which replicates by the stream", table.Stream), fmt.Sprintf("remove it, or use %q", StreamBothImages))
	}
}

func (v *validator) strongTable(p strict.Path, table Table) {
	if table.TimeToLiveAttribute != "" && v.Sound(p.To("timeToLiveAttribute")) {
		v.Add(p.To("timeToLiveAttribute"), `cannot be with consistency "strong"`, "remove it: DynamoDB has no TTL there")
	}
	if !v.Sound(strict.At("primaryRegion"), strict.At("secondaryRegion")) {
		return
	}
	if problem := limits.CheckStrongTable(v.cfg.PrimaryRegion, v.cfg.SecondaryRegion); problem != nil {
		v.Add(p.To("consistency"), problem.Found, problem.Fix)
		return
	}
	if !v.Sound(p.To("witnessRegion")) {
		return
	}
	if problem := limits.CheckThirdRegion(v.cfg.PrimaryRegion, v.cfg.SecondaryRegion, table.WitnessRegion); problem != nil {
		v.Add(p.To("witnessRegion"), problem.Found, problem.Fix)
	}
}

func (v *validator) tableCapacity(p strict.Path, table Table) {
	c, here := table.Capacity, p.To("capacity")
	if !v.Sound(here, p.To("billing")) {
		return
	}
	if untouched := (Table{}).withDefaults().Capacity; table.Billing == BillingOnDemand && c != untouched {
		v.Add(here, `has no meaning with billing "on-demand"`, `remove it, or set billing to "provisioned"`)
		return
	}
	for _, unit := range []struct {
		low, high       string
		lowest, highest int
	}{{"minRead", "maxRead", c.MinRead, c.MaxRead}, {"minWrite", "maxWrite", c.MinWrite, c.MaxWrite}} {
		if unit.lowest > unit.highest {
			v.Add(here.To(unit.low), fmt.Sprintf("%d is more than %s, %d", unit.lowest, unit.high, unit.highest), fmt.Sprintf("use at most %d, or a larger %s", unit.highest, unit.high))
		}
	}
}
