package services

import (
	"net/http"
	"time"
)

// certificate is one that ACM has issued.
type certificate struct {
	domain, status, renewal string
	issued, expires         time.Time
}

// certificateLife is how long ACM's certificates are valid.
const certificateLife = 198 * 24 * time.Hour

// IssueCertificate makes a certificate that is valid at once.
func (r *Region) IssueCertificate(arn, domain string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	r.certificates[arn] = &certificate{domain: domain, status: "ISSUED", issued: now, expires: now.Add(certificateLife)}
}

// ChangeCertificate makes a certificate what time or a missing record makes of
// it; what is empty stays.
func (r *Region) ChangeCertificate(arn, status, renewal string, left time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.certificates[arn]
	c.status, c.renewal = orElse(status, c.status), renewal
	if left > 0 {
		c.expires = r.now().Add(left)
	}
}

// ACM serves what is asked about certificates.
func (r *Region) ACM() http.Handler {
	return jsonService{"DescribeCertificate": take(r.describeCertificate)}
}

func (r *Region) describeCertificate(input struct {
	CertificateARN string `json:"CertificateArn"`
}) (any, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c, exists := r.certificates[input.CertificateARN]
	if !exists {
		return nil, refuse("ResourceNotFoundException", "Could not find certificate %s.", input.CertificateARN)
	}
	described := map[string]any{
		"CertificateArn": input.CertificateARN, "DomainName": c.domain, "Status": c.status, "Type": "AMAZON_ISSUED",
		"NotBefore": float64(c.issued.Unix()), "NotAfter": float64(c.expires.Unix()), "IssuedAt": float64(c.issued.Unix()),
		"RenewalEligibility":      "ELIGIBLE",
		"DomainValidationOptions": []map[string]any{{"DomainName": c.domain, "ValidationStatus": "SUCCESS", "ValidationMethod": "DNS"}},
	}
	if c.renewal != "" {
		described["RenewalSummary"] = map[string]any{"RenewalStatus": c.renewal, "UpdatedAt": float64(r.now().Unix())}
	}
	return map[string]any{"Certificate": described}, nil
}
