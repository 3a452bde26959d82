// Command steady keeps asking, every 50 ms and both ways, between two network interfaces of a simulated AWS. Its packets
// go through the route tables and security groups that AWS has at that moment. It prints "answered" or "lost: …" for
// each request, until its standard input ends.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/vishvananda/netlink"

	"github.com/crossvpc/crossvpc/test/dataplane/awsstate"
	"github.com/crossvpc/crossvpc/test/dataplane/fabric"
	"github.com/crossvpc/crossvpc/test/dataplane/netspace"
)

const (
	// exitUnavailable says that there are no network namespaces here.
	exitUnavailable = 3
	pause           = 50 * time.Millisecond
	// patience is below the second after which a lost SYN is sent again: what is dropped once counts as lost.
	patience = 900 * time.Millisecond
	port     = 8080
)

func main() {
	url := flag.String("aws", "", "URL of the simulated AWS")
	from := flag.String("from", "", "id of one network interface")
	to := flag.String("to", "", "id of the other")
	flag.Parse()
	err := netspace.Probe()
	if os.Geteuid() != 0 { // in a user namespace it would not reach AWS
		err = errors.New("it needs root")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "steady:", err)
		os.Exit(exitUnavailable)
	}
	if err := run(*url, *from, *to); err != nil {
		fmt.Fprintln(os.Stderr, "steady:", err)
		os.Exit(1)
	}
}

func run(url string, ids ...string) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	state, err := awsstate.Read(ctx, url)
	if err != nil {
		return err
	}
	networks := fabric.New(fabric.NewLog())
	defer func() { _ = networks.Close() }()
	if err := networks.Apply(state); err != nil {
		return err
	}
	var machines []machine
	for _, id := range ids {
		m, err := boot(networks, state, id)
		if err != nil {
			return err
		}
		machines = append(machines, m)
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	go follow(ctx, url, networks, state)
	ask(ctx, machines)
	return nil
}

type machine struct {
	*netspace.Namespace
	address netip.Addr
}

// boot plugs a machine that answers into an interface.
func boot(networks *fabric.Fabric, state fabric.State, id string) (machine, error) {
	at := slices.IndexFunc(state.Interfaces, func(i fabric.Interface) bool { return i.ID == id })
	if at < 0 {
		return machine{}, fmt.Errorf("AWS has no interface %s", id)
	}
	subnet := subnetOf(state, state.Interfaces[at].Subnet)
	ns, err := netspace.New("steady-" + id[len(id)-6:])
	if err != nil {
		return machine{}, err
	}
	m := machine{ns, state.Interfaces[at].Address}
	if err := networks.Plug(id, ns, "eth0"); err != nil {
		return m, err
	}
	if err := ns.AddAddress("eth0", netip.PrefixFrom(m.address, subnet.Block.Bits())); err != nil {
		return m, err
	}
	everywhere := netspace.IPNet(netip.MustParsePrefix("0.0.0.0/0"))
	if err := ns.Netlink.RouteReplace(&netlink.Route{LinkIndex: ns.Index("eth0"), Gw: subnet.Gateway().AsSlice(), Dst: everywhere}); err != nil {
		return m, err
	}
	return m, m.serve()
}

func subnetOf(state fabric.State, id string) fabric.Subnet {
	for _, vpc := range state.VPCs {
		for _, subnet := range vpc.Subnets {
			if subnet.ID == id {
				return subnet
			}
		}
	}
	return fabric.Subnet{}
}

// serve answers each connection with one byte.
func (m machine) serve() error {
	return m.Do(func() error {
		listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp4", fmt.Sprintf("0.0.0.0:%d", port))
		if err != nil {
			return err
		}
		go func() {
			for {
				connection, err := listener.Accept()
				if err != nil {
					return
				}
				_, _ = connection.Write([]byte("!"))
				_ = connection.Close()
			}
		}()
		return nil
	})
}

// follow makes the networks what AWS says, as soon as it says so.
func follow(ctx context.Context, url string, networks *fabric.Fabric, last fabric.State) {
	for range time.Tick(pause / 5) {
		state, err := awsstate.Read(ctx, url)
		if ctx.Err() != nil {
			return
		}
		if err == nil && !reflect.DeepEqual(state, last) {
			err, last = networks.Apply(state), state
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "steady:", err)
		}
	}
}

// ask sends a request at each tick, whatever became of the ones before.
func ask(ctx context.Context, machines []machine) {
	var running sync.WaitGroup
	defer running.Wait()
	underWay := context.WithoutCancel(ctx) // a request that was sent is not lost because nobody asks any more
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			from, to := machines[n%2], machines[(n+1)%2]
			running.Go(func() {
				if err := from.get(underWay, to.address); err != nil {
					fmt.Println("lost:", err)
				} else {
					fmt.Println("answered")
				}
			})
		}
	}
}

func (m machine) get(ctx context.Context, address netip.Addr) error {
	var connection net.Conn
	deadline := time.Now().Add(patience)
	err := m.Do(func() (err error) {
		dialer := net.Dialer{Deadline: deadline}
		connection, err = dialer.DialContext(ctx, "tcp4", netip.AddrPortFrom(address, port).String())
		return err
	})
	if err != nil {
		return err
	}
	defer func() { _ = connection.Close() }()
	if err := connection.SetDeadline(deadline); err != nil {
		return err
	}
	_, err = io.ReadFull(connection, make([]byte, 1))
	return err
}
