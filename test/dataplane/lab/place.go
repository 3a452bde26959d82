package lab

import (
	"net/netip"
	"slices"

	"github.com/crossvpc/crossvpc/test/dataplane/netspace"
	"github.com/crossvpc/crossvpc/test/dataplane/node"
)

// Place is where packets come from and go to.
type Place struct {
	*netspace.Namespace
	Address netip.Addr
	// way is the places from here to the VPC's router, both included.
	way []string
}

// VM is a side's virtual machine.
func (l *Lab) VM(side Side) Place {
	vm := l.VMs[side]
	return Place{vm, side.Addr("16.20"), []string{vm.Name, side.vpc()}}
}

// PodAt is a pod of a side.
func PodAt(side Side, pod *node.Pod) Place {
	return Place{pod.Namespace, pod.Address, []string{pod.Name, pod.Node.Hostname, side.vpc()}}
}

// Way is the stations of a packet from one place to another.
func Way(from, to Place) []string {
	back := slices.Clone(to.way)
	slices.Reverse(back)
	return slices.Compact(append(slices.Clone(from.way), back...))
}
