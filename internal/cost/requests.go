package cost

import "github.com/regionpair/regionpair/internal/contract"

// Requests is what the bundled object API adds for its traffic in one durability,
// without API Gateway, Lambda and what is transferred.
type Requests struct {
	Durability contract.ObjectDurability `json:"durability" enum:"async|sync"`
	// WritesPerMillion and ReadsPerMillion are in US dollars.
	WritesPerMillion float64 `json:"writesPerMillion"`
	ReadsPerMillion  float64 `json:"readsPerMillion"`
	// PutRoundTrips and GetRoundTrips between the Regions are what a caller waits for
	// beside the Region's own work. A PUT with a condition waits for one more.
	PutRoundTrips int `json:"putRoundTrips"`
	GetRoundTrips int `json:"getRoundTrips"`
}

// Copies of an entry of the index: a replica in each Region and the witness.
const indexCopies = 3

// requestsOf both durabilities: each write puts an object in both Regions. With sync
// it also reads and writes the index, and a read reads it.
func requestsOf(p prices) []Requests {
	puts, gets := 2*1000*p.S3WritesPer1000, 1000*p.S3ReadsPer1000
	return []Requests{
		{Durability: contract.DurabilityAsync, WritesPerMillion: puts, ReadsPerMillion: gets},
		{
			Durability:       contract.DurabilitySync,
			WritesPerMillion: puts + indexCopies*p.TableWritesPerMillion + p.TableReadsPerMillion,
			ReadsPerMillion:  gets + p.TableReadsPerMillion,
			PutRoundTrips:    2, GetRoundTrips: 1,
		},
	}
}
