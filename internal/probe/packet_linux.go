package probe

import (
	"net"
	"net/netip"

	"golang.org/x/sys/unix"
)

// largestSent is the size of the largest IP packets that TCP sends on a connection, as the kernel says after
// path MTU discovery: the segment in use with its headers. It is bounded by this pod's interface, by what the peer
// takes, and by each "fragmentation needed" that came back. 0: the kernel does not say.
func largestSent(conn net.Conn) int {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return 0
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return 0
	}
	var info *unix.TCPInfo
	var failed error
	if err := raw.Control(func(fd uintptr) {
		info, failed = unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO)
	}); err != nil || failed != nil {
		return 0
	}
	return int(info.Snd_mss) + headers(conn, info.Options)
}

// Sizes of headers in bytes, and the flag of TCP_INFO that says that segments carry timestamps.
const (
	tcpHeader       = 20
	timestampOption = 12
	ipv4Header      = 20
	ipv6Header      = 40
	hasTimestamps   = 1
)

func headers(conn net.Conn, options uint8) int {
	size := tcpHeader + ipv4Header
	if local, err := netip.ParseAddrPort(conn.LocalAddr().String()); err == nil && !local.Addr().Unmap().Is4() {
		size = tcpHeader + ipv6Header
	}
	if options&hasTimestamps != 0 {
		size += timestampOption
	}
	return size
}
