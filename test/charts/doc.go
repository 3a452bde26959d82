// Package charts renders Cilium's own Helm charts, so that what internal/cilium
// reads is what installs have and not our idea of it. It is a Go module of its
// own: Helm does not belong into the product. No chart is kept here; they come
// from Cilium's Go module, as test/nodesim takes its CRDs.
package charts
