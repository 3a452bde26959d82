// Package ruleset writes nftables rules in few words. A [Table] replaces, at once, what was there of its name.
package ruleset

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"

	"github.com/crossvpc/crossvpc/test/dataplane/netspace"
)

// Table is a set of chains to be.
type Table struct {
	connection *nftables.Conn
	table      *nftables.Table
}

// Replace begins a table of IPv4 in place of the one of that name. Nothing happens before Commit.
func Replace(ns *netspace.Namespace, name string) (*Table, error) {
	connection, err := nftables.New(nftables.WithNetNSFd(ns.FD()), nftables.WithSockOptions(func(c *netlink.Conn) error {
		return c.SetReadBuffer(acknowledgements)
	}))
	if err != nil {
		return nil, fmt.Errorf("nftables of %s: %w", ns.Name, err)
	}
	table := &nftables.Table{Name: name, Family: nftables.TableFamilyIPv4}
	connection.AddTable(table) // so that there is one to delete
	connection.DelTable(table)
	return &Table{connection: connection, table: connection.AddTable(table)}, nil
}

// acknowledgements is how many bytes of them may wait; for others than root the kernel sets its own limit.
const acknowledgements = 8 << 20

// Commit makes it so.
func (t *Table) Commit() error {
	if err := t.connection.Flush(); err != nil {
		return fmt.Errorf("nftables table %s: %w", t.table.Name, err)
	}
	return nil
}

// Hook adds a chain that the kernel calls.
func (t *Table) Hook(name string, kind nftables.ChainType, hook *nftables.ChainHook, priority nftables.ChainPriority) *Chain {
	return &Chain{t, t.connection.AddChain(&nftables.Chain{Name: name, Table: t.table, Type: kind, Hooknum: hook, Priority: &priority})}
}

// Chain adds one that rules jump to.
func (t *Table) Chain(name string) *Chain {
	return &Chain{t, t.connection.AddChain(&nftables.Chain{Name: name, Table: t.table})}
}

// Chain of rules.
type Chain struct {
	table *Table
	chain *nftables.Chain
}

// Rule adds a rule: what it matches, then what it does.
func (c *Chain) Rule(parts ...[]expr.Any) {
	c.table.connection.AddRule(&nftables.Rule{Table: c.table.table, Chain: c.chain, Exprs: slices.Concat(parts...)})
}

const register = 1

// In matches the interface that a packet came in by.
func In(name string) []expr.Any { return device(expr.MetaKeyIIFNAME, name, expr.CmpOpEq) }

// Out matches the interface that it leaves by.
func Out(name string) []expr.Any { return device(expr.MetaKeyOIFNAME, name, expr.CmpOpEq) }

// device matches a name, or with a trailing * the names that begin so.
func device(key expr.MetaKey, name string, op expr.CmpOp) []expr.Any {
	data := make([]byte, unix.IFNAMSIZ)
	copy(data, name)
	if begin, ok := cutStar(name); ok {
		data = []byte(begin)
	}
	return []expr.Any{&expr.Meta{Key: key, Register: register}, &expr.Cmp{Op: op, Register: register, Data: data}}
}

func cutStar(name string) (string, bool) {
	if name != "" && name[len(name)-1] == '*' {
		return name[:len(name)-1], true
	}
	return name, false
}

const sourceOffset, destinationOffset = 12, 16

// From matches the source address.
func From(prefix netip.Prefix) []expr.Any { return address(sourceOffset, prefix, expr.CmpOpEq) }

// To matches the destination address.
func To(prefix netip.Prefix) []expr.Any { return address(destinationOffset, prefix, expr.CmpOpEq) }

// NotTo matches every other destination address.
func NotTo(prefix netip.Prefix) []expr.Any { return address(destinationOffset, prefix, expr.CmpOpNeq) }

func address(offset uint32, prefix netip.Prefix, op expr.CmpOp) []expr.Any {
	var mask []byte
	mask = binary.BigEndian.AppendUint32(mask, ^uint32(0)<<(32-prefix.Bits()))
	return []expr.Any{
		&expr.Payload{DestRegister: register, Base: expr.PayloadBaseNetworkHeader, Offset: offset, Len: 4},
		&expr.Bitwise{SourceRegister: register, DestRegister: register, Len: 4, Mask: mask, Xor: make([]byte, 4)},
		&expr.Cmp{Op: op, Register: register, Data: prefix.Masked().Addr().AsSlice()},
	}
}

// Protocol matches the protocol, and for TCP and UDP the destination port.
func Protocol(number uint8, from, to uint16) []expr.Any {
	if number == 0 {
		return nil
	}
	match := []expr.Any{
		&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: register}, &expr.Cmp{Op: expr.CmpOpEq, Register: register, Data: []byte{number}},
	}
	if from == 0 && to == 0 || number != unix.IPPROTO_TCP && number != unix.IPPROTO_UDP {
		return match
	}
	return append(match,
		&expr.Payload{DestRegister: register, Base: expr.PayloadBaseTransportHeader, Offset: 2, Len: 2},
		&expr.Cmp{Op: expr.CmpOpGte, Register: register, Data: binary.BigEndian.AppendUint16(nil, from)},
		&expr.Cmp{Op: expr.CmpOpLte, Register: register, Data: binary.BigEndian.AppendUint16(nil, to)},
	)
}

// Handshake matches the packets that open a TCP connection: SYN and SYN-ACK.
func Handshake() []expr.Any {
	return append(Protocol(unix.IPPROTO_TCP, 0, 0),
		&expr.Payload{DestRegister: register, Base: expr.PayloadBaseTransportHeader, Offset: 13, Len: 1},
		&expr.Bitwise{SourceRegister: register, DestRegister: register, Len: 1, Mask: []byte{0x02}, Xor: []byte{0}},
		&expr.Cmp{Op: expr.CmpOpNeq, Register: register, Data: []byte{0}},
	)
}

// Answers matches what belongs to a connection that was let pass, as errors about it do.
func Answers() []expr.Any {
	const established = expr.CtStateBitESTABLISHED | expr.CtStateBitRELATED
	return []expr.Any{
		&expr.Ct{Key: expr.CtKeySTATE, Register: register},
		&expr.Bitwise{
			SourceRegister: register, DestRegister: register, Len: 4,
			Mask: binary.NativeEndian.AppendUint32(nil, established), Xor: make([]byte, 4),
		},
		&expr.Cmp{Op: expr.CmpOpNeq, Register: register, Data: make([]byte, 4)},
	}
}

// Report sends the packet's head to an NFLOG group, with a text.
func Report(group uint16, text string) []expr.Any {
	return []expr.Any{&expr.Log{
		Key:   1<<unix.NFTA_LOG_GROUP | 1<<unix.NFTA_LOG_PREFIX | 1<<unix.NFTA_LOG_QTHRESHOLD,
		Group: group, QThreshold: 1, Data: []byte(text[:min(len(text), 127)]),
	}}
}

// Accept lets the packet pass.
func Accept() []expr.Any { return verdict(expr.VerdictAccept) }

// Drop drops the packet.
func Drop() []expr.Any { return verdict(expr.VerdictDrop) }

// Return goes on behind the jump.
func Return() []expr.Any { return verdict(expr.VerdictReturn) }

func verdict(kind expr.VerdictKind) []expr.Any { return []expr.Any{&expr.Verdict{Kind: kind}} }

// Jump calls a chain.
func (c *Chain) Jump() []expr.Any {
	return []expr.Any{&expr.Verdict{Kind: expr.VerdictJump, Chain: c.chain.Name}}
}
