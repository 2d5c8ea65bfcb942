package operate

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"
)

// identifiers that the pair gives its records.
const (
	setPrimary = "primary"
	setStandby = "secondary"
)

func (i Inventory) record(set string) *r53types.ResourceRecordSet {
	for n, record := range i.records.value {
		if aws.ToString(record.SetIdentifier) == set {
			return &i.records.value[n]
		}
	}
	return nil
}

// aboutRecords asks about the records, when they can be read.
func aboutRecords(look func(i Inventory) []string) func(Inventory) ([]string, error) {
	return func(i Inventory) ([]string, error) {
		if i.records.err != nil {
			return nil, fmt.Errorf("route 53: %s", plainly(i.records.err))
		}
		return look(i), nil
	}
}

// target of a record: its alias or its CNAME.
func target(record *r53types.ResourceRecordSet) string {
	if record.AliasTarget != nil {
		return strings.TrimSuffix(aws.ToString(record.AliasTarget.DNSName), ".")
	}
	for _, value := range record.ResourceRecords {
		return strings.TrimSuffix(aws.ToString(value.Value), ".")
	}
	return ""
}

func recordLeads(set string, to func(i Inventory) place) func(Inventory) ([]string, error) {
	return aboutRecords(func(i Inventory) []string {
		record, region := i.record(set), to(i)
		if record == nil {
			return []string{fmt.Sprintf("%s has no record %q", i.Pair.Domain, set)}
		}
		if !region.HasFacts {
			return nil
		}
		return wrong(unless(strings.EqualFold(target(record), region.Facts.RegionalDomainName), "%q leads to %s instead of %s", set, target(record), region.Facts.RegionalDomainName))
	})
}

// recordCheck is the calculated check of the primary's record and its children;
// ok is false when there is none, which is a check of its own.
func (i Inventory) recordCheck() (check *r53types.HealthCheckConfig, children []*r53types.HealthCheckConfig, err error) {
	record := i.record(setPrimary)
	if record == nil || record.HealthCheckId == nil {
		return nil, nil, nil
	}
	found := i.checks[*record.HealthCheckId]
	if found.err != nil {
		return nil, nil, found.err
	}
	for _, id := range found.value.ChildHealthChecks {
		child := i.checks[id]
		if child.err != nil {
			return nil, nil, child.err
		}
		children = append(children, child.value)
	}
	return found.value, children, nil
}

// standbyCheck is the check of the standby's record with failover routing; nil
// where there is none.
func (i Inventory) standbyCheck() (*r53types.HealthCheckConfig, error) {
	record := i.record(setStandby)
	if record == nil || record.Failover == "" || record.HealthCheckId == nil {
		return nil, nil
	}
	found := i.checks[*record.HealthCheckId]
	return found.value, found.err
}

// onlyConnects says what is wrong with the check of the standby's record.
func (i Inventory) onlyConnects(check *r53types.HealthCheckConfig) string {
	switch {
	case check == nil:
		return "it has no health check"
	case check.Type != r53types.HealthCheckTypeTcp || aws.ToBool(check.Inverted):
		return fmt.Sprintf("its health check is of type %s", check.Type)
	}
	host := aws.ToString(check.FullyQualifiedDomainName)
	return unless(!i.standby.HasFacts || host == i.standby.Facts.HealthHost, "its health check connects to %s instead of %s", host, i.standby.Facts.HealthHost)
}

// healthChecks asks about the primary's checks, when there are any.
func healthChecks(look func(i Inventory, check *r53types.HealthCheckConfig, children []*r53types.HealthCheckConfig) []string) func(Inventory) ([]string, error) {
	return func(i Inventory) ([]string, error) {
		check, children, err := i.recordCheck()
		if err = errors.Join(i.records.err, err); err != nil {
			return nil, fmt.Errorf("route 53: %s", plainly(err))
		}
		if check == nil {
			return nil, nil
		}
		return look(i, check, children), nil
	}
}

// noticedWithin is how many seconds a check may take to change its mind.
const noticedWithin = 60

// asks says whether one of the checks asks a Region, inverted or not.
func asks(children []*r53types.HealthCheckConfig, p place, inverted bool) bool {
	for _, child := range children {
		if aws.ToString(child.FullyQualifiedDomainName) == p.Facts.HealthHost && aws.ToBool(child.Inverted) == inverted {
			return true
		}
	}
	return false
}

func dnsChecks() []Check {
	const category, wire = "dns", "npx cdk deploy --exclusively {pair}-global; if it says that nothing has changed, put it back by hand"
	return []Check{{
		"DNS-01", category, "Is there a record that leads to the primary?", BlocksPlanned, "Clients reach another API, or none.", wire,
		recordLeads(setPrimary, func(i Inventory) place { return i.primary }),
	}, {
		"DNS-02", category, "Is there a record that leads to the standby?", Blocks, "A failover leads nowhere.", wire,
		recordLeads(setStandby, func(i Inventory) place { return i.standby }),
	}, {
		"DNS-03", category, "Does the primary's record have a health check?", Blocks, "Nothing ever moves the clients.", wire,
		aboutRecords(func(i Inventory) []string {
			record := i.record(setPrimary)
			return wrong(unless(record == nil || record.HealthCheckId != nil, "it has none"))
		}),
	}, {
		"DNS-04", category, "Does the standby's record have a health check that only connects?", Blocks,
		"Without one, a primary that is ill sends clients to a standby that is dead. With one that reads answers, a standby that is ill sends them back to a primary that is dead.", wire,
		func(i Inventory) ([]string, error) {
			record := i.record(setStandby)
			check, err := i.standbyCheck()
			if err = errors.Join(i.records.err, err); err != nil {
				return nil, fmt.Errorf("route 53: %s", plainly(err))
			}
			if record == nil || record.Failover == "" {
				return nil, nil
			}
			return wrong(i.onlyConnects(check)), nil
		},
	}, {
		"DNS-05", category, "Does the check need both, a healthy primary and a switch that is off?", Blocks, "One of them does not move the clients.", wire,
		healthChecks(func(_ Inventory, check *r53types.HealthCheckConfig, _ []*r53types.HealthCheckConfig) []string {
			children, needed := len(check.ChildHealthChecks), aws.ToInt32(check.HealthThreshold)
			return wrong(unless(children >= 2 && int(needed) == children, "it needs %d of %d", needed, children))
		}),
	}, {
		"DNS-06", category, "Is the primary's health endpoint what is checked?", Blocks, "A primary that fails is not noticed.", wire,
		healthChecks(func(i Inventory, _ *r53types.HealthCheckConfig, children []*r53types.HealthCheckConfig) []string {
			return wrong(unless(!i.primary.HasFacts || asks(children, i.primary, false), "no check asks %s", i.primary.Facts.HealthHost))
		}),
	}, {
		"DNS-07", category, "Is the standby's switch checked, inverted?", Blocks, "The switch does not move the clients.", wire,
		healthChecks(func(i Inventory, _ *r53types.HealthCheckConfig, children []*r53types.HealthCheckConfig) []string {
			return wrong(unless(!i.standby.HasFacts || asks(children, i.standby, true), "no inverted check asks %s", i.standby.Facts.HealthHost))
		}),
	}, {
		"DNS-08", category, "Are all of these checks enabled?", Blocks, "A disabled check counts as healthy for ever.",
		"aws route53 update-health-check --health-check-id <id> --no-disabled",
		healthChecks(func(i Inventory, check *r53types.HealthCheckConfig, children []*r53types.HealthCheckConfig) []string {
			disabled, all := 0, slices.Concat(children, []*r53types.HealthCheckConfig{check})
			if standby, _ := i.standbyCheck(); standby != nil {
				all = append(all, standby)
			}
			for _, one := range all {
				if aws.ToBool(one.Disabled) {
					disabled++
				}
			}
			return wrong(unless(disabled == 0, "%d are disabled", disabled))
		}),
	}, {
		"DNS-09", category, "Is a failure noticed within a minute, and a switch as well?", Warns, "Clients wait for longer than they need to.", "health.intervalSeconds and health.failureThreshold in the configuration; a changed interval makes a new check",
		healthChecks(func(_ Inventory, _ *r53types.HealthCheckConfig, children []*r53types.HealthCheckConfig) []string {
			problems := []string{}
			for _, child := range children {
				takes := aws.ToInt32(child.RequestInterval) * aws.ToInt32(child.FailureThreshold)
				problems = append(problems, unless(takes <= noticedWithin, "what %s says is noticed after %d s", aws.ToString(child.FullyQualifiedDomainName), takes))
			}
			return wrong(problems...)
		}),
	}, {
		"DNS-10", category, "Do resolvers forget an answer within a minute?", BlocksPlanned, "Clients stay with the failed Region for as long.", wire,
		aboutRecords(func(i Inventory) []string {
			problems := []string{}
			for _, record := range i.records.value {
				ttl := aws.ToInt64(record.TTL)
				problems = append(problems, unless(ttl <= 60, "the record %q is kept for %d s", aws.ToString(record.SetIdentifier), ttl))
			}
			return wrong(problems...)
		}),
	}, {
		"DNS-11", category, "Are there no other records of the name?", BlocksPlanned, "Some clients are led elsewhere.", "aws route53 list-resource-record-sets --hosted-zone-id <zone>, and remove what is not the pair's",
		aboutRecords(func(i Inventory) []string {
			problems := []string{}
			for _, record := range i.records.value {
				set := aws.ToString(record.SetIdentifier)
				problems = append(problems, unless(set == setPrimary || set == setStandby, "there is a record %q", set))
			}
			return wrong(problems...)
		}),
	}, {
		"DNS-12", category, "Do all name servers answer alike?", Warns, "Clients are moving, or a name server is out of step.", "regionpair status --watch",
		func(i Inventory) ([]string, error) {
			said := map[string]bool{}
			for _, answer := range i.Authoritative {
				if answer.Error != "" {
					return nil, fmt.Errorf("%s %s", answer.Server, answer.Error)
				}
				said[answer.Region] = true
			}
			return wrong(unless(len(said) == 1, "they answer %d Regions", len(said))), nil
		},
	}}
}

func switchChecks() []Check {
	const category = "switch"
	return []Check{{
		"SWITCH-01", category, "Are the switch in the standby and the hold in the primary off?", BlocksPlanned, "Clients are kept from the primary: there is nothing to fail over to.", "regionpair failback, or regionpair release",
		func(i Inventory) ([]string, error) {
			if err := i.standby.unknown(nil); err != nil {
				return nil, err
			}
			return wrong(
				unless(i.standby.Switch == "off", "the switch is %s since %s", i.standby.Switch, stamp(i.standby.SwitchSince)),
				unless(!i.primary.heldByPerson(), "the hold is on since %s", stamp(i.primary.HoldSince)),
			), nil
		},
	}, {
		"SWITCH-02", category, "Does the standby tell Route 53 the position of the switch?", Blocks, "The switch does not move the clients.",
		"the log of the health function in {standby}: the parameter cannot be read, or has been for less than 5 s",
		func(i Inventory) ([]string, error) {
			if err := i.standby.unknown(i.standby.position.err); err != nil {
				return nil, err
			}
			return wrong(unless(i.standby.position.value == i.standby.Switch, "the switch is %s, Route 53 sees %s", i.standby.Switch, i.standby.position.value)), nil
		},
	}, {
		"SWITCH-03", category, "Do both Regions take writes?", Blocks, "Clients that are moved to a Region whose fence is on get 503 for every write.",
		"regionpair release; for {standby}: aws ssm put-parameter --region {standby} --name /{pair}/failover/fence --value off --overwrite",
		func(i Inventory) ([]string, error) {
			if err := i.standby.unknown(nil); err != nil {
				return nil, err
			}
			found := []string{}
			for _, r := range i.Regions {
				found = append(found, unless(!r.fenced(), "the fence of %s is %s since %s", r.Region, r.Fence, stamp(r.FenceSince)))
			}
			return wrong(found...), nil
		},
	}}
}

func doorChecks() []Check {
	const category = "front door"
	healthy := func(pick func(i Inventory) place) func(Inventory) ([]string, error) {
		return func(i Inventory) ([]string, error) {
			p := pick(i)
			if err := p.unknown(nil); err != nil {
				return nil, err
			}
			problem := joined(p.Health.Failing)
			if problem == "" {
				problem = p.Health.Error
			}
			return wrong(unless(p.Health.Status == "healthy", "%s is %s: %s", p.Region, p.Health.Status, problem)), nil
		}
	}
	door := func(pick func(i Inventory) place) func(Inventory) ([]string, error) {
		return func(i Inventory) ([]string, error) {
			p := pick(i)
			if err := p.unknown(nil); err != nil {
				return nil, err
			}
			return wrong(
				unless(p.Door.opens(p.Region), "%s under the name %s: %s", p.Region, i.Pair.Domain, p.Door.problem()),
				unless(!p.Door.opens(p.Region) || p.metadata.Status == 200, "%s answers %d to the metadata of its token endpoint", p.Region, p.metadata.Status),
			), nil
		}
	}
	primary, standby := func(i Inventory) place { return i.primary }, func(i Inventory) place { return i.standby }
	const open = "open the health endpoint of the Region: it names what is wrong"
	return []Check{{
		"DOOR-01", category, "Does the primary report itself healthy?", BlocksPlanned, "Clients are being moved, or there is nowhere to go back to.", open, healthy(primary),
	}, {
		"DOOR-02", category, "Does the standby report itself healthy?", Blocks, "There is nothing to fail over to.", open, healthy(standby),
	}, {
		"DOOR-03", category, "Does the primary answer under the pair's name?", BlocksPlanned, "There is nowhere to go back to.",
		"curl --connect-to {domain}:443:<RegionalDomainName>:443 https://{domain}/", door(primary),
	}, {
		"DOOR-04", category, "Does the standby answer under the pair's name?", Blocks, "A failover leads to an error.",
		"curl --connect-to {domain}:443:<RegionalDomainName>:443 https://{domain}/", door(standby),
	}}
}

func iamChecks() []Check {
	return []Check{{
		"IAM-01", "iam", "May you turn the switch?", Blocks, "Whoever is on call cannot fail over.", "regionpair iam operator, which prints the policy",
		func(i Inventory) ([]string, error) {
			if err := i.standby.unknown(i.mayFailOver.err); err != nil {
				return nil, err
			}
			return wrong(unless(i.mayFailOver.value, "ssm:PutParameter is denied in %s", i.standby.Region)), nil
		},
	}}
}
