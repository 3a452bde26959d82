// Package vpcpeering reconciles VPCPeerings: it resolves the two sides, observes
// them, makes internal/peering plan, applies the actions and reports what was
// observed. One step is one file and owns one condition.
package vpcpeering
