package dryrun

import (
	"context"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/controller/object"
	"github.com/crossvpc/crossvpc/internal/plugin/view"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// plan makes the plan of one VPCPeering, and what would follow in its clusters.
func (r *run) plan(ctx context.Context, peering *v1alpha1.VPCPeering) (view.Plan, error) {
	asked := peering.Spec
	if err := r.peerings.Preview(ctx, peering); err != nil {
		return view.Plan{}, err
	}
	plan := view.NewPlan(peering, nil)
	plan = plan.WithNodes()
	plan.Findings, plan.Next, plan.Approved = nil, "", asked.ApprovedPlan
	r.explain(&plan, peering)
	if plan.Hash != "" && len(plan.Unread) == 0 {
		plan.Next = next(asked, plan.Hash)
	}
	peering.Spec = asked
	established(peering)
	for _, ref := range slices.Concat(peering.Spec.Requester.ClusterRefs, peering.Spec.Accepter.ClusterRefs) {
		if err := r.follow(ctx, &plan, ref.Name); err != nil {
			return view.Plan{}, err
		}
	}
	return plan, nil
}

// next says what applying the file does with the plan.
func next(asked v1alpha1.VPCPeeringSpec, hash string) string {
	switch {
	case asked.ApprovedPlan == hash:
		return "The file approves exactly this plan, so applying it carries it out."
	case asked.ApprovedPlan != "":
		return "The file approves plan " + asked.ApprovedPlan + ", which is another one, so applying it does nothing. To approve this one, set spec.approvedPlan to " + hash + "."
	case asked.Mode == v1alpha1.ModePlan:
		return "Applying the file changes nothing, because its mode is Plan. To approve exactly this plan, set spec.approvedPlan to " + hash + "."
	default:
		return "Applying the file carries out whatever is needed then. To carry out exactly this, set mode: Plan and spec.approvedPlan to " + hash + "."
	}
}

// couldNotLook reports whether a reason says that something could not be looked at, and nothing about the peering.
func couldNotLook(reason string) bool {
	return slices.Contains([]string{v1alpha1.ReasonPermissionDenied, v1alpha1.ReasonAWSError, v1alpha1.ReasonProgressing, v1alpha1.ReasonClusterNotResolved}, reason)
}

// explain sorts what keeps the plan from being made, or carried out, by whether it was seen or could not be looked at.
func (r *run) explain(plan *view.Plan, peering *v1alpha1.VPCPeering) {
	rests := r.restsOn(peering)
	for _, key := range rests {
		if why := r.unread[key]; why != "" {
			plan.Unread = append(plan.Unread, why)
		}
		plan.Remarks = append(plan.Remarks, r.remarks[key]...)
	}
	for _, step := range []string{v1alpha1.ConditionIdentitiesReady, v1alpha1.ConditionPreflightPassed} {
		switch found := meta.FindStatusCondition(peering.Status.Conditions, step); {
		case found == nil || found.Status == metav1.ConditionTrue || found.Reason == v1alpha1.ReasonNotVisited:
		case !couldNotLook(found.Reason) && !plan.Blocked(): // else lines of it say so
			plan.Findings = append(plan.Findings, found.Message)
		case couldNotLook(found.Reason) && (found.Reason != v1alpha1.ReasonProgressing || len(plan.Unread) == 0): // else it waits for what is named
			plan.Unread = append(plan.Unread, found.Message)
		}
	}
}

// follow previews one cluster with the peering in place.
func (r *run) follow(ctx context.Context, plan *view.Plan, name string) error {
	look := r.looks[name]
	if look == nil {
		return nil
	}
	preview, judged, err := look.Preview(ctx)
	if err != nil {
		return err
	}
	switch {
	case judged.Progress == verdict.Unclear || judged.Reason == v1alpha1.ReasonPermissionDenied:
		plan.Unread = append(plan.Unread, "PeeredCluster "+name+": "+judged.Message)
	case judged.Progress.Failing():
		plan.Findings = append(plan.Findings, "PeeredCluster "+name+": "+judged.Message)
	case preview != nil:
		plan.Rollouts = append(plan.Rollouts, view.Rollout{Cluster: name, Preview: *preview})
		if remark := look.Remark(); remark != "" {
			plan.Remarks = append(plan.Remarks, "PeeredCluster "+name+": "+remark)
		}
	case judged.Message != "":
		plan.Remarks = append(plan.Remarks, "PeeredCluster "+name+": "+judged.Message)
	}
	return nil
}

// established makes the object in the hub look as it will once its plan is carried out: clusters cover it then.
func established(peering *v1alpha1.VPCPeering) {
	peering.Spec.Mode, peering.Spec.ApprovedPlan = v1alpha1.ModeApply, ""
	for _, step := range v1alpha1.VPCPeeringSteps() {
		meta.SetStatusCondition(&peering.Status.Conditions, metav1.Condition{Type: step, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonInPlace})
	}
}

// restsOn are the keys of the identities and clusters of both sides.
func (r *run) restsOn(peering *v1alpha1.VPCPeering) []string {
	var keys []string
	for _, side := range []v1alpha1.VPCPeeringSide{peering.Spec.Requester, peering.Spec.Accepter} {
		var clusters []*v1alpha1.PeeredCluster
		for _, ref := range side.ClusterRefs {
			keys = append(keys, clusterKey(ref.Name))
			if cluster := r.hub.clusters[client.ObjectKey{Name: ref.Name}]; cluster != nil {
				clusters = append(clusters, cluster)
				keys = append(keys, identityKey(object.IdentityName(cluster.Spec.IdentityRef)))
			}
		}
		for _, name := range identitiesOf(side, clusters) {
			keys = append(keys, identityKey(name))
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}
