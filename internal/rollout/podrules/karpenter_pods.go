package podrules

import (
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// disruptedTaint is what Karpenter keeps new pods off a node with that it removes (pkg/apis/v1/taints.go in
// sigs.k8s.io/karpenter).
var disruptedTaint = corev1.Taint{Key: "karpenter.sh/disrupted", Effect: corev1.TaintEffectNoSchedule}

// Undisruptable says that a pod keeps Karpenter from replacing its node, also one that our own drain would leave where it
// is: pods of DaemonSets and static ones count there (ValidatePodsDisruptable in pkg/controllers/state/statenode.go of
// sigs.k8s.io/karpenter). nil: it does not.
func (b Budgets) Undisruptable(pod *corev1.Pod, now time.Time) *Finding {
	return b.refusesKarpenter(pod, now, "Karpenter does not replace a node with such a pod, also where a DaemonSet or the kubelet made it.")
}

// Forced says that Karpenter would force a pod out of its node which asks not to be disturbed, or whose budget never
// allows it: a terminationGracePeriod overrules both (docs of spec.template.spec.terminationGracePeriod in pkg/apis/v1/nodepool.go of
// sigs.k8s.io/karpenter). A budget that only refuses now is no reason: it is honoured until then. nil: it would not.
func (b Budgets) Forced(pod *corev1.Pod, now time.Time, pool, after string) *Finding {
	return b.refusesKarpenter(pod, now, fmt.Sprintf("The node's NodeClaim, of NodePool %s, has a terminationGracePeriod of %s, after which Karpenter forces it out. "+
		"Set spec.rollout.forcedEvictions to Allowed to accept that.", pool, after))
}

func (b Budgets) refusesKarpenter(pod *corev1.Pod, now time.Time, consequence string) *Finding {
	if pod.DeletionTimestamp != nil || finished(pod) {
		return nil
	}
	why := protection(pod, now)
	if why == nil && !Static(pod) && !tolerates(pod, &disruptedTaint) {
		why = b.Deadlock(pod)
	}
	if why == nil {
		return nil
	}
	return &Finding{Reason: why.Reason, Message: strings.TrimSuffix(why.Message, ".") + ". " + consequence, Until: why.Until}
}
