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
	// Way is the stations from here to the VPC's router, both included.
	Way []Station
}

// Station is a place that packets come by.
type Station struct {
	// Name in the log, and in the drawing.
	Name, Label string
}

func stations(names ...string) []Station {
	way := make([]Station, 0, len(names))
	for _, name := range names {
		way = append(way, Station{name, name})
	}
	return way
}

// VM is a side's virtual machine.
func (l *Lab) VM(side Side) Place {
	vm := l.VMs[side]
	return Place{vm, side.Addr("16.20"), stations(vm.Name, side.vpc())}
}

// PodAt is a pod of a side.
func PodAt(side Side, pod *node.Pod) Place {
	return Place{pod.Namespace, pod.Address, stations(pod.Name, pod.Node.Hostname, side.vpc())}
}

// Way is the stations of a packet from one place to another.
func Way(from, to Place) []Station {
	back := slices.Clone(to.Way)
	slices.Reverse(back)
	return slices.Compact(append(slices.Clone(from.Way), back...))
}
