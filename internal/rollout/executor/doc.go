// Package executor carries out the steps that internal/rollout has planned: in
// order where order matters, on different nodes side by side where it does not, and
// never before the record that lets the next reconciliation take over. How one act
// is done is internal/rollout/driver's to know.
package executor
