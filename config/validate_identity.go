package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/regionpair/regionpair/internal/limits"
	"github.com/regionpair/regionpair/internal/rule"
	"github.com/regionpair/regionpair/internal/strict"
)

// name checks what AWS refuses in the names that are derived from it.
func (v *validator) name() {
	p := strict.At("name")
	if !v.Sound(p) {
		return
	}
	for _, problem := range limits.CheckPairName(v.cfg.Name) {
		v.Add(p, problem.Found, problem.Fix)
	}
}

func (v *validator) regions() {
	v.distinctRegions()
	v.partitions()
	v.globalRegion()
}

func (v *validator) distinctRegions() {
	p := strict.At("secondaryRegion")
	if v.Sound(strict.At("primaryRegion"), p) && v.cfg.PrimaryRegion == v.cfg.SecondaryRegion {
		v.Add(p, fmt.Sprintf("%q is the primary Region too", v.cfg.SecondaryRegion), "use another Region: a pair survives only the loss of one of two")
	}
}

// partitions refuses what nobody has tried: outside the commercial partition Cognito and the log service have other
// names, which the stacks do not know.
func (v *validator) partitions() {
	for _, field := range []struct{ name, region string }{
		{"primaryRegion", v.cfg.PrimaryRegion}, {"secondaryRegion", v.cfg.SecondaryRegion}, {"globalRegion", v.cfg.GlobalRegion},
	} {
		p := strict.At(field.name)
		if region, known := LookupRegion(field.region); known && region.Partition != partitionAWS && v.Sound(p) {
			v.Add(p, fmt.Sprintf("%q is in partition %s, which is not supported", field.region, region.Partition),
				"use a Region of the partition aws: Cognito's hosts and other names differ elsewhere")
		}
	}
}

func (v *validator) globalRegion() {
	p := strict.At("globalRegion")
	if v.Sound(p, strict.At("alarms", "enabled")) && v.cfg.GlobalRegion != route53Home && *v.cfg.Alarms.Enabled {
		v.Add(p, fmt.Sprintf("%q has no health-check metrics to alarm on", v.cfg.GlobalRegion),
			fmt.Sprintf("use %q, where Route 53 publishes them, or set alarms.enabled to false", route53Home))
	}
}

func (v *validator) domain() {
	p, zone := strict.At("domainName"), strict.At("hostedZone", "name")
	if !v.Sound(p, zone) {
		return
	}
	name, parent := v.cfg.DomainName, v.cfg.HostedZone.Name
	if !limits.InZone(name, parent) {
		v.Add(p, fmt.Sprintf("%q is not in the hosted zone %q", name, parent), "use "+rule.Quote("api."+parent)+", or another hosted zone")
	}
}

// certificates checks that each is where its Region can use it.
func (v *validator) certificates() {
	c := v.cfg.Certificates
	primary, secondary := strict.At("certificates", "primary"), strict.At("certificates", "secondary")
	v.certificate(primary, c.Primary, strict.At("primaryRegion"), v.cfg.PrimaryRegion)
	v.certificate(secondary, c.Secondary, strict.At("secondaryRegion"), v.cfg.SecondaryRegion)
	v.bothOrNeither(primary, c.Primary, secondary, c.Secondary, "certificate")
}

// inRegion refuses what a service cannot use, because it is in another Region.
func (v *validator) inRegion(p strict.Path, found, region, noun, service string) {
	if found != region {
		v.Add(p, fmt.Sprintf("is a %s of %s, but the Region is %s", noun, found, region), fmt.Sprintf("use a %s of the Region: %s takes no other", noun, service))
	}
}

// inAccount refuses what is of another account than the pair's, where that is known.
func (v *validator) inAccount(p strict.Path, found, noun string) {
	if v.cfg.Account != "" && found != v.cfg.Account {
		v.Add(p, fmt.Sprintf("is a %s of account %s, but the pair is in %s", noun, found, v.cfg.Account), "use a "+noun+" of the same account")
	}
}

// bothOrNeither refuses what one Region has and the other one has not.
func (v *validator) bothOrNeither(primaryField strict.Path, primary string, secondaryField strict.Path, secondary, noun string) {
	missing := "is missing, and the other Region has one"
	switch fix := "give the ARN of a " + noun + " in each Region, or in none"; {
	case primary != "" && secondary == "" && v.Sound(secondaryField):
		v.Add(secondaryField, missing, fix)
	case secondary != "" && primary == "" && v.Sound(primaryField):
		v.Add(primaryField, missing, fix)
	}
}

// bucketKeys checks that each is where its Region's bucket can use it. Amazon S3 takes keys of other accounts, too.
func (v *validator) bucketKeys() {
	v.regionKeys(strict.At("storage", "keys"), v.cfg.Storage.Keys, "S3", func(strict.Path, string) {})
}

// tableKeys checks that each is where its Region's replica can use it: AWS documents tables under keys of their own account only.
func (v *validator) tableKeys(p strict.Path, keys RegionKeys) {
	v.regionKeys(p, keys, "DynamoDB", func(field strict.Path, account string) { v.inAccount(field, account, "key") })
}

// regionKeys checks the Region of each key and that there are two or none. Account checks whose it is.
func (v *validator) regionKeys(p strict.Path, keys RegionKeys, service string, account func(field strict.Path, account string)) {
	primary, secondary := p.To("primary"), p.To("secondary")
	for _, key := range []struct {
		field, regionField strict.Path
		arn, region        string
	}{
		{primary, strict.At("primaryRegion"), keys.Primary, v.cfg.PrimaryRegion}, {secondary, strict.At("secondaryRegion"), keys.Secondary, v.cfg.SecondaryRegion},
	} {
		arn := strings.Split(key.arn, ":")
		if len(arn) == 6 && v.Sound(key.field, key.regionField, strict.At("account")) {
			v.inRegion(key.field, arn[3], key.region, "key", service)
			account(key.field, arn[4])
		}
	}
	v.bothOrNeither(primary, keys.Primary, secondary, keys.Secondary, "key")
}

func (v *validator) certificate(p strict.Path, certificate string, regionField strict.Path, region string) {
	arn := strings.Split(certificate, ":")
	if len(arn) < 6 || !v.Sound(p, regionField, strict.At("account")) {
		return
	}
	v.inRegion(p, arn[3], region, "certificate", "API Gateway")
	v.inAccount(p, arn[4], "certificate")
}

func (v *validator) permissionsBoundary() {
	p := strict.At("permissionsBoundary")
	arn := strings.Split(v.cfg.PermissionsBoundary, ":")
	if !v.Sound(p, strict.At("primaryRegion"), strict.At("account")) || len(arn) < 6 {
		return
	}
	partition, account := arn[1], arn[4]
	if partition != partitionAWS {
		v.Add(p, fmt.Sprintf("is a policy of partition %s, but the Regions are in %s", partition, partitionAWS), "use a policy of the same partition")
	}
	if account != "aws" {
		v.inAccount(p, account, "policy")
	}
}

// maxTagKey is AWS's limit for the key of a tag.
const maxTagKey = 128

func (v *validator) tags() {
	v.tagsDiffer()
	for key, value := range v.cfg.Tags {
		p := strict.At("tags", key)
		if v.Blamed(p) {
			continue
		}
		switch {
		case key == "" || len([]rune(key)) > maxTagKey:
			v.Add(p, fmt.Sprintf("the key has %d characters", len([]rune(key))), fmt.Sprintf("use 1 to %d", maxTagKey))
		case strings.HasPrefix(strings.ToLower(key), "aws:"):
			v.Add(p, `the key begins with "aws:"`, "use another key: AWS keeps that prefix for itself")
		case !taggable(key):
			v.Add(p, "the key has a character that AWS does not allow", "use letters, digits, spaces and _ . : / = + - @")
		case !taggable(value):
			v.Add(p, "the value "+rule.Quote(value)+" has a character that AWS does not allow", "use letters, digits, spaces and _ . : / = + - @")
		}
	}
}

// tagsDiffer refuses what most services take and IAM does not: no role could be made.
func (v *validator) tagsDiffer() {
	seen := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(v.cfg.Tags)) {
		folded := strings.ToLower(key)
		if other, exists := seen[folded]; exists && !v.Blamed(strict.At("tags", key)) {
			v.Add(strict.At("tags", key), "the key differs from "+rule.Quote(other)+" in upper and lower case only", "remove one: IAM takes them for the same")
		}
		seen[folded] = key
	}
}
