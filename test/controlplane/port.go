package controlplane

import (
	"context"
	"fmt"
	"net"
	"strconv"

	"golang.org/x/sys/unix"
)

// port is a loopback port that stays ours from the choice to the end of the fleet,
// also while its API server is stopped: we are bound to it without listening, and
// the server, of the same user, binds beside us (SO_REUSEPORT).
type port struct {
	number int
	holder int // file descriptor of the bound socket
}

func reservePort() (port, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		return port{}, fmt.Errorf("reserve a port: %w", err)
	}
	unix.CloseOnExec(fd)
	number, err := bindLoopback(fd)
	if err != nil {
		_ = unix.Close(fd)
		return port{}, fmt.Errorf("reserve a port: %w", err)
	}
	return port{number: number, holder: fd}, nil
}

func bindLoopback(fd int) (int, error) {
	for _, option := range []int{unix.SO_REUSEADDR, unix.SO_REUSEPORT} {
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, option, 1); err != nil {
			return 0, err
		}
	}
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return 0, err
	}
	address, err := unix.Getsockname(fd)
	if err != nil {
		return 0, err
	}
	return address.(*unix.SockaddrInet4).Port, nil
}

func (p port) String() string { return strconv.Itoa(p.number) }

func (p port) url() string { return "https://127.0.0.1:" + p.String() }

func (p port) release() { _ = unix.Close(p.holder) }

// accepts tells whether something listens.
func (p port) accepts(ctx context.Context) bool {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", "127.0.0.1:"+p.String())
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}
