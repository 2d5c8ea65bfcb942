package limits

// Defaults of what is a gray failure: from how many percent of failed requests a
// minute is bad, and of how many requests it must be.
const (
	GrayErrorPercent = 20
	GrayMinRequests  = 100
)
