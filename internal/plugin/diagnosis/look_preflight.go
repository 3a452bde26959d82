package diagnosis

import (
	"net/netip"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cidr"
	"github.com/crossvpc/crossvpc/internal/message"
)

// preflight asks about one of the reasons that the condition PreflightPassed has; the check of the condition itself is behind it.
func preflight(reason string) func(Evidence) result {
	return func(e Evidence) result {
		if found := e.condition(v1alpha1.ConditionPreflightPassed); found != nil && found.Status == metav1.ConditionFalse && found.Reason == reason {
			return fails("%s", found.Message)
		} else if found == nil || found.Status == metav1.ConditionUnknown {
			return judge(v1alpha1.ConditionPreflightPassed, found)
		}
		return holds("Nothing of this kind was found.")
	}
}

// enforcesEncryption is how the condition says it of VPCs that are joined (EnforcesEncryption of internal/peering).
const enforcesEncryption = "enforces encryption in transit"

// encrypted: before the connection is made an encryption control refuses it, and afterwards AWS decides what becomes of packets.
func encrypted(e Evidence) result {
	if found := e.condition(v1alpha1.ConditionPreflightPassed); found != nil && found.Status == metav1.ConditionTrue && strings.Contains(found.Message, enforcesEncryption) {
		return remark("%s", found.Message)
	}
	return preflight(v1alpha1.ReasonEncryptionEnforced)(e)
}

// outsideServices: nodes take what is sent to an address of a Service, so it does not leave the source's cluster. Answers are
// sent to the port that the connection came from, which is no Service's.
func outsideServices(e Evidence) result {
	if found := preflight(v1alpha1.ReasonServiceRangeOverlap)(e); found.outcome != Holds || e.From.Cluster == nil {
		return found
	}
	ranges := e.From.Cluster.Status.ServiceCIDRs
	shared := cidr.Intersection(e.To.addresses(), parsed(ranges...))
	switch {
	case len(shared) == 0 && (len(ranges) == 0 || len(cidr.Intersection(e.To.addresses(), atMost(parsed(ranges...)))) > 0):
		return unclear("Which addresses the Services of PeeredCluster %s have is not known: before Kubernetes 1.33 only spec.access.eks tells, and the condition Reachable says what may not be read.", e.From.Cluster.Name)
	case len(shared) == 0:
		return holds("The Services of the source's cluster have other addresses.")
	case e.To.Address.IsValid():
		return fails("Address %s is in %s, the addresses of the Services of PeeredCluster %s: its nodes may take what is sent there for a Service. Re-address one of them.",
			e.To.Address, message.List(ranges), e.From.Cluster.Name)
	}
	return remark("%s of the peer are in %s, the addresses of the Services of PeeredCluster %s: hosts there may not be reached.",
		message.List(cidr.Strings(shared)), message.List(ranges), e.From.Cluster.Name)
}

// serviceBits is how many bits the addresses of Services have at most: an API server takes no larger range
// (maxCIDRBits in cmd/kube-apiserver/app/options/validation.go of Kubernetes).
const serviceBits = 20

// atMost is where Services may be: of a range that is not served one address is known, the first.
func atMost(ranges []netip.Prefix) []netip.Prefix {
	var all []netip.Prefix
	for _, known := range ranges {
		if known.IsSingleIP() {
			known = netip.PrefixFrom(known.Addr(), known.Bits()-serviceBits).Masked()
		}
		all = append(all, known)
	}
	return all
}
