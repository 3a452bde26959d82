// Package leader keeps a manager from acting beside its successor. The leader's lease is
// in the API server; what it is worth here is told by a clock that goes on while the process is
// stopped or the machine sleeps. A manager whose lease ran out sends no request that changes
// anything, whatever it was about to do, and ends when it sees another holder.
package leader
