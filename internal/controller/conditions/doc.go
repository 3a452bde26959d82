// Package conditions turns the verdicts of a reconciliation into status conditions that
// kstatus, Argo CD and a person at kubectl read alike: Ready first, Reconciling
// or Stalled only while they are true, then the steps in pipeline order.
//
// A reconciler makes one [Report] for each reconciliation, each step puts in its own verdict,
// and [Report.Apply] writes them all. Status is computed from the beginning each time, not accumulated:
// a step that no verdict was given for becomes Unknown.
package conditions
