package restapi

import (
	"slices"
	"strings"
)

func (b *builder) addStage(p *properties) {
	b.stages++
	s := &b.api.Stage
	s.Name = p.requiredText("StageName")
	s.DeploymentID = p.text("DeploymentId")
	s.Variables = p.textMap("Variables")
	p.ignore("Description", "Tags")
	log := p.object("AccessLogSetting")
	s.AccessLogFormat = log.text("Format")
	log.ignore("DestinationArn")
	log.finish()
	s.accessLog = parseTemplate(s.AccessLogFormat)
	if unknown := s.accessLog.unknown(); len(unknown) > 0 {
		log.missing("Format", "no value for %s", strings.Join(unknown, ", "))
	}
	for _, setting := range p.objects("MethodSettings") {
		b.addThrottle(setting)
		setting.finish()
	}
	slices.SortStableFunc(s.Throttles, func(x, y Throttle) int { return y.specificity() - x.specificity() })
}

// addThrottle takes the limits of a method setting. A negative one stands for
// no limit.
func (b *builder) addThrottle(p *properties) {
	t := Throttle{HTTPMethod: p.text("HttpMethod"), Path: settingPath(p.text("ResourcePath"))}
	if level := p.text("LoggingLevel"); level != "" && level != "OFF" && level != "ERROR" {
		p.missing("LoggingLevel", "the execution log has errors only, the template says %s", level)
	}
	rate, burst := p.number("ThrottlingRateLimit", -1), p.number("ThrottlingBurstLimit", -1)
	if rate < 0 && burst < 0 {
		return
	}
	if rate < 0 {
		rate = accountRate
	}
	if burst < 0 {
		burst = accountBurst
	}
	t.RatePerSecond, t.Burst = rate, int(burst)
	b.api.Stage.Throttles = append(b.api.Stage.Throttles, t)
}

// addDeployment needs nothing of a deployment: the template is what is served.
func (b *builder) addDeployment(p *properties) { p.ignore("Description") }
