// Package operate is what people do to a pair that is deployed: look at it,
// move its clients, keep a Region out, and find what is in the way.
//
// One part gathers, one decides, one prints. Gathering asks both Regions at the
// same time and takes silence for an answer: what is operated is often half
// dead. Deciding is pure. Everything starts from names; what names cannot give
// is read in the Region that it is about, see [contract.Facts].
package operate
