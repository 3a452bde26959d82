package ec2

import (
	"maps"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
)

// computing is what one account has in one region beside networks: instances, their interfaces and
// the templates they are launched from.
type computing struct {
	instances       sim.Table[instance]
	interfaces      sim.Table[networkInterface]
	launchTemplates sim.Table[launchTemplate]
}

func (s *Service) computingActions() map[string]sim.Action {
	all := s.interfaceActions()
	maps.Copy(all, s.instanceActions())
	maps.Copy(all, s.launchTemplateActions())
	return all
}

// groupOnInterface says whether an interface is in the security group.
func (h *holdings) groupOnInterface(id string) bool {
	return h.interfaceWith(func(i networkInterface) bool { return i.hasGroup(id) })
}

// subnetHasInterface says whether an interface is in the subnet.
func (h *holdings) subnetHasInterface(id string) bool {
	return h.interfaceWith(func(i networkInterface) bool { return i.subnet == id })
}

func (h *holdings) interfaceWith(property func(networkInterface) bool) bool {
	for _, i := range h.interfaces.All() {
		if property(i) {
			return true
		}
	}
	return false
}

// addressesUsed counts the addresses that interfaces have in the subnet.
func (h *holdings) addressesUsed(subnet string) int {
	used := 0
	for _, i := range h.interfaces.All() {
		if i.subnet == subnet {
			used += len(i.addresses)
		}
	}
	return used
}
