package lab

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/crossvpc/crossvpc/test/dataplane/fabric"
)

func sighting(flags uint8, where, device string) fabric.Sighting {
	return fabric.Sighting{
		Packet: fabric.Packet{
			Source: netip.MustParseAddrPort("10.12.4.77:20001"), Destination: netip.MustParseAddrPort("10.11.4.91:8080"), Protocol: 6, Flags: flags,
		},
		Where: where, Interface: device,
	}
}

func TestTheDrawingEndsAtTheHopThatDroppedThePacket(t *testing.T) {
	t.Parallel()
	way := stations("pod-b", "node-b", "vpc-b", "vpc-a", "node-a", "pod-a")
	syn := []fabric.Sighting{
		sighting(fabric.FlagSYN, "node-b", "pod"), sighting(fabric.FlagSYN, "vpc-b", "eth0"), sighting(fabric.FlagSYN, "node-a", "eth1"),
	}
	answer := []fabric.Sighting{
		sighting(fabric.FlagSYN|fabric.FlagACK, "node-a", "pod"), sighting(fabric.FlagSYN|fabric.FlagACK, "vpc-a", "eth0"),
	}
	dropped := sighting(fabric.FlagSYN|fabric.FlagACK, "vpc-a", "")
	dropped.Dropped = "source/destination check of eni-a-eth0"
	lost := sighting(fabric.FlagSYN, "vpc-b", "")
	lost.Dropped = "no route in rtb-b"
	silence := errors.New("timeout")
	for name, test := range map[string]struct {
		exchange Exchange
		want     string
	}{
		"the answer": {Exchange{Path: append(syn, answer...), Dropped: dropped, Err: silence}, `
SYN      pod-b ─────────▶ node-b ─eth0────▶ vpc-b ─────────▶ vpc-a ─eth1────▶ node-a ─────────▶ pod-a
SYN-ACK  pod-b            node-b            vpc-b          ✗ vpc-a ◀─eth0──── node-a ◀───────── pod-a
         SYN-ACK 10.12.4.77:20001 -> 10.11.4.91:8080 at vpc-a dropped: source/destination check of eni-a-eth0`},
		"the first packet": {Exchange{Path: syn[:2], Dropped: lost, Err: silence}, `
SYN      pod-b ─────────▶ node-b ─eth0────▶ vpc-b ✗          vpc-a            node-a            pod-a
         SYN 10.12.4.77:20001 -> 10.11.4.91:8080 at vpc-b dropped: no route in rtb-b`},
		"none": {Exchange{Path: append(syn, answer...)}, `
SYN      pod-b ─────────▶ node-b ─eth0────▶ vpc-b ─────────▶ vpc-a ─eth1────▶ node-a ─────────▶ pod-a
SYN-ACK  pod-b ◀───────── node-b ◀───────── vpc-b ◀───────── vpc-a ◀─eth0──── node-a ◀───────── pod-a`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := "\n" + strings.Join(Draw(test.exchange, way, nil), "\n"); got != test.want {
				t.Errorf("got%s\nwant%s", got, test.want)
			}
		})
	}
}
