package peering

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cidr"
	"github.com/crossvpc/crossvpc/internal/partition"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// Finding is one thing that blocks a peering.
type Finding struct {
	Reason  string
	Message string
}

// Preflight checks what can be known before the first write, all at once.
func Preflight(request Request, snapshot Snapshot) []Finding {
	if request.Sides.Requester.SamePlace(request.Sides.Accepter) {
		return []Finding{{v1alpha1.ReasonSelfPeering, fmt.Sprintf("Both sides are %s, and a VPC cannot be peered with itself. Name two VPCs.", request.Sides.Requester.VPC)}}
	}
	var findings []Finding
	findings = append(findings, checkPartition(request.Sides)...)
	findings = append(findings, checkOverlap(snapshot)...)
	findings = append(findings, checkEncryption(request, snapshot)...)
	findings = append(findings, checkDNS(request, snapshot)...)
	findings = append(findings, checkAdoption(request, snapshot)...)
	for _, role := range Roles() {
		findings = append(findings, checkTables(request, snapshot, role)...)
		findings = append(findings, checkGroups(request, snapshot, role)...)
		findings = append(findings, checkAllowed(request, snapshot, role)...)
		findings = append(findings, checkRecord(request, snapshot, role)...)
		findings = append(findings, checkServices(request, snapshot, role)...)
	}
	return findings
}

// FindingsVerdict turns findings into one verdict that says them all; without any it says
// the remarks.
func FindingsVerdict(findings []Finding, remarks ...string) verdict.Verdict {
	if len(findings) == 0 {
		return verdict.New(verdict.Done, v1alpha1.ReasonChecksPassed, noting("All checks passed.", remarks))
	}
	messages := make([]string, 0, len(findings))
	for _, finding := range findings {
		messages = append(messages, finding.Message)
	}
	return verdict.New(verdict.Stalled, findings[0].Reason, strings.Join(messages, " "))
}

func checkPartition(sides Sides) []Finding {
	a, b := partition.Of(sides.Requester.Region).ID, partition.Of(sides.Accepter.Region).ID
	if a == b {
		return nil
	}
	return []Finding{{v1alpha1.ReasonSideMismatch, fmt.Sprintf("Regions %s and %s are in different AWS partitions (%s, %s), which cannot be peered. Name two regions of one partition.",
		sides.Requester.Region, sides.Accepter.Region, a, b)}}
}

// checkOverlap names each pair of blocks that overlap. EC2 accepts such a
// request and then fails it with one message for three different causes.
func checkOverlap(snapshot Snapshot) []Finding {
	requester, accepter := snapshot.Requester.VPC, snapshot.Accepter.VPC
	if requester == nil || accepter == nil {
		return nil
	}
	var findings []Finding
	for _, conflict := range cidr.Conflicts(named(*requester), named(*accepter)) {
		findings = append(findings, Finding{v1alpha1.ReasonOverlappingCIDRs, fmt.Sprintf(
			"The VPCs overlap: %s and %s. AWS refuses to peer such VPCs. Re-address one of them, or disassociate the block if it is unused.",
			conflict.A.Name, conflict.B.Name)})
	}
	if free, ok := withoutOverlap(*requester, *accepter); ok && len(findings) > 0 {
		findings = append(findings, Finding{v1alpha1.ReasonOverlappingCIDRs, free})
	}
	return findings
}

// withoutOverlap says what could be routed all the same, and by which other means:
// AWS refuses the peering as a whole, also where only blocks overlap that nobody
// wants to reach, as 100.64.0.0/10 does that every cluster takes for its pods.
func withoutOverlap(requester, accepter VPC) (string, bool) {
	a, b := requester.occupiedBlocks(), accepter.occupiedBlocks()
	free := func(blocks, others []netip.Prefix) []netip.Prefix {
		return slices.DeleteFunc(slices.Clone(blocks), func(block netip.Prefix) bool { return slices.ContainsFunc(others, block.Overlaps) })
	}
	freeA, freeB := free(a, b), free(b, a)
	if len(freeA) == 0 || len(freeB) == 0 {
		return "", false
	}
	return fmt.Sprintf("Without the overlapping blocks, %s of %s and %s of %s could be routed to each other. "+
		"excludeCIDRs does not help, because AWS compares all blocks. A transit gateway that routes only these blocks, with a private NAT gateway for pods in the others, does, "+
		"and so do PrivateLink or VPC Lattice for single services.", cidr.Join(freeA), requester.ID, cidr.Join(freeB), accepter.ID), true
}

func named(vpc VPC) []cidr.Named {
	var blocks []cidr.Named
	for _, prefix := range vpc.occupiedBlocks() {
		kind := "secondary"
		if prefix == vpc.Primary {
			kind = "primary"
		}
		blocks = append(blocks, cidr.Named{Prefix: prefix, Name: fmt.Sprintf("%s (%s block of %s)", prefix, kind, vpc.ID)})
	}
	return blocks
}

// checkDNS demands both DNS attributes on both VPCs where one side asks for DNS
// resolution; EC2 answers DnsHostnamesDisabled otherwise
// (docs/facts/aws.md#a-connections-life).
func checkDNS(request Request, snapshot Snapshot) []Finding {
	if !request.WantsDNS() {
		return nil
	}
	var findings []Finding
	for _, role := range Roles() {
		vpc := snapshot.At(role).VPC
		if vpc == nil {
			continue
		}
		findings = append(findings, checkDNSAttribute(*vpc, role, "enableDnsSupport", vpc.DNSSupport)...)
		findings = append(findings, checkDNSAttribute(*vpc, role, "enableDnsHostnames", vpc.DNSHostnames)...)
	}
	return findings
}

func checkDNSAttribute(vpc VPC, role Role, name string, value *bool) []Finding {
	if value == nil || *value {
		return nil
	}
	return []Finding{{v1alpha1.ReasonDNSAttributes, fmt.Sprintf(
		"VPC %s (%s) has %s off. Turn it on, or set dnsResolution: Disabled on both sides.", vpc.ID, role, name)}}
}

// WantsDNS reports whether a side asks for DNS resolution.
func (r Request) WantsDNS() bool {
	return r.Spec.Requester.DNSResolution == v1alpha1.DNSEnabled || r.Spec.Accepter.DNSResolution == v1alpha1.DNSEnabled
}

func containsBlock(blocks []string, prefix netip.Prefix) bool {
	for _, block := range blocks {
		outer, err := netip.ParsePrefix(block)
		if err == nil && outer.Bits() <= prefix.Bits() && outer.Contains(prefix.Addr()) {
			return true
		}
	}
	return false
}
