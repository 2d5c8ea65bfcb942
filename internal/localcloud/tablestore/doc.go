// Package tablestore is DynamoDB for the local cloud: global tables with a
// replica in each Region. dynalite, one process per Region, keeps the items and
// answers in DynamoDB's own words; this package decides which Region an item
// reaches, and when.
//
// An eventually consistent table acknowledges a write in its own Region and
// copies the item after a lag; of two writes of one item the last one wins. A
// strongly consistent table writes to both Regions before it acknowledges. What
// is missed by a Region that is down arrives when it is back.
package tablestore
