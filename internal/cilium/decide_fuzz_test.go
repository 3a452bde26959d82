package cilium

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"testing"

	"github.com/crossvpc/crossvpc/internal/cidr"
)

// everyVersion is one version for each row of the matrix, and an unknown one.
var everyVersion = []string{"v1.14.0", "v1.15.19", "v1.16.0", "v1.17.0", "v1.18.0", "v1.19.1", "v1.19.8", "v1.20.0", "v1.20.2", "v1.21.0", "latest"}

// vpcBlock reads a block as a VPC may have it: /16 to /28, in private space.
func vpcBlock(data []byte) netip.Prefix {
	addr := binary.BigEndian.Uint32(append([]byte{0}, data[:3]...))
	raw := binary.BigEndian.AppendUint32(nil, 10<<24|addr)
	if data[3]&0x80 != 0 {
		raw[0], raw[1] = 172, 16|raw[1]&15
	}
	return netip.PrefixFrom(netip.AddrFrom4([4]byte(raw)), 16+int(data[3]&0x7f)%13).Masked()
}

func FuzzC2TheValueContainsAllItMustAndIsNeverNarrowed(f *testing.F) {
	f.Add([]byte{11, 0, 0, 0, 12, 0, 0, 0}, uint8(0), uint8(4))
	f.Add([]byte{11, 0, 0, 0, 12, 0, 0, 0, 10, 0, 0, 0, 200, 0, 0, 0}, uint8(3), uint8(0))
	f.Add([]byte{11, 0, 0, 0, 12, 0, 0, 0x80}, uint8(1), uint8(9))
	f.Fuzz(func(t *testing.T, data []byte, choice, version uint8) {
		var blocks []netip.Prefix
		for four := range slices.Chunk(data, 4) {
			if len(four) == 4 && len(blocks) < 8 {
				blocks = append(blocks, vpcBlock(four))
			}
		}
		if len(blocks) < 2 {
			t.Skip("a VPC and a peer are needed")
		}
		tag := everyVersion[int(version)%len(everyVersion)]
		in, first := growing(t, blocks, choice, tag)
		checkC2(t, in, first, tag)

		// The peers come and go; what was decided is live.
		in.Live = append(in.Live, first.CIDR)
		in.Peers = in.Peers[:1]
		second := Decide(in)
		checkC2(t, in, second, tag)
		if first.CIDR.IsValid() && second.Kind == KindNativeRoutingCIDR && !cidr.Contains([]netip.Prefix{second.CIDR}, first.CIDR) {
			t.Errorf("%s was narrowed to %s", first.CIDR, second.CIDR)
		}
		if first.CIDR.IsValid() && second.CIDR.IsValid() && second.CIDR != first.CIDR && testOwner.Name(second.CIDR) <= testOwner.Name(first.CIDR) {
			t.Errorf("the object for %s sorts before the one for %s and loses", second.CIDR, first.CIDR)
		}
	})
}

// growing makes an input in which some blocks are the VPC's, some are in force
// already and the rest are peers'.
func growing(t *testing.T, blocks []netip.Prefix, choice uint8, tag string) (Input, Decision) {
	t.Helper()
	in := scene(image(tag), vpc(blocks[0].String()), peers())
	in.Peers = nil
	for i, block := range blocks[1:] {
		if choice>>i&1 == 1 && len(in.Peers) > 0 {
			in.Facts.Nodes[i%len(in.Facts.Nodes)].Baseline = NativeCIDR{CIDR: block, Source: "ConfigMap/cilium-config"}
		} else {
			in.Peers = append(in.Peers, Peer{Name: "p", Blocks: []netip.Prefix{block}})
		}
	}
	return in, Decide(in)
}

func checkC2(t *testing.T, in Input, d Decision, tag string) {
	t.Helper()
	if d.Kind == KindNotRequired {
		for _, node := range in.Facts.Nodes {
			if in.Facts.Traits.DestinationScopedRules && !cidr.ContainsAll(append(in.VPC.Blocks, node.Baseline.CIDR), in.peerBlocks()) {
				t.Errorf("not required, and yet %s does not reach %v", node.Node.Name, in.peerBlocks())
			}
		}
	}
	if !d.CIDR.IsValid() {
		return
	}
	value := []netip.Prefix{d.CIDR}
	must := slices.Concat([]netip.Prefix{in.VPC.Primary}, in.Facts.Baselines(), in.Live, in.peerBlocks())
	if !cidr.ContainsAll(value, must) {
		t.Errorf("%s does not contain all of %v", d.CIDR, must)
	}
	if d.CIDR.Bits() < DefaultMinLength {
		t.Errorf("%s is too wide", d.CIDR)
	}
	if narrower := netip.PrefixFrom(d.CIDR.Addr(), d.CIDR.Bits()+1); d.CIDR.Bits() < 32 && cidr.ContainsAll([]netip.Prefix{narrower}, must) {
		t.Errorf("%s is not the smallest, %s would do", d.CIDR, narrower)
	}
	for _, version := range append(everyVersion, tag) {
		if err := agentAccepts(ParseImage("cilium:"+version), in.VPC.Primary, in.VPC.Blocks, d.CIDR); err != nil {
			t.Errorf("an agent %s would exit: %v", version, err)
		}
	}
	if again := Decide(in); again.CIDR != d.CIDR || again.Message != d.Message {
		t.Errorf("the same input gave %s and then %s", d.CIDR, again.CIDR)
	}
}
