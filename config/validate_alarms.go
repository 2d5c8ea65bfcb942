package config

import (
	"fmt"
	"net/mail"
	"time"

	"github.com/regionpair/regionpair/config/internal/rule"
)

func (v *validator) alarms() {
	v.emails()
	v.slack()
	for name, tuning := range v.cfg.Alarms.Tuning {
		v.tuning(at("alarms", "tuning", name), tuning)
	}
}

func (v *validator) emails() {
	for i, address := range v.cfg.Alarms.Email {
		p := at("alarms", "email", i)
		parsed, err := mail.ParseAddress(address)
		if !v.blamed(p) && (err != nil || parsed.Address != address) {
			v.add(p, rule.Quote(address)+" is not an e-mail address", `use an address such as "oncall@example.com"`)
		}
	}
}

func (v *validator) slack() {
	workspace, channel := at("alarms", "slack", "workspaceId"), at("alarms", "slack", "channelId")
	s := v.cfg.Alarms.Slack
	if s == (Slack{}) || !v.sound(workspace, channel) {
		return
	}
	if s.WorkspaceID == "" {
		v.add(workspace, "is missing", "give the id of the workspace that the channel is in, or remove channelId")
	}
	if s.ChannelID == "" {
		v.add(channel, "is missing", "give the id of a channel, or remove workspaceId")
	}
}

// tuning checks what CloudWatch refuses, as far as it can be told without the alarm's own values; the construct checks
// the rest.
func (v *validator) tuning(p path, t AlarmTuning) {
	if !v.sound(p) {
		return
	}
	if datapoints := p.to("datapointsToAlarm"); t.DatapointsToAlarm > 0 && t.EvaluationPeriods == 0 {
		v.add(datapoints, "says nothing without evaluationPeriods", fmt.Sprintf("give evaluationPeriods too, at least %d", t.DatapointsToAlarm))
	} else if t.DatapointsToAlarm > t.EvaluationPeriods {
		v.add(datapoints, fmt.Sprintf("%d are more than are looked at", t.DatapointsToAlarm), fmt.Sprintf("use at most %d (evaluationPeriods)", t.EvaluationPeriods))
	}
	period := time.Duration(t.PeriodMinutes) * time.Minute
	limit, looked := 24*time.Hour, period*time.Duration(t.EvaluationPeriods)
	if period >= time.Hour {
		limit *= 7
	}
	if looked > limit {
		v.add(p.to("evaluationPeriods"), fmt.Sprintf("looks back %.4g hours", looked.Hours()),
			fmt.Sprintf("use at most %d (CloudWatch allows a day, or 7 days with periods from an hour)", limit/period))
	}
}
