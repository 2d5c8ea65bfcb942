package operate

import (
	"fmt"
	"maps"
	"slices"
)

// secrets asks about the secret of each client.
func secrets(problem func(i Inventory, client string, primary, standby got[secret]) (string, error)) func(Inventory) ([]string, error) {
	return func(i Inventory) ([]string, error) {
		if err := missingOf(i.asked()...); err != nil {
			return nil, err
		}
		problems := []string{}
		for _, client := range slices.Sorted(maps.Keys(i.asked()[0].secrets)) {
			text, err := problem(i, client, i.primary.secrets[client], i.standby.secrets[client])
			if err != nil {
				return nil, err
			}
			problems = append(problems, text)
		}
		return wrong(problems...), nil
	}
}

const noSecret = "ResourceNotFoundException"

// missing says that a secret does not exist, or only until its deletion is final.
func missing(s got[secret]) bool { return errorCode(s.err) == noSecret || s.value.deleted }

// readable is an error for anything but a secret that does not exist.
func (p place) readable(s got[secret]) error {
	if s.err != nil && errorCode(s.err) == noSecret {
		return nil
	}
	return p.unknown(s.err)
}

func missingReplica(i Inventory, client string, _, standby got[secret]) (string, error) {
	if err := i.standby.readable(standby); err != nil {
		return "", err
	}
	return unless(!missing(standby), "%s has no secret of %s", i.standby.Region, client), nil
}

func failedReplica(i Inventory, client string, primary, standby got[secret]) (string, error) {
	if err := i.primary.unknown(primary.err); err != nil {
		return "", err
	}
	owner, copied := primary.value, i.standby.Region
	if i.followsStandby(primary.value) {
		if err := i.standby.unknown(standby.err); err != nil {
			return "", err
		}
		owner, copied = standby.value, i.primary.Region
	}
	status, exists := owner.replicas[copied]
	return unless(!exists || status == "InSync", "the replica of %s in %s is %s", client, copied, status), nil
}

// owner is the Region whose secrets the other one copies: the primary, unless a
// copy is seen there.
func (i Inventory) owner() string {
	for _, found := range i.primary.secrets {
		if found.err == nil && i.followsStandby(found.value) {
			return i.Pair.Standby
		}
	}
	return i.Pair.Primary
}

// followsStandby says that the primary has a copy of the standby's secret, as in
// a pair whose Regions have swapped their roles.
func (i Inventory) followsStandby(primary secret) bool { return primary.primary == i.standby.Region }

func otherVersion(i Inventory, client string, primary, standby got[secret]) (string, error) {
	if err := i.primary.unknown(primary.err); err != nil {
		return "", err
	}
	if err := i.standby.readable(standby); err != nil || standby.err != nil {
		return "", err
	}
	return unless(primary.value.current == standby.value.current, "%s has another current version in each Region", client), nil
}

func ownSecret(i Inventory, client string, primary, standby got[secret]) (string, error) {
	if primary.err == nil && i.followsStandby(primary.value) {
		return "", nil
	}
	if err := i.standby.readable(standby); err != nil || standby.err != nil {
		return "", err
	}
	return unless(standby.value.primary == i.primary.Region, "%s is a secret of its own in %s", client, i.standby.Region), nil
}

const replicateSecret = "aws secretsmanager replicate-secret-to-regions --region {owner} --secret-id {pair}/clients/<client> --add-replica-regions Region={other} --force-overwrite-replica-secret"

func secretChecks() []Check {
	const category = "secrets"
	return []Check{{
		"SECRET-01", category, "Is the secret of every client in the standby?", Blocks,
		"The client gets no token after a failover.", replicateSecret, secrets(missingReplica),
	}, {
		"SECRET-02", category, "Is every replica in step?", Blocks,
		"The standby may know an old secret of the client, or none.", replicateSecret, secrets(failedReplica),
	}, {
		"SECRET-03", category, "Is the same version current in both Regions?", Blocks,
		"The client's secret works in one Region only.", replicateSecret, secrets(otherVersion),
	}, {
		"SECRET-04", category, "Do the secrets of one Region follow those of the other?", BlocksPlanned,
		"The next rotation does not reach the other Region.", replicateSecret, secrets(ownSecret),
	}, {
		"SECRET-05", category, "Does each Region know its own app clients?", Blocks,
		"The Region issues no tokens.", "npx cdk deploy --exclusively {pair}-secondary (or -primary)",
		func(i Inventory) ([]string, error) {
			if err := missingOf(i.asked()...); err != nil {
				return nil, err
			}
			problems := []string{}
			for _, p := range i.asked() {
				if p.credentials.err != nil && errorCode(p.credentials.err) != noSecret {
					return nil, p.unknown(p.credentials.err)
				}
				problems = append(problems, unless(!missing(p.credentials), "%s has no credentials", p.Region))
			}
			return wrong(problems...), nil
		},
	}}
}

func trustChecks() []Check {
	const category, wire = "trust", "npx cdk deploy --exclusively {pair}-global"
	issuers := func(problem func(p, peer place) string) func(Inventory) ([]string, error) {
		return func(i Inventory) ([]string, error) {
			problems := []string{}
			for _, p := range i.asked() {
				for _, err := range []error{p.own.err, p.peer.err} {
					if err := p.unknown(err); err != nil {
						return nil, err
					}
				}
				peer := i.primary
				if p.Region == i.primary.Region {
					peer = i.standby
				}
				problems = append(problems, problem(p, peer))
			}
			return wrong(problems...), nil
		}
	}
	return []Check{{
		"TRUST-01", category, "Does each Region know its own token issuer?", Blocks,
		"The Region accepts none of its tokens.", "npx cdk deploy --exclusively {pair}-secondary (or -primary)",
		issuers(func(p, _ place) string { return unless(p.own.value.Issuer != "", "%s has none", p.Region) }),
	}, {
		"TRUST-02", category, "Does each Region trust its peer's issuer?", Blocks,
		"Tokens of the failed Region are refused after a failover.", wire,
		issuers(func(p, _ place) string { return unless(p.peer.value.Issuer != "", "%s trusts no peer", p.Region) }),
	}, {
		"TRUST-03", category, "Is it the issuer that the peer has now?", Blocks,
		"Tokens of the peer are refused: its user pool was replaced.", wire,
		issuers(func(p, peer place) string {
			known, now := p.peer.value.Issuer, peer.own.value.Issuer
			return unless(known == "" || now == "" || known == now, "%s trusts %s, its peer is %s", p.Region, known, now)
		}),
	}, {
		"TRUST-04", category, "Does each Region keep the keys that its peer signs with now?", Blocks,
		"Tokens of the peer are refused once it is down. Snapshots are renewed every 15 minutes.",
		"aws lambda invoke --region <region> --function-name <function keyrenewal> /dev/null",
		func(i Inventory) ([]string, error) {
			live := func(p place) got[[]string] { return p.published }
			ofPrimary, ofStandby, err := both(i, live)
			if err != nil {
				return nil, err
			}
			problem := func(p place, published []string) string {
				kept := p.peer.value.keyIDs()
				return unless(p.peer.value.Issuer == "" || containsAll(kept, published), "%s keeps %d keys, its peer signs with others", p.Region, len(kept))
			}
			return wrong(problem(i.primary, ofStandby), problem(i.standby, ofPrimary)), nil
		},
	}, {
		"TRUST-05", category, "Does the API of each Region offer the keys of both?", Warns,
		"Clients that verify tokens themselves refuse those of the other Region.", "curl https://{domain}/.well-known/jwks.json, and the log of the token function",
		func(i Inventory) ([]string, error) {
			ofPrimary, ofStandby, err := both(i, func(p place) got[[]string] { return p.published })
			if err != nil {
				return nil, err
			}
			all := append(slices.Clone(ofPrimary), ofStandby...)
			return each(i, func(p place) got[[]string] { return p.offered }, func(p place, offered []string) string {
				return unless(containsAll(offered, all), "%s offers %d of %d keys", p.Region, len(offered), len(all))
			})
		},
	}}
}

func containsAll(list, wanted []string) bool {
	return !slices.ContainsFunc(wanted, func(one string) bool { return !slices.Contains(list, one) })
}

func certificateChecks() []Check {
	const category = "certificates"
	certificates := func(problem func(i Inventory, p place) string) func(Inventory) ([]string, error) {
		return func(i Inventory) ([]string, error) {
			problems := []string{}
			for _, p := range i.asked() {
				if err := p.unknown(nil); err != nil {
					return nil, err
				}
				if p.Certificate.Error != "" {
					return nil, fmt.Errorf("%s: %s", p.Region, p.Certificate.Error)
				}
				problems = append(problems, problem(i, p))
			}
			return wrong(problems...), nil
		}
	}
	const describe = "aws acm describe-certificate --region <region> --certificate-arn <arn>; its validation record must be in the hosted zone"
	return []Check{{
		"CERT-01", category, "Is the certificate issued in both Regions?", Blocks, "TLS fails for every client.", describe,
		certificates(func(_ Inventory, p place) string {
			return unless(p.Certificate.Status == "ISSUED", "%s is %s", p.Region, p.Certificate.Status)
		}),
	}, {
		"CERT-02", category, "Is it valid for 30 days and more?", BlocksPlanned, "ACM has not renewed it; at the end TLS fails for every client.", describe,
		certificates(func(i Inventory, p place) string {
			expires := p.Certificate.Expires
			return unless(expires == nil || expires.Sub(i.At) >= certificateLimit, "%s ends on %s", p.Region, stampOf(expires))
		}),
	}, {
		"CERT-03", category, "Has its last renewal gone well?", Warns, "The certificate will end.", describe,
		certificates(func(_ Inventory, p place) string {
			return unless(p.Certificate.Renewal != "FAILED" && p.Certificate.Renewal != "PENDING_VALIDATION", "the renewal in %s is %s", p.Region, p.Certificate.Renewal)
		}),
	}, {
		"CERT-04", category, "Does the domain name use it?", BlocksPlanned, "Somebody has put another certificate there, which nothing watches.", deployBoth,
		func(i Inventory) ([]string, error) {
			return each(i, func(p place) got[domain] { return p.domain }, func(p place, d domain) string {
				return unless(p.Facts.Certificate == "" || d.certificate == p.Facts.Certificate, "%s uses %s", p.Region, d.certificate)
			})
		},
	}}
}
