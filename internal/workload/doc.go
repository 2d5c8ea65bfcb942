// Package workload is what the clients of a drill ask of an API, as data: requests with their weights, which of them write
// a key and which read it back, and what an answer must hold. A workload is read strictly, checked against the routes and
// clients of a pair before anything starts, and says nothing about where the pair runs.
package workload

//go:generate go run ./gen
