package access

import (
	"net"
	"net/netip"
	"sync"
	"syscall"
)

// dialled remembers the address that was dialled last: a name that resolves to a
// private address is told in another way than one that does not.
type dialled struct {
	mu   sync.Mutex
	last netip.Addr
}

// dialer dials as every connection does, and notes where to.
func (d *dialled) dialer() *net.Dialer {
	noting := *dialer
	noting.Control = func(network, address string, connection syscall.RawConn) error {
		if parsed, err := netip.ParseAddrPort(address); err == nil {
			d.mu.Lock()
			d.last = parsed.Addr().Unmap()
			d.mu.Unlock()
		}
		return dialer.Control(network, address, connection)
	}
	return &noting
}

func (d *dialled) address() netip.Addr {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.last
}
