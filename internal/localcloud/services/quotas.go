package services

// quotas that AWS gives an account at first, by service and code.
var quotas = map[string]float64{
	"lambda/L-B99A9384":     1000,  // concurrent executions
	"apigateway/L-8A5B8E43": 10000, // requests a second
}

// Quota of the account in the Region.
func (r *Region) Quota(service, code string) float64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	if value, changed := r.quotas[service+"/"+code]; changed {
		return value
	}
	return quotas[service+"/"+code]
}

// SetQuota changes a quota, as AWS does on request.
func (r *Region) SetQuota(service, code string, value float64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.quotas[service+"/"+code] = value
}
