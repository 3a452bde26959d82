// Package cidrgroup keeps a CiliumCIDRGroup with the peer's blocks for each peering,
// so that network policies can name a peer. It is no backend: nothing is held back, no
// node is judged by it, and no traffic depends on it.
package cidrgroup
