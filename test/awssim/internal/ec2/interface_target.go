package ec2

// interfaceNetwork is the VPC of an interface or instance that a route leads to.
func (h *holdings) interfaceNetwork(to target) (string, error) {
	if len(to.id) > 1 && to.id[:2] == "i-" {
		found, err := find(instanceKind, &h.instances, to.id)
		return found.vpc, err
	}
	found, err := find(interfaceKind, &h.interfaces, to.id)
	return found.vpc, err
}
