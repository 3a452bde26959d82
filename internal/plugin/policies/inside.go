package policies

import "github.com/crossvpc/crossvpc/internal/cidr"

// inside reports whether a proxy looks into what goes to the ports (PortRule in pkg/policy/api/l4.go of cilium).
func (p ciliumPorts) inside() bool {
	return len(p.Rules)+len(p.ServerNames) > 0 || p.Listener != nil
}

// Inside names the policies whose rules admit some of the peer and look into its packets.
func (s Subject) Inside(direction Direction, peer Peer) []string {
	return names(of(allowing(s.Rules(direction)), func(r Rule) bool {
		return r.Inside && (peer.Port == nil || r.on(peer.Port)) && cidr.Overlap(r.Blocks, peer.Blocks)
	}))
}
