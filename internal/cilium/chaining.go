package cilium

import "strings"

// Ways in which another plugin gives pods their addresses and rules, beside [ChainingAWSCNI].
const (
	// chainingGeneric inserts Cilium behind whatever plugin is there (Helm: cni.chainingMode, or the default where
	// cni.chainingTarget is set).
	chainingGeneric = "generic-veth"
	// ipamDelegated leaves addresses to another plugin.
	ipamDelegated = "delegated-plugin"
	// anyNetwork is the chaining target that takes the first network it finds.
	anyNetwork = "*"
)

// RoutedByAWSNode reports whether pods have their rules from Amazon's plugin, alone or with Cilium
// chained to it. One that runs nowhere is a left-over where Cilium is not looked for in the right place,
// except one that we wrote to: then its nodes are at zero.
func (f Facts) RoutedByAWSNode() bool {
	if !f.Found {
		return f.awsNodeRuns()
	}
	switch mode := strings.ToLower(f.Chaining); {
	case mode == ChainingAWSCNI, f.ChainingTarget == ChainingAWSCNI: // by name of its network, whatever the mode (renderCNIConf in daemon/cmd/cni of cilium)
		return true
	case mode == chainingGeneric, f.ChainingTarget == anyNetwork, f.IPAM == ipamDelegated: // to a plugin that is not named: aws-node, where that is what runs
		return f.awsNodeRuns()
	default:
		return false
	}
}

func (f Facts) awsNodeRuns() bool {
	return f.AWSNode != nil && (!f.AWSNode.Parked || len(f.AWSNode.Ours) > 0)
}
