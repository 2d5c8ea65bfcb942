package config

import (
	"fmt"
	"net/mail"
	"time"

	"github.com/regionpair/regionpair/internal/rule"
	"github.com/regionpair/regionpair/internal/strict"
)

func (v *validator) alarms() {
	v.emails()
	v.slack()
	for name, tuning := range v.cfg.Alarms.Tuning {
		v.tuning(strict.At("alarms", "tuning", name), tuning)
	}
}

func (v *validator) emails() {
	for i, address := range v.cfg.Alarms.Email {
		p := strict.At("alarms", "email", i)
		parsed, err := mail.ParseAddress(address)
		if !v.Blamed(p) && (err != nil || parsed.Address != address) {
			v.Add(p, rule.Quote(address)+" is not an e-mail address", `use an address such as "oncall@example.com"`)
		}
	}
}

func (v *validator) slack() {
	workspace, channel := strict.At("alarms", "slack", "workspaceId"), strict.At("alarms", "slack", "channelId")
	s := v.cfg.Alarms.Slack
	if s == (Slack{}) || !v.Sound(workspace, channel) {
		return
	}
	if s.WorkspaceID == "" {
		v.Add(workspace, "is missing", "give the id of the workspace that the channel is in, or remove channelId")
	}
	if s.ChannelID == "" {
		v.Add(channel, "is missing", "give the id of a channel, or remove workspaceId")
	}
}

// tuning checks what CloudWatch refuses, as far as it can be told without the alarm's own values; the construct checks
// the rest.
func (v *validator) tuning(p strict.Path, t AlarmTuning) {
	if !v.Sound(p) {
		return
	}
	if datapoints := p.To("datapointsToAlarm"); t.DatapointsToAlarm > 0 && t.EvaluationPeriods == 0 {
		v.Add(datapoints, "says nothing without evaluationPeriods", fmt.Sprintf("give evaluationPeriods too, at least %d", t.DatapointsToAlarm))
	} else if t.DatapointsToAlarm > t.EvaluationPeriods {
		v.Add(datapoints, fmt.Sprintf("%d exceeds evaluationPeriods (%d)", t.DatapointsToAlarm, t.EvaluationPeriods), fmt.Sprintf("use at most %d", t.EvaluationPeriods))
	}
	period := time.Duration(t.PeriodMinutes) * time.Minute
	limit, looked := 24*time.Hour, period*time.Duration(t.EvaluationPeriods)
	if period >= time.Hour {
		limit *= 7
	}
	if looked > limit {
		v.Add(p.To("evaluationPeriods"), fmt.Sprintf("looks back %.4g hours", looked.Hours()),
			fmt.Sprintf("use at most %d (CloudWatch allows a day, or 7 days with periods from an hour)", limit/period))
	}
}
