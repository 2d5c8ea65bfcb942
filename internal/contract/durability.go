package contract

// DurabilityHeader says in how many Regions an object is, in answers of the object
// API with synchronous objects: "regions=2", or "regions=1" while one Region does
// not have the content yet.
const DurabilityHeader = "Durability"

// IndexTable is the table with the index of synchronous objects, by its name in the
// pair.
const IndexTable = "objects"

// Attributes of the index: those of its key, and the Region whose bucket does not
// have a blob yet. The last one is also the name of the secondary index by it.
const (
	IndexPartition = "partition"
	IndexKey       = "key"
	IndexMissing   = "missing"
)

// BlobPrefix begins the keys of the contents of synchronous objects in both buckets.
const BlobPrefix = MarkerPrefix + "blobs/"

// Environment variables of the functions that keep synchronous objects.
const (
	// IndexVariable is the full name of the index; without it objects are asynchronous.
	IndexVariable = "OBJECT_INDEX"
	// PeerBucketVariable and PeerRegionVariable are where the other copy of a blob is.
	PeerBucketVariable = "PEER_BUCKET_NAME"
	PeerRegionVariable = "PEER_REGION"
	// PairVariable is the name of the pair, the dimension of their metrics.
	PairVariable = "PAIR_NAME"
	// PeerDownVariable is what happens to writes while the peer's bucket does not
	// answer: [PeerDownAccept] or [PeerDownRefuse].
	PeerDownVariable = "WHEN_PEER_IS_DOWN"
)

// IndexPartitions of the index of synchronous objects. A list reads all of them, and
// each holds a share of the keys. It is a part of the stored format: another number
// finds nothing.
const IndexPartitions = 8

// Metrics of the functions that keep synchronous objects, with the dimension
// [PairDimension].
const (
	// MetricSingleRegionWrites counts writes that were acknowledged with one Region.
	MetricSingleRegionWrites = "SingleRegionWrites"
	// MetricSingleRegionObjects is how many objects have their content in one Region
	// only, or the number up to which they were counted.
	MetricSingleRegionObjects = "SingleRegionObjects"
	// MetricLostObjects is how many objects of a partition of the index have their
	// content in no Region.
	MetricLostObjects = "LostObjects"
)
