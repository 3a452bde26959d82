// Package policies has Cilium's own policy engine judge the policies that kubectl crossvpc diagnose judges without it
// (internal/plugin/policies): what that package calls admitted, the engine lets through, and nothing else.
package policies
