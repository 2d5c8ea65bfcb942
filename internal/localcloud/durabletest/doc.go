// Package durabletest is two Regions for tests of synchronous objects: a bucket in
// each and the index, by the engines of the local cloud, and faults in front of
// them.
package durabletest
