package node

import (
	"bufio"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/google/nftables"

	"github.com/crossvpc/crossvpc/test/dataplane/fabric"
	"github.com/crossvpc/crossvpc/test/dataplane/ruleset"
)

// observe notes the packets that come in, before anything is done to them.
func (n *Node) observe() error {
	table, err := ruleset.Replace(n.Namespace, "observer")
	if err != nil {
		return err
	}
	chain := table.Hook("before", nftables.ChainTypeFilter, nftables.ChainHookPrerouting, *nftables.ChainPriorityRaw)
	for number := range n.Devices {
		name := DeviceName(number)
		chain.Rule(ruleset.In(name), ruleset.Handshake(), ruleset.Report(fabric.GroupSeen, name))
	}
	chain.Rule(ruleset.In("lxc*"), ruleset.Handshake(), ruleset.Report(fabric.GroupSeen, "pod"))
	return table.Commit()
}

// ReversePathDrops counts the packets that the reverse path filter has dropped so far.
func (n *Node) ReversePathDrops() (count int, err error) {
	err = n.Do(func() error {
		count, err = counter("/proc/thread-self/net/netstat", "TcpExt:", "IPReversePathFilter")
		return err
	})
	return count, err
}

// counter reads one of the kernel's counters: a line of names, and one of values.
func counter(path, group, name string) (int, error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer func() { _ = file.Close() }()
	var names []string
	for lines := bufio.NewScanner(file); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		switch {
		case len(fields) == 0 || fields[0] != group:
		case names == nil:
			names = fields
		default:
			if i := slices.Index(names, name); i > 0 && i < len(fields) {
				return strconv.Atoi(fields[i])
			}
		}
	}
	return 0, fmt.Errorf("%s has no counter %s %s", path, group, name)
}
