package main

import (
	"flag"
	"fmt"
	"net/netip"
	"time"

	"github.com/crossvpc/crossvpc/internal/probe"
)

// options are the settings of all modes; each mode binds those it has.
type options struct {
	terminationLog string
	deadline       time.Duration
	run            string

	listen string

	peers    []netip.AddrPort
	bytes    int
	patience time.Duration
	timeout  time.Duration
	attempts int

	pods   []probe.PodAddress
	blocks []netip.Prefix
}

func defaultOptions() *options {
	return &options{
		terminationLog: "/dev/termination-log",
		deadline:       2 * time.Minute,
		listen:         ":18500",
		bytes:          1 << 16,
		patience:       15 * time.Second,
		timeout:        5 * time.Second,
		attempts:       10,
	}
}

func (o *options) bind(flags *flag.FlagSet, mode string) {
	flags.StringVar(&o.terminationLog, "termination-log", o.terminationLog, "file for the result, which a kubelet reads; empty: none")
	flags.DurationVar(&o.deadline, "deadline", o.deadline, "when to end, come what may")
	switch mode {
	case "serve":
		flags.StringVar(&o.run, "run", o.run, "run that this server belongs to; dialers of another refuse it")
		flags.StringVar(&o.listen, "listen", o.listen, "address and port to listen on")
	case "dial":
		flags.StringVar(&o.run, "run", o.run, "run that the peers' servers must belong to")
		flags.Func("peer", "ADDRESS:PORT to dial; may be given several times", parseInto(&o.peers, netip.ParseAddrPort))
		flags.IntVar(&o.bytes, "bytes", o.bytes, "bytes to transfer each way, 8501 to 1048576: more than an inter-region peering carries in one packet")
		flags.DurationVar(&o.patience, "patience", o.patience, "how long to try to connect")
		flags.DurationVar(&o.timeout, "timeout", o.timeout, "timeout of one attempt to connect, and of each exchange after it")
		flags.IntVar(&o.attempts, "attempts", o.attempts, "how often to connect once more to measure how long that takes and what is lost, 0 to 100")
	case "rules":
		flags.Func("pod", "ADDRESS=NUMBER-OF-ENI of a pod of this node (CiliumNode, status.eni.enis); may be given several times", parseInto(&o.pods, probe.ParsePodAddress))
		flags.Func("peer-block", "block of the other side, such as 10.12.0.0/16; may be given several times", parseInto(&o.blocks, netip.ParsePrefix))
	}
}

func parseInto[T any](list *[]T, parse func(string) (T, error)) func(string) error {
	return func(text string) error {
		parsed, err := parse(text)
		if err != nil {
			return fmt.Errorf("reading %q: %w", text, err)
		}
		*list = append(*list, parsed)
		return nil
	}
}
