package cluster

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/crossvpc/crossvpc/test/dataplane/fabric"
	"github.com/crossvpc/crossvpc/test/dataplane/netspace"
	"github.com/crossvpc/crossvpc/test/dataplane/node"
)

// ciliumNode is what is read of a CiliumNode (pkg/aws/types in Cilium).
type ciliumNode struct {
	Status struct {
		ENI struct {
			ENIs map[string]eni `json:"enis"`
		} `json:"eni"`
	} `json:"status"`
}

type eni struct {
	ID     string `json:"id"`
	IP     string `json:"ip"`
	MAC    string `json:"mac"`
	Number int    `json:"number"`
	Subnet struct {
		ID   string `json:"id"`
		CIDR string `json:"cidr"`
	} `json:"subnet"`
	VPC struct {
		Primary string   `json:"primary-cidr"`
		CIDRs   []string `json:"cidrs"`
	} `json:"vpc"`
	Addresses []string `json:"addresses"`
	Prefixes  []string `json:"prefixes"`
}

// specOf describes the instance of a CiliumNode; nothing where its interfaces are not there yet.
func specOf(name string, object *unstructured.Unstructured) (node.Spec, error) {
	var cilium ciliumNode
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &cilium); err != nil {
		return node.Spec{}, fmt.Errorf("CiliumNode %s: %w", name, err)
	}
	spec := node.Spec{Hostname: name, ReversePathFilter: 1}
	enis := slices.SortedFunc(maps.Values(cilium.Status.ENI.ENIs), func(a, b eni) int { return cmp.Compare(a.Number, b.Number) })
	for _, e := range enis {
		device, err := e.device()
		if err != nil {
			return node.Spec{}, fmt.Errorf("CiliumNode %s: interface %s: %w", name, e.ID, err)
		}
		spec.Devices = append(spec.Devices, device)
		if spec.Blocks == nil {
			spec.Blocks, err = parsePrefixes(append([]string{e.VPC.Primary}, e.VPC.CIDRs...))
		}
		if err != nil {
			return node.Spec{}, fmt.Errorf("CiliumNode %s: blocks of its VPC: %w", name, err)
		}
	}
	if last := len(spec.Devices) - 1; last > 0 && len(spec.Devices[last].Secondary) > 0 {
		spec.Router = lastAddress(spec.Devices[last].Secondary)
	}
	return spec, nil
}

func (e eni) device() (node.Device, error) {
	address, err := netip.ParseAddr(e.IP)
	if err != nil {
		return node.Device{}, err
	}
	block, err := netip.ParsePrefix(e.Subnet.CIDR)
	if err != nil {
		return node.Device{}, err
	}
	prefixes, err := parsePrefixes(e.Prefixes)
	if err != nil {
		return node.Device{}, err
	}
	for _, text := range e.Addresses {
		secondary, err := netip.ParseAddr(text)
		if err != nil {
			return node.Device{}, err
		}
		if secondary != address {
			prefixes = append(prefixes, netspace.Host(secondary))
		}
	}
	return node.Device{
		Interface: fabric.Interface{ID: e.ID, Subnet: e.Subnet.ID, MAC: e.MAC, Address: address, Secondary: prefixes, Device: node.DeviceName(e.Number)},
		Subnet:    fabric.Subnet{ID: e.Subnet.ID, Block: block},
	}, nil
}

func parsePrefixes(texts []string) ([]netip.Prefix, error) {
	var prefixes []netip.Prefix
	for _, text := range texts {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, err
		}
		prefixes = append(prefixes, prefix)
	}
	return prefixes, nil
}

// lastAddress is one that no pod will have soon: they are given from the first.
func lastAddress(prefixes []netip.Prefix) netip.Addr {
	last := prefixes[len(prefixes)-1]
	bytes := last.Masked().Addr().As4()
	for bit := last.Bits(); bit < 32; bit++ {
		bytes[bit/8] |= 1 << (7 - bit%8)
	}
	return netip.AddrFrom4(bytes)
}
