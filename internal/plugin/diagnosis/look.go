package diagnosis

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cidr"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/plugin/view"
)

// result is what a check found.
type result struct {
	outcome Outcome
	said    string
}

func holds(format string, args ...any) result   { return result{Holds, fmt.Sprintf(format, args...)} }
func fails(format string, args ...any) result   { return result{Fails, fmt.Sprintf(format, args...)} }
func unclear(format string, args ...any) result { return result{Unclear, fmt.Sprintf(format, args...)} }
func remark(format string, args ...any) result  { return result{Remark, fmt.Sprintf(format, args...)} }

func joined(e Evidence) result {
	if e.Peering == nil {
		return fails("No VPCPeering joins %s and %s.%s%s Create one, or see those that exist: kubectl crossvpc status -A",
			e.From.Name, e.To.Name, readAs(e.From), readAs(e.To))
	}
	return holds("VPCPeering %s/%s joins them.", e.Peering.Namespace, e.Peering.Name)
}

// readAs says how a name with one slash was read: a pod is easily written that way.
func readAs(end End) string {
	cluster, node, found := strings.Cut(end.Name, "/")
	if !found || end.Pod != nil {
		return ""
	}
	return fmt.Sprintf(" %s was read as node %s of PeeredCluster %s; a pod is pod/NAMESPACE/NAME.", end.Name, node, cluster)
}

func addressed(e Evidence) result {
	blocks := e.To.blocks()
	if !e.To.Address.IsValid() {
		return holds("Any address of %s.", e.To.Name)
	}
	if !slices.ContainsFunc(blocks, func(block netip.Prefix) bool { return block.Contains(e.To.Address) }) {
		return fails("Address %s is in no block of the peer's VPC (%s). Name an address of that VPC, or peer the VPC that has it.",
			e.To.Address, message.List(e.To.Side.CIDRBlocks))
	}
	for _, way := range [][2]End{{e.From, e.To}, {e.To, e.From}} {
		own, peer := way[0], way[1]
		for _, block := range peer.asked() {
			if field := leftOut(*e.Peering, own, block); peer.Address.IsValid() && field != "" {
				return fails("Block %s, which has %s, is left out by %s of VPCPeering %s/%s. Remove it there.", block, peer.Address, field, e.Peering.Namespace, e.Peering.Name)
			}
		}
	}
	return holds("Address %s is in a block of the peer's VPC.", e.To.Address)
}

// leftOut is the field by which the end's side leaves out a block of the peer; empty: it does not. Blocks are left out whole,
// in routes, group rules and Cilium's value.
func leftOut(object v1alpha1.VPCPeering, end End, block netip.Prefix) string {
	role, side := "requester", object.Spec.Requester
	if accepter := object.Status.Accepter; accepter != nil && end.Side.VPCID == accepter.VPCID {
		role, side = "accepter", object.Spec.Accepter
	}
	if slices.ContainsFunc(parsed(side.Routes.ExcludeCIDRs...), func(excluded netip.Prefix) bool { return cidr.Contains([]netip.Prefix{excluded}, block) }) {
		return "spec." + role + ".routes.excludeCIDRs"
	}
	return ""
}

// silence is how old a lease may be: managers renew it every few seconds.
const silence = time.Minute

// stale ends the walk where all that is behind is as old; what was read of the path just now is not.
func (e Evidence) stale(format string, args ...any) result {
	if e.PathReadNow {
		return unclear(format, args...)
	}
	return fails(format, args...)
}

func alive(e Evidence) result {
	switch age := e.Now.Sub(e.ManagerSeen); {
	case e.ManagerSeen.IsZero():
		return unclear("No lease says whether a manager acts; one without leader election has none. Run: kubectl crossvpc check")
	case age > silence:
		return e.stale("No manager acts since %s: what status says is as old. If one does act, the clock of this machine is ahead. Look at its pods: kubectl get pods --namespace crossvpc-system",
			e.ManagerSeen.UTC().Format(time.RFC3339))
	case len(e.Late) > 0:
		return e.stale("A manager acts, and does not look at these in time: %s. What status says is as old. See its log.", message.Clauses(e.Late))
	}
	return holds("A manager acts.")
}

func current(e Evidence) result {
	if e.Peering.Status.ObservedGeneration != e.Peering.Generation {
		return e.stale("The manager has not seen this spec yet: status is of generation %d, the object of %d. Run: kubectl crossvpc check. If a manager acts, its log says what stops it.", e.Peering.Status.ObservedGeneration, e.Peering.Generation)
	}
	return holds("Status is of this spec.")
}

func intended(e Evidence) result {
	switch {
	case e.Peering.DeletionTimestamp != nil:
		return fails("VPCPeering %s/%s is under deletion.", e.Peering.Namespace, e.Peering.Name)
	case e.Peering.Spec.Paused:
		return e.heldBack("spec.paused is true, so nothing is repaired or changed. Set it to false.")
	case e.Peering.Spec.OnlyPlans():
		return e.heldBack("spec.mode is Plan, so nothing is carried out. Approve its plan (kubectl crossvpc plan %s --namespace %s --approve), or set spec.mode to Apply.", e.Peering.Name, e.Peering.Namespace)
	}
	// What was made before is kept up in such a state, and its conditions hold.
	if ready := e.condition(v1alpha1.ConditionReady); ready != nil && ready.Status == metav1.ConditionFalse &&
		slices.Contains([]string{v1alpha1.ReasonPlanOutdated, v1alpha1.ReasonAwaitingApproval}, ready.Reason) {
		return e.heldBack("%s", ready.Message)
	}
	return holds("It is to be carried out.")
}

// heldBack ends the walk where that is why there is no connection. What was made before carries packets, and may be broken
// elsewhere.
func (e Evidence) heldBack(format string, args ...any) result {
	if active := e.condition(v1alpha1.ConditionPeeringActive); active != nil && active.Status == metav1.ConditionTrue {
		return remark(format, args...)
	}
	return fails(format, args...)
}

// condition asks one of the peering's conditions.
func condition(kind string) func(Evidence) result {
	return func(e Evidence) result { return judge(kind, e.condition(kind)) }
}

// judge is what a condition says: Unknown is no answer, and one that is not there was not reached.
func judge(kind string, found *metav1.Condition) result {
	switch {
	case found == nil:
		return unclear("The condition %s is not there yet.", kind)
	case found.Status == metav1.ConditionTrue:
		return holds("%s", found.Message)
	case found.Status == metav1.ConditionUnknown:
		return unclear("%s", found.Message)
	}
	return fails("%s: %s", found.Reason, found.Message)
}

// finding asks whether the operator's reading of routes, groups and network ACLs found this.
func finding(reason string) func(Evidence) result {
	return func(e Evidence) result {
		if found := e.finding(reason); found != nil {
			return fails("%s", found.Message)
		}
		if path := e.condition(v1alpha1.ConditionPathClear); path == nil || path.Status == metav1.ConditionUnknown {
			return e.unreadPath()
		}
		if path := e.Peering.Status.Path; path != nil && len(path.Unread) > 0 {
			return unclear("Nothing of this kind was found, but this could not be read: %s", message.Clauses(path.Unread)+".")
		}
		return holds("Nothing of this kind was found.")
	}
}

// groups: of a side without clusters only the groups that the spec selects are known.
func groups(e Evidence) result {
	found := finding(v1alpha1.FindingGroupDenies)(e)
	if found.outcome != Holds {
		return found
	}
	sides := map[string]v1alpha1.VPCPeeringSide{"requester": e.Peering.Spec.Requester, "accepter": e.Peering.Spec.Accepter}
	for _, role := range []string{"requester", "accepter"} {
		side := sides[role]
		if len(side.ClusterRefs) == 0 && len(side.SecurityGroups.SecurityGroupIDs) == 0 && len(side.SecurityGroups.SecurityGroupTags) == 0 {
			return unclear("Which groups the hosts of the %s have is not known, so none was looked at. Look at them yourself, or name them in spec.%s.securityGroups.securityGroupIDs.", role, role)
		}
	}
	return found
}

// active: the path may have been read after the condition was set.
func active(e Evidence) result {
	if found := e.finding(v1alpha1.FindingConnectionNotActive); found != nil {
		return fails("%s", found.Message)
	}
	return condition(v1alpha1.ConditionPeeringActive)(e)
}

func (e Evidence) unreadPath() result {
	if e.PathReadNow {
		return unclear("Your AWS credentials did not read the path, or not whole; the warning says why. It is read once the connection is active.")
	}
	return unclear("The path was not read yet, or not whole. Read it yourself with --read-aws.")
}

func read(e Evidence) result {
	path := e.condition(v1alpha1.ConditionPathClear)
	if path != nil && path.Status == metav1.ConditionFalse {
		return fails("%s", path.Message)
	}
	return judge(v1alpha1.ConditionPathClear, path)
}

func probed(e Evidence) result {
	verification := e.Peering.Status.Verification
	if e.Peering.Spec.Verification == nil || !e.Peering.Spec.Verification.Enabled {
		return holds("No packets were sent, because spec.verification.enabled is false.")
	}
	if verification == nil || verification.LastRunTime == nil {
		return unclear("No run of the probes has ended yet.")
	}
	ago := view.Age(e.Now, verification.LastRunTime.Time)
	var failed []string
	for _, probe := range verification.Results {
		if !probe.Passed {
			failed = append(failed, fmt.Sprintf("%s to %s: %s", probe.From, probe.To, strings.TrimSuffix(probe.Message, ".")))
		}
	}
	if len(verification.Results) == 0 {
		said := []string{"The last run of the probes ended without a result"}
		for _, found := range verification.Findings {
			said = append(said, found.Message)
		}
		return unclear("%s", message.Sentences(said))
	}
	if len(failed) > 0 {
		return fails("%d of %s did not pass (%s ago). %s", len(failed), message.Count(len(verification.Results), "probe"), ago, message.Sentences(failed))
	}
	return holds("%d of %s passed (%s ago).", len(verification.Results), message.Count(len(verification.Results), "probe"), ago)
}

// there and back ask the cluster of either end; a network without one has nothing to ask.
func there(ask func(Evidence, End, End) result) func(Evidence) result {
	return func(e Evidence) result {
		if e.From.Cluster == nil {
			return inNoCluster(e.From)
		}
		return ask(e, e.From, e.To)
	}
}

func back(ask func(Evidence, End, End) result) func(Evidence) result {
	return func(e Evidence) result { return there(ask)(e.reversed()) }
}

func inNoCluster(end End) result {
	switch {
	case end.Side == nil || len(end.Side.Clusters) == 0:
		return holds("%s is in no cluster of crossvpc's.", end.Name)
	case len(end.Side.Clusters) > 1:
		return unclear("%s may be in any of the PeeredClusters %s, or one could not be read. Name the one that you mean, as CLUSTER or CLUSTER/NODE.", end.Name, message.List(end.Side.Clusters))
	}
	return unclear("PeeredCluster %s could not be read: it is missing, or you may not get it.", end.Side.Clusters[0])
}

// reachable: what is behind it rests on the cluster's status, too.
func reachable(e Evidence, end, _ End) result {
	if cluster := end.Cluster; cluster.Status.ObservedGeneration != cluster.Generation {
		return e.stale("The manager has not seen the spec of PeeredCluster %s yet: status is of generation %d, the object of %d. Run: kubectl crossvpc check. If a manager acts, its log says what stops it.",
			cluster.Name, cluster.Status.ObservedGeneration, cluster.Generation)
	}
	return judge(v1alpha1.ConditionReachable, meta.FindStatusCondition(end.Cluster.Status.Conditions, v1alpha1.ConditionReachable))
}
