package node

import (
	"encoding/binary"

	"github.com/cilium/cilium/pkg/datapath/linux/linux_defaults"
	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"

	"github.com/crossvpc/crossvpc/test/dataplane/ruleset"
)

// masquerade sets up what the agent sets up with iptables, with egress-masquerade-interfaces=eth0: `-o eth0 ! -d
// EXCLUDED -j MASQUERADE` (allEgressMasqueradeCmds in pkg/datapath/iptables/iptables.go). It holds for all pods of the
// node at once, also those whose rules are older.
func (n *Node) masquerade() error {
	table, err := ruleset.Replace(n.Namespace, "cilium")
	if err != nil {
		return err
	}
	if n.config.Masquerade {
		after := table.Hook("CILIUM_POST_nat", nftables.ChainTypeNAT, nftables.ChainHookPostrouting, *nftables.ChainPriorityNATSource)
		after.Rule(ruleset.Out("eth0"), ruleset.NotTo(n.config.excluded(n.Blocks)), []expr.Any{&expr.Masq{}})
	}
	markNodePorts(table)
	return table.Commit()
}

// markNodePorts is addCiliumENIRules of the same file: answers of pods to what came to the node's own address on eth0
// leave by eth0.
func markNodePorts(table *ruleset.Table) {
	const register = 1
	bit := binary.NativeEndian.AppendUint32(nil, linux_defaults.MarkMultinodeNodeport)
	others := binary.NativeEndian.AppendUint32(nil, ^uint32(linux_defaults.MaskMultinodeNodeport))
	none := make([]byte, 4)
	local := binary.NativeEndian.AppendUint32(nil, unix.RTN_LOCAL)
	chain := table.Hook("CILIUM_PRE_mangle", nftables.ChainTypeFilter, nftables.ChainHookPrerouting, *nftables.ChainPriorityMangle)
	chain.Rule(ruleset.In("eth0"), []expr.Any{
		&expr.Fib{Register: register, ResultADDRTYPE: true, FlagDADDR: true, FlagIIF: true},
		&expr.Cmp{Op: expr.CmpOpEq, Register: register, Data: local},
		&expr.Ct{Key: expr.CtKeyMARK, Register: register},
		&expr.Bitwise{SourceRegister: register, DestRegister: register, Len: 4, Mask: others, Xor: bit},
		&expr.Ct{Key: expr.CtKeyMARK, Register: register, SourceRegister: true},
	})
	chain.Rule(ruleset.In("lxc*"), []expr.Any{
		&expr.Ct{Key: expr.CtKeyMARK, Register: register},
		&expr.Bitwise{SourceRegister: register, DestRegister: register, Len: 4, Mask: bit, Xor: none},
		&expr.Meta{Key: expr.MetaKeyMARK, Register: register, SourceRegister: true},
	})
}
