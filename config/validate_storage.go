package config

import (
	"fmt"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/limits"
	"github.com/regionpair/regionpair/internal/strict"
)

func (v *validator) storage() {
	durability := strict.At("storage", "durability")
	if !v.Sound(durability) {
		return
	}
	if v.cfg.Storage.Durability == DurabilitySync {
		v.synchronousObjects(durability)
		return
	}
	for name, given := range map[string]bool{
		"whenPeerIsDown": v.cfg.Storage.WhenPeerIsDown != "", "witnessRegion": v.cfg.Storage.WitnessRegion != "", "indexKeys": v.cfg.Storage.IndexKeys != RegionKeys{},
	} {
		if p := strict.At("storage", name); given && v.Sound(p) {
			v.Add(p, `has no meaning with durability "async"`, `remove it, or set storage.durability to "sync"`)
		}
	}
}

func (v *validator) synchronousObjects(durability strict.Path) {
	if v.cfg.Handler.Entry != "" {
		v.Add(durability, `"sync" is a property of the bundled objects function, and handler.entry names another one`,
			`remove it, and keep what must not be lost in a table with consistency "strong"`)
	}
	if p := strict.At("tables", contract.IndexTable); v.hasTable(contract.IndexTable) && v.Sound(p) {
		v.Add(p, `is the name of the index with storage.durability "sync"`, "use another name")
	}
	v.tableKeys(strict.At("storage", "indexKeys"), v.cfg.Storage.IndexKeys)
	if !v.Sound(strict.At("primaryRegion"), strict.At("secondaryRegion")) {
		return
	}
	primary, secondary := v.cfg.PrimaryRegion, v.cfg.SecondaryRegion
	if limits.CheckStrongTable(primary, secondary) != nil {
		v.Add(durability, fmt.Sprintf(`"sync" is not possible between %q and %q: DynamoDB keeps no table strongly consistent there`, primary, secondary),
			`use "async", or two Regions of one set: `+limits.StrongTableSets())
		return
	}
	witness := strict.At("storage", "witnessRegion")
	if problem := limits.CheckThirdRegion(primary, secondary, v.cfg.Storage.WitnessRegion); problem != nil && v.Sound(witness) {
		v.Add(witness, problem.Found, problem.Fix)
	}
}

func (v *validator) hasTable(name string) bool {
	_, exists := v.cfg.Tables[name]
	return exists
}
