package node

import (
	"strconv"
	"strings"
)

// Release is a version of Cilium, as far as the agent that is played differs. The routing code is the same for all: that
// of the library in go.mod.
type Release struct {
	// Name of the release.
	Name string
	// OpensSecondary: the agent switches the reverse path filter of secondary interfaces off. Since 1.17
	// (configureENINetlinkDevice in pkg/ipam/eni.go; crd_eni.go before).
	OpensSecondary bool
	// RestoresRules: an agent that starts gives the pods that it finds present rules. 1.20.2, and 1.19.8
	// (configureRoutingInfo in daemon/cmd/endpoint_restore.go; cilium/cilium#48417, #48422).
	RestoresRules bool
}

// Parse finds out what a version does, such as "1.18.4".
func Parse(version string) Release {
	n := [3]int{}
	for i, part := range strings.SplitN(strings.TrimPrefix(version, "v"), ".", 3) {
		n[i], _ = strconv.Atoi(part)
	}
	minor, patch := n[1], n[2]
	return Release{
		Name:           version,
		OpensSecondary: minor >= 17,
		RestoresRules:  minor > 20 || minor == 20 && patch >= 2 || minor == 19 && patch >= 8,
	}
}
