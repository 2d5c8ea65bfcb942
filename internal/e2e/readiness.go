package main

import (
	"encoding/json"
	"errors"
	"fmt"
)

// notReady are the checks of readiness that are not ok here, with the reason.
var notReady = map[string]string{
	"VERSION-03": "true: a step has given the secondary's function more memory",
	"API-05":     "the emulator answers at the default endpoint of an API although that is disabled",
	"QUOTA-02":   noMetrics,
	"QUOTA-04":   noQuotas,
	"QUOTA-05":   noQuotas,
	"SECRET-03":  notReplicated,
	"SECRET-04":  notReplicated,
	"DATA-12":    noMetrics,
	"DOOR-02":    "true: the standby is degraded, because its table is in another process",
	"DNS-01":     noZone,
	"DNS-02":     noZone,
	"DNS-03":     noZone,
	"DNS-04":     noZone,
	"DNS-05":     noZone,
	"DNS-06":     noZone,
	"DNS-07":     noZone,
	"DNS-08":     noZone,
	"DNS-09":     noZone,
	"DNS-10":     noZone,
	"DNS-11":     noZone,
	"DNS-12":     "nobody answers DNS here",
	"IAM-01":     "true: a reader may not turn the switch",
}

const (
	noMetrics     = "the SDK cannot read the emulator's answers of CloudWatch"
	noQuotas      = "the emulator knows no quotas"
	notReplicated = "true: each process has a copy of the secret of its own"
	noZone        = "the pair's facts name the example's hosted zone, and the emulator's has another id"
)

// checkReadiness holds every check to be ok, or to be on the list.
func checkReadiness(a answer) error {
	var readiness struct {
		Checks []struct {
			ID, Verdict string
			Found       []string
		}
	}
	if err := json.Unmarshal([]byte(a.stdout), &readiness); err != nil {
		return err
	}
	var problems []error
	seen := map[string]bool{}
	for _, check := range readiness.Checks {
		seen[check.ID] = true
		reason, listed := notReady[check.ID]
		switch {
		case check.Verdict != "ok" && !listed:
			problems = append(problems, fmt.Errorf("%s is %s: %q", check.ID, check.Verdict, check.Found))
		case check.Verdict == "ok" && listed:
			problems = append(problems, fmt.Errorf("%s is ok, although %s: take it off the list", check.ID, reason))
		}
	}
	for id := range notReady {
		if !seen[id] {
			problems = append(problems, fmt.Errorf("there is no check %s: take it off the list", id))
		}
	}
	return errors.Join(problems...)
}
