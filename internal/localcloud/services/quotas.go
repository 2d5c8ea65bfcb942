package services

import "net/http"

// quotas that AWS gives an account at first, by service and code.
var quotas = map[string]float64{
	"lambda/L-B99A9384":      1000,  // concurrent executions
	"apigateway/L-8A5B8E43":  10000, // requests a second
	"kms/L-6E3AF000":         20000, // symmetric cryptographic operations a second
	"cognito-idp/L-74D3DD04": 150,   // client authentications a second
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

// quotaInput names a quota.
type quotaInput struct{ ServiceCode, QuotaCode string }

// ServiceQuotas answers what the account may do. A quota that was never changed
// has no applied value, only AWS's own.
func (r *Region) ServiceQuotas() http.Handler {
	const missing = "NoSuchResourceException"
	answer := func(input quotaInput, value float64) any {
		return map[string]any{"Quota": map[string]any{"ServiceCode": input.ServiceCode, "QuotaCode": input.QuotaCode, "Value": value}}
	}
	return jsonService{
		"GetServiceQuota": take(func(input quotaInput) (any, error) {
			r.mu.Lock()
			defer r.mu.Unlock()
			value, changed := r.quotas[input.ServiceCode+"/"+input.QuotaCode]
			if !changed {
				return nil, refuse(missing, "the quota %s of %s has no applied value", input.QuotaCode, input.ServiceCode)
			}
			return answer(input, value), nil
		}),
		"GetAWSDefaultServiceQuota": take(func(input quotaInput) (any, error) {
			value, known := quotas[input.ServiceCode+"/"+input.QuotaCode]
			if !known {
				return nil, refuse(missing, "the quota %s of %s is not emulated", input.QuotaCode, input.ServiceCode)
			}
			return answer(input, value), nil
		}),
	}
}
