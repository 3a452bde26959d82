// Package rollout decides which node is worked on next, so that pods come to run with a new Cilium routing value.
//
// [Plan] is a pure function: the observed nodes, the policy and a clock reading go in, ordered steps come out. It keeps
// no state. What a later reconciliation must know is in the cluster (the CiliumNodeConfig of the revision), in one
// annotation on the node ([Record]), or in status written before the act ([Replacement]), so a process killed anywhere
// resumes from what it sees and starts nothing twice. The steps of one decision are applied in order; the first that
// fails ends the reconciliation, and the next one plans again.
//
// The order per node follows from what an agent's restart does. A restarted agent stops masquerading towards the new
// range at once, but gives no routing rule to pods that are already there (Cilium before 1.19.8, and 1.20.0 and 1.20.1),
// so a node is emptied before its agent is restarted, and keeps the old value until then. The facts, with sources, are in
// docs/facts/cilium.md#what-reaches-a-pod-and-when and docs/facts/rollout.md.
//
// A new way to renew nodes is a file way_*.go here, which implements renewer, and a line in the table in ways.go; a file
// way_*.go in the package driver with its acts, and a line in the table there; and a value of the API's RolloutStrategy.
//
// Read plan.go first, then the gates and start.go for what is begun, the ways and in_progress.go for what goes on, and
// configure.go for what is written.
package rollout
