//go:build race

package cluster

// raced says that the race detector is on, which makes what is measured ten times slower.
const raced = true
