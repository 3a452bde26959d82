// Package verification decides about runs of probe pods: which pods to have on
// which nodes, when a run is over, what its results mean, and which hop the
// evidence points to when a probe did not get through.
//
// It is pure: no I/O and no clock. A run is a small state machine whose state is
// the pods that exist, so that a manager that was killed continues where it was.
package verification
