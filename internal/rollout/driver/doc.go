// Package driver carries out the steps that internal/rollout decides on: it
// evicts pods, marks and cordons nodes, renews agents, and has Auto Scaling groups
// replace instances. Every act is safe to repeat and none of them waits.
package driver
