// Package dataplane proves on the wire what crossvpc does for pods. Its tests send real packets between pods whose rules
// Cilium's own code has programmed, over VPCs that package fabric plays in network namespaces.
//
// It is a module of its own because it imports Cilium. It needs Linux, and root or user namespaces; where there is
// neither, its tests are skipped, or with DATAPLANE_REQUIRED=1 fail.
package dataplane
