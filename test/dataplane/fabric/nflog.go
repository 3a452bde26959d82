package fabric

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"

	"github.com/crossvpc/crossvpc/test/dataplane/netspace"
)

// Groups of NFLOG: what is dropped, and what passes.
const (
	GroupDropped = 7
	GroupSeen    = 8
)

// Of linux/netfilter/nfnetlink_log.h.
const (
	logPacket, logConfig        = unix.NFNL_SUBSYS_ULOG << 8, unix.NFNL_SUBSYS_ULOG<<8 | 1
	configCommand, configMode   = 1, 2
	configThreshold             = 5
	commandBind, copyPacket     = 1, 2
	attributePayload            = 9
	attributePrefix, headLength = 10, 64
)

// Listen adds to the log what a namespace's rules report to both groups. Call the function that it returns in the end.
func (l *Log) Listen(ns *netspace.Namespace) (func(), error) {
	connection, err := netlink.Dial(unix.NETLINK_NETFILTER, &netlink.Config{NetNS: ns.FD()})
	if err != nil {
		return nil, fmt.Errorf("listen to NFLOG of %s: %w", ns.Name, err)
	}
	for _, group := range []uint16{GroupDropped, GroupSeen} { // on one connection: what happened first is told first
		if err := bind(connection, group); err != nil {
			_ = connection.Close()
			return nil, fmt.Errorf("listen to NFLOG group %d of %s: %w", group, ns.Name, err)
		}
	}
	go l.receive(connection, ns.Name)
	return func() { _ = connection.Close() }, nil
}

func bind(connection *netlink.Conn, group uint16) error {
	mode := append(binary.BigEndian.AppendUint32(nil, headLength), copyPacket, 0)
	for _, attribute := range []netlink.Attribute{
		{Type: configCommand, Data: []byte{commandBind}},
		{Type: configMode, Data: mode},
		{Type: configThreshold, Data: binary.BigEndian.AppendUint32(nil, 1)}, // or the kernel gathers for a second
	} {
		data, err := netlink.MarshalAttributes([]netlink.Attribute{attribute})
		if err != nil {
			return err
		}
		header := binary.BigEndian.AppendUint16([]byte{unix.AF_INET, unix.NFNETLINK_V0}, group)
		_, err = connection.Execute(netlink.Message{
			Header: netlink.Header{Type: logConfig, Flags: netlink.Request | netlink.Acknowledge}, Data: append(header, data...),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// receive reads until the connection is closed.
func (l *Log) receive(connection *netlink.Conn, where string) {
	for {
		messages, err := connection.Receive()
		if errors.Is(err, unix.ENOBUFS) {
			continue // reports were lost: a flood of packets
		}
		if err != nil {
			return
		}
		for _, m := range messages {
			if s, ok := sightingOf(m); ok {
				s.Where = where
				l.add(s)
			}
		}
	}
}

// sightingOf decodes a report: its text says where the packet came from, or why it was dropped.
func sightingOf(m netlink.Message) (s Sighting, ok bool) {
	if m.Header.Type != logPacket || len(m.Data) < 4 {
		return s, false
	}
	attributes, err := netlink.UnmarshalAttributes(m.Data[4:])
	if err != nil {
		return s, false
	}
	text := &s.Dropped
	if binary.BigEndian.Uint16(m.Data[2:]) == GroupSeen {
		text = &s.Interface
	}
	for _, a := range attributes {
		switch a.Type {
		case attributePrefix:
			*text = strings.TrimRight(string(a.Data), "\x00")
		case attributePayload:
			s.Packet, ok = packetOf(a.Data)
		}
	}
	return s, ok
}

func packetOf(data []byte) (Packet, bool) {
	if len(data) < 20 || data[0]>>4 != 4 {
		return Packet{}, false
	}
	source, destination := netip.AddrFrom4([4]byte(data[12:16])), netip.AddrFrom4([4]byte(data[16:20]))
	p := Packet{Protocol: data[9]}
	head := data[min(len(data), int(data[0]&0x0f)*4):]
	var from, to uint16
	if len(head) >= 14 && (p.Protocol == unix.IPPROTO_TCP || p.Protocol == unix.IPPROTO_UDP) {
		from, to = binary.BigEndian.Uint16(head), binary.BigEndian.Uint16(head[2:])
		p.Flags = head[13]
	}
	p.Source, p.Destination = netip.AddrPortFrom(source, from), netip.AddrPortFrom(destination, to)
	return p, true
}
