// Package metrics has every metric of crossvpc, with its name, unit and labels in one
// table; docs/metrics.md is generated from it.
//
// What status says of an object is read from the cache when Prometheus asks for it: no
// controller counts, nothing is forgotten, and the series of an object go when the object
// goes. Only what no status has is counted as it happens: requests to AWS, repairs, and
// when an object was last found Ready.
//
// Series of objects come from the leader alone, so that sums are right with two replicas.
package metrics
