package config

const (
	// aggregationSeconds is the upper end of what Route 53 takes to combine its checkers' views; AWS documents no figure.
	aggregationSeconds = 10
	// aliasTTLSeconds is the time to live of an alias record of an API Gateway domain name.
	aliasTTLSeconds = 60
)

// DetectionSeconds returns the time within which Route 53 calls a dead Region unhealthy. Unit: seconds.
func (c Config) DetectionSeconds() int {
	return c.Health.IntervalSeconds*c.Health.FailureThreshold + aggregationSeconds
}

// RtoBoundSeconds returns the time within which clients that honour DNS reach the other Region: detection plus the
// time to live of the DNS answer they hold. Unit: seconds.
func (c Config) RtoBoundSeconds() int {
	return c.DetectionSeconds() + aliasTTLSeconds
}
