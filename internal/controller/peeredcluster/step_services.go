package peeredcluster

import (
	"cmp"
	"context"
	"net/netip"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/clusterview"
)

// mostServiceCIDRs is what status takes.
const mostServiceCIDRs = 20

// observeServices reads the addresses of Services, which a VPCPeering compares with its
// peer's blocks before its first write. What can't be read holds nothing up: the former
// stays, or nothing is known. What may not be read is named.
func (c *configuration) observeServices(ctx context.Context, found *findings) error {
	memory := c.memory
	age := servicesAge
	if memory.servicesUnseen != "" {
		age = askAgain
	}
	if at := memory.servicesAt; at.IsZero() || c.start.Sub(at) >= age {
		ranges, unseen, err := serviceRanges(ctx, c.connection.Live, c.connection.ServiceCIDR())
		if err != nil {
			ctrl.LoggerFrom(ctx).Info("Cannot read the Service ranges; the next reconciliation tries again", "error", c.connection.Explain(err).Error())
			return nil
		}
		memory.servicesAt, memory.servicesUnseen = c.start, unseen
		if unseen == "" || len(c.Object.Status.ServiceCIDRs) == 0 { // what was known before is more than what is left of it (A11)
			c.Object.Status.ServiceCIDRs = ranges
		}
	}
	if memory.servicesUnseen != "" && found.reachable != nil {
		found.reachable.Message += " " + memory.servicesUnseen
	}
	return nil
}

// serviceRanges are the addresses of Services as far as they may be read; unseen says what may not, and what that means.
func serviceRanges(ctx context.Context, live client.Reader, ofEKS string) (ranges []string, unseen string, err error) {
	ranges, noRanges, err := clusterview.ServiceCIDRs(ctx, live)
	if err != nil {
		return nil, "", err
	}
	if len(ranges) == 0 && ofEKS != "" {
		return validRanges([]string{ofEKS}), "", nil
	}
	if len(ranges) > 0 {
		return validRanges(ranges), "", nil
	}
	address, noAddress, err := clusterview.ServiceAddress(ctx, live)
	if err != nil {
		return nil, "", err
	}
	return validRanges(addressRange(address)), unseenServices(noRanges, noAddress), nil
}

func unseenServices(noRanges, noAddress bool) string {
	const again = " Apply config/cluster/role.yaml again."
	switch {
	case noRanges && noAddress:
		return "crossvpc may read neither ServiceCIDRs nor Service default/kubernetes, so it does not compare a peer's blocks with the addresses of Services." + again
	case noRanges:
		return "crossvpc may not list ServiceCIDRs, so it compares a peer's blocks with the first address of Services only." + again
	case noAddress:
		return "crossvpc may not read Service default/kubernetes, so it does not compare a peer's blocks with the addresses of Services." + again
	default:
		return ""
	}
}

// addressRange is the range of which no more than one address is known.
func addressRange(text string) []string {
	address, err := netip.ParseAddr(text)
	if err != nil {
		return nil
	}
	return []string{netip.PrefixFrom(address, address.BitLen()).String()}
}

// validRanges leaves out what is no range: a cluster says what it likes.
func validRanges(ranges []string) []string {
	valid := make([]string, 0, len(ranges))
	for _, prefix := range prefixes(ranges) {
		valid = append(valid, prefix.Masked().String())
	}
	return firstOf(valid, mostServiceCIDRs, cmp.Compare)
}
