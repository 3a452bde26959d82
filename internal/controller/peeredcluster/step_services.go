package peeredcluster

import (
	"cmp"
	"context"
	"net/netip"

	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/crossvpc/crossvpc/internal/clusterview"
)

// mostServiceCIDRs is what status takes.
const mostServiceCIDRs = 20

// observeServices reads the addresses of Services, which a VPCPeering compares with its
// peer's blocks before its first write. What can't be read holds nothing up: the former
// stays, or nothing is known.
func (c *configuration) observeServices(ctx context.Context, _ *findings) error {
	if at := c.memory.servicesAt; !at.IsZero() && c.start.Sub(at) < servicesAge {
		return nil
	}
	ranges, err := c.readServices(ctx)
	if err != nil {
		ctrl.LoggerFrom(ctx).Info("Cannot read the Service ranges; the next reconciliation tries again", "error", c.connection.Explain(err).Error())
		return nil
	}
	c.memory.servicesAt = c.start
	c.Object.Status.ServiceCIDRs = ranges
	return nil
}

func (c *configuration) readServices(ctx context.Context) ([]string, error) {
	ranges, err := clusterview.ServiceCIDRs(ctx, c.connection.Live)
	if err != nil {
		return nil, err
	}
	if ofEKS := c.connection.ServiceCIDR(); len(ranges) == 0 && ofEKS != "" {
		ranges = []string{ofEKS}
	}
	if len(ranges) == 0 {
		address, err := clusterview.ServiceAddress(ctx, c.connection.Live)
		if err != nil {
			return nil, err
		}
		ranges = addressRange(address)
	}
	return validRanges(ranges), nil
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
