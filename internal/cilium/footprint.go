package cilium

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/crossvpc/crossvpc/internal/cidr"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/partition"
)

// Footprint is where a cluster is in AWS, as its CiliumNodes tell. It is a hint
// to be confirmed by EC2: a block may still be associating, and subnets that no
// node uses yet are not in it.
type Footprint struct {
	// VPCID, Region, Primary are empty while no node reports them.
	VPCID, Region string
	Primary       netip.Prefix
	// Secondary are the further IPv4 blocks of the VPC, sorted.
	Secondary []netip.Prefix
	// Zones and SubnetIDs (of nodes and of interfaces), sorted.
	Zones, SubnetIDs []string
	Interfaces       []Interface
	Instances        []Instance
	// Pending names the nodes that do not report their interfaces yet.
	Pending []string
	// Contradictions are sentences about CiliumNodes that say the cluster is elsewhere than it
	// is known to be. Nothing else here is of them.
	Contradictions []string
}

// Interface is a network interface of a node.
type Interface struct {
	ID, Node, SubnetID string
	// Number is the device index; pods on 0 never have the routing problem.
	Number int
	// SecurityGroupIDs, sorted.
	SecurityGroupIDs []string
	// CarriesPods is false for interfaces that Cilium is told to leave alone.
	CarriesPods bool
}

// InterfaceKey names an interface as one CiliumNode reports it: two may report the same.
type InterfaceKey struct{ Node, ID string }

// Key names the interface.
func (i Interface) Key() InterfaceKey { return InterfaceKey{Node: i.Node, ID: i.ID} }

// Instance is the EC2 instance of a node.
type Instance struct {
	Node, ID, Zone string
}

// ErrSeveralVPCs is wrapped by Discover's error for a cluster that spans VPCs, and
// ErrSeveralRegions for one that spans regions.
var (
	ErrSeveralVPCs    = errors.New("the nodes live in several VPCs")
	ErrSeveralRegions = errors.New("the nodes live in several regions")
)

// Discover reads the footprint from CiliumNodes, in any order. Those that contradict the pin are
// left out. It fails on nodes in several VPCs or regions and on blocks that are not CIDRs; the
// footprint is then empty.
func Discover(nodes []CiliumNode, pin Pin) (Footprint, error) {
	sorted := slices.SortedFunc(slices.Values(nodes), func(a, b CiliumNode) int { return cmp.Compare(a.Metadata.Name, b.Metadata.Name) })
	found := discovery{vpcs: map[string][]string{}, regions: map[string][]string{}, primaries: map[netip.Prefix]bool{}}
	for _, node := range sorted {
		if contradiction := pin.contradiction(node); contradiction != "" {
			found.Contradictions = append(found.Contradictions, contradiction)
			continue
		}
		if err := found.add(node); err != nil {
			return Footprint{}, fmt.Errorf("reading CiliumNode %s: %w", node.Metadata.Name, err)
		}
	}
	return found.footprint()
}

type discovery struct {
	Footprint
	vpcs      map[string][]string // node names by VPC
	regions   map[string][]string // node names by region
	primaries map[netip.Prefix]bool
}

func (d *discovery) add(node CiliumNode) error {
	name, spec := node.Metadata.Name, node.Spec.ENI
	d.inVPC(spec.VPCID, name)
	d.SubnetIDs = append(d.SubnetIDs, spec.NodeSubnetID)
	d.Zones = append(d.Zones, spec.AvailabilityZone)
	if region := partition.RegionOf(spec.AvailabilityZone); region != "" {
		d.regions[region] = append(d.regions[region], name)
	}
	if node.Spec.InstanceID != "" {
		d.Instances = append(d.Instances, Instance{Node: name, ID: node.Spec.InstanceID, Zone: spec.AvailabilityZone})
	}
	if len(node.Status.ENI.ENIs) == 0 {
		d.Pending = append(d.Pending, name)
	}
	for _, id := range slices.Sorted(maps.Keys(node.Status.ENI.ENIs)) {
		if err := d.addInterface(node, id, node.Status.ENI.ENIs[id]); err != nil {
			return fmt.Errorf("interface %s: %w", id, err)
		}
	}
	return nil
}

func (d *discovery) addInterface(node CiliumNode, id string, eni ENI) error {
	d.inVPC(eni.VPC.ID, node.Metadata.Name)
	d.SubnetIDs = append(d.SubnetIDs, eni.Subnet.ID)
	d.Interfaces = append(d.Interfaces, Interface{
		ID: id, Node: node.Metadata.Name, SubnetID: eni.Subnet.ID, Number: eni.Number,
		SecurityGroupIDs: slices.Sorted(slices.Values(eni.SecurityGroups)), CarriesPods: node.carriesPods(eni),
	})
	if eni.VPC.PrimaryCIDR != "" {
		primary, err := cidr.Parse(eni.VPC.PrimaryCIDR)
		if err != nil {
			return err
		}
		d.primaries[primary] = true
	}
	secondary, err := cidr.ParseAll(eni.VPC.CIDRs)
	d.Secondary = append(d.Secondary, secondary...)
	return err
}

func (d *discovery) inVPC(vpcID, node string) {
	if vpcID != "" && !slices.Contains(d.vpcs[vpcID], node) {
		d.vpcs[vpcID] = append(d.vpcs[vpcID], node)
	}
}

func (d *discovery) footprint() (Footprint, error) {
	if len(d.vpcs) > 1 {
		return Footprint{}, fmt.Errorf("%w: %s", ErrSeveralVPCs, which(d.vpcs))
	}
	if len(d.regions) > 1 {
		return Footprint{}, fmt.Errorf("%w: %s", ErrSeveralRegions, which(d.regions))
	}
	if len(d.primaries) > 1 {
		return Footprint{}, fmt.Errorf("CiliumNodes disagree on the VPC's primary block: %s", cidr.Join(cidr.Sort(slices.Collect(maps.Keys(d.primaries)))))
	}
	for vpcID := range d.vpcs {
		d.VPCID = vpcID
	}
	for primary := range d.primaries {
		d.Primary = primary
	}
	for region := range d.regions {
		d.Region = region
	}
	d.Zones, d.SubnetIDs = distinct(d.Zones), distinct(d.SubnetIDs)
	d.Secondary = slices.DeleteFunc(slices.Compact(cidr.Sort(d.Secondary)), func(p netip.Prefix) bool { return p == d.Primary })
	return d.Footprint, nil
}

// which names places, each with its nodes.
func which(places map[string][]string) string {
	var list []string
	for _, place := range slices.Sorted(maps.Keys(places)) {
		list = append(list, fmt.Sprintf("%s (%s)", place, message.List(places[place])))
	}
	return strings.Join(list, ", ")
}

// Blocks are all blocks of the VPC, the primary first; empty if it is not known.
func (f Footprint) Blocks() []netip.Prefix {
	if !f.Primary.IsValid() {
		return nil
	}
	return append([]netip.Prefix{f.Primary}, f.Secondary...)
}

// PodGroupSets are the different sets of security groups on interfaces that
// carry pods, each sorted: what must admit a peer's traffic.
func (f Footprint) PodGroupSets() [][]string {
	var sets [][]string
	for _, eni := range f.Interfaces {
		if eni.CarriesPods && len(eni.SecurityGroupIDs) > 0 {
			sets = append(sets, eni.SecurityGroupIDs)
		}
	}
	slices.SortFunc(sets, slices.Compare)
	return slices.CompactFunc(sets, slices.Equal)
}

// Only leaves the interfaces that are proven, and their subnets.
func (f Footprint) Only(proven func(Interface) bool) Footprint {
	f.Interfaces = slices.DeleteFunc(slices.Clone(f.Interfaces), func(eni Interface) bool { return !proven(eni) })
	f.SubnetIDs = nil
	for _, eni := range f.Interfaces {
		f.SubnetIDs = append(f.SubnetIDs, eni.SubnetID)
	}
	f.SubnetIDs = distinct(f.SubnetIDs)
	return f
}

// distinct sorts and drops duplicates and empty strings.
func distinct(list []string) []string {
	list = slices.Compact(slices.Sorted(slices.Values(list)))
	return slices.DeleteFunc(list, func(s string) bool { return s == "" })
}
