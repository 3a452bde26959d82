package policies

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Port is a range of ports of a protocol.
type Port struct {
	// Protocol is TCP, UDP or SCTP; empty: each of them.
	Protocol corev1.Protocol
	// First and Last of the range; both 0: all.
	First, Last int32
}

// ParsePort reads 8080, or 53/udp. Without a protocol it is TCP.
func ParsePort(text string) (Port, error) {
	number, protocol, found := strings.Cut(text, "/")
	if !found {
		protocol = string(corev1.ProtocolTCP)
	}
	port, err := strconv.ParseUint(number, 10, 16)
	known := []string{string(corev1.ProtocolTCP), string(corev1.ProtocolUDP), string(corev1.ProtocolSCTP)}
	if protocol = strings.ToUpper(protocol); err != nil || port == 0 || !slices.Contains(known, protocol) {
		return Port{}, fmt.Errorf("%q is no port: write one as 8080, or 53/udp", text)
	}
	return Port{corev1.Protocol(protocol), int32(port), int32(port)}, nil
}

// String is how a person writes it.
func (p Port) String() string {
	text := strconv.Itoa(int(p.First))
	switch {
	case p == none():
		return "none"
	case p.First == 0 && p.Last == 0:
		text = "all"
	case p.Last > p.First:
		text += "-" + strconv.Itoa(int(p.Last))
	}
	if p.Protocol == "" {
		return text
	}
	return text + "/" + string(p.Protocol)
}

// has reports whether the range contains a single port.
func (p Port) has(one Port) bool {
	if p.Protocol != "" && p.Protocol != one.Protocol {
		return false
	}
	return p.First == 0 && p.Last == 0 || p.First <= one.First && one.First <= max(p.First, p.Last)
}

// on reports whether the rule is for a port; with nil: whether it is for all of them.
func (r Rule) on(port *Port) bool {
	if port == nil {
		return len(r.Ports) == 0
	}
	return len(r.Ports) == 0 || slices.ContainsFunc(r.Ports, func(p Port) bool { return p.has(*port) })
}

// onAny reports whether the rule is for any port at all.
func (r Rule) onAny() bool {
	return len(r.Ports) == 0 || slices.ContainsFunc(r.Ports, func(p Port) bool { return p != none() })
}

// none is a range that no port is in: a name that the pod does not have.
func none() Port { return Port{First: -1, Last: -1} }

// named are the ports of a pod with that name. Which port of a peer's pod has it, Cilium does not know: the peer's pods are
// addresses to it.
func named(pod *corev1.Pod, direction Direction, name string, protocol corev1.Protocol) []Port {
	var found []Port
	for _, container := range pod.Spec.Containers {
		for _, port := range container.Ports {
			of := port.Protocol
			if of == "" {
				of = corev1.ProtocolTCP
			}
			if direction == Ingress && port.Name == name && (protocol == "" || protocol == of) {
				found = append(found, Port{of, port.ContainerPort, port.ContainerPort})
			}
		}
	}
	if len(found) == 0 {
		return []Port{none()}
	}
	return found
}
