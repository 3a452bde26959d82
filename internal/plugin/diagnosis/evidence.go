package diagnosis

import (
	"net/netip"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cidr"
	"github.com/crossvpc/crossvpc/internal/plugin/policies"
)

// Evidence is all that a diagnosis looks at.
type Evidence struct {
	// From and To are the two ends.
	From, To End
	// Peering joins their VPCs; nil: none does.
	Peering *v1alpha1.VPCPeering
	// Port of the destination that is asked about; nil: any.
	Port *policies.Port
	// PathReadNow: status.path and PathClear are of now, by whoever asks, and not of the manager's last look.
	PathReadNow bool
	// ManagerSeen is when the acting manager renewed its lease last; zero: no lease says.
	ManagerSeen, Now time.Time
	// Late are the VPCPeering and the clusters of the ends that the manager has not looked at when it should have, and since when.
	Late []string
}

// End is where packets come from or go to.
type End struct {
	// Name as the person gave it.
	Name string
	// Cluster it is in; nil: a network without a cluster, or one that could not be read.
	Cluster *v1alpha1.PeeredCluster
	// Node it is on; empty: any.
	Node string
	// Address it has; invalid: any of its network.
	Address netip.Addr
	// Side of the peering that it is on.
	Side *v1alpha1.SideStatus
	// Pod it is; nil: none was named.
	Pod *corev1.Pod
	// Policies are those that may select the pod.
	Policies policies.Subject
	// Agent is Cilium's on the pod's node.
	Agent Agent
}

// Agent is what was seen of Cilium's agent on a node.
type Agent struct {
	// Namespace and Name of its pod; without a name there is none.
	Namespace, Name string
	// Ready: it answers. Failing: it is started again and again.
	Ready, Failing bool
	// NotForNode: the node is of a kind that Cilium does not run on.
	NotForNode bool
	// Unread says why it could not be looked for; empty: it could.
	Unread string
}

// blocks are the end's, as CIDRs.
func (e End) blocks() []netip.Prefix {
	if e.Side == nil {
		return nil
	}
	return parsed(e.Side.CIDRBlocks...)
}

// addresses are what of the peer has to be reached: the one that was named, else its blocks.
func (e End) addresses() []netip.Prefix {
	if e.Address.IsValid() {
		return []netip.Prefix{netip.PrefixFrom(e.Address, e.Address.BitLen())}
	}
	return e.blocks()
}

// asked are the blocks of the peer that have what has to be reached.
func (e End) asked() []netip.Prefix {
	return slices.DeleteFunc(e.blocks(), func(block netip.Prefix) bool { return e.Address.IsValid() && !block.Contains(e.Address) })
}

// parsed leaves out what is no CIDR: the API server let none of those in.
func parsed(texts ...string) []netip.Prefix {
	var all []netip.Prefix
	for _, text := range texts {
		if block, err := cidr.Parse(text); err == nil {
			all = append(all, block)
		}
	}
	return all
}

// reversed is the evidence of the way back.
func (e Evidence) reversed() Evidence {
	e.From, e.To = e.To, e.From
	return e
}

// condition is one of the peering's.
func (e Evidence) condition(kind string) *metav1.Condition {
	return meta.FindStatusCondition(e.Peering.Status.Conditions, kind)
}

// finding is the first one of the path with that reason.
func (e Evidence) finding(reason string) *v1alpha1.Finding {
	if e.Peering.Status.Path == nil {
		return nil
	}
	for i, finding := range e.Peering.Status.Path.Findings {
		if finding.Reason == reason {
			return &e.Peering.Status.Path.Findings[i]
		}
	}
	return nil
}
