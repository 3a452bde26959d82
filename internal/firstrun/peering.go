package firstrun

import (
	"context"
	"encoding/json"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/plugin/view"
)

// plan makes the VPCPeering, which only says what it would do.
func (r *run) plan() step {
	return step{
		id: "plan", title: "VPCPeering " + r.peering() + ", as a plan",
		why:    "With mode: Plan crossvpc reads both accounts through its own roles, lists each call that it would make, and changes nothing.",
		before: r.freePeering,
		do: []command{
			r.kubectlWith(r.hub, r.peeringYAML(v1alpha1.ModePlan), "apply", "--server-side", "--field-manager=first-run", "-f", "-"),
			r.crossvpc("plan", r.peering(), "--namespace", r.Namespace, "--wait", "5m"),
		},
		undo:   r.deletePeering,
		undone: "kubectl delete vpcpeering; it made nothing.",
	}
}

func (r *run) deletePeering(json.RawMessage) []command {
	return []command{r.kubectl(r.hub, "-n", r.Namespace, "delete", "--ignore-not-found", "--timeout=10m", "vpcpeering", r.peering())}
}

// apply carries the plan out in AWS, up to where nodes would be renewed.
func (r *run) apply() step {
	return step{
		id: "apply", title: "VPCPeering " + r.peering() + ", for real",
		why: "crossvpc makes and accepts the peering connection, then rules, then routes: what the plan above lists. From here on data that crosses regions or zones is charged. " +
			"No node is renewed before you approve it in a later step.",
		do: []command{
			r.kubectlWith(r.hub, r.peeringYAML(v1alpha1.ModeApply), "apply", "--server-side", "--field-manager=first-run", "-f", "-"),
		},
		settled: func(ctx context.Context) error {
			if err := r.until(ctx, r.atRest); err != nil {
				return err
			}
			status := r.crossvpc("status", r.peering(), "--namespace", r.Namespace)
			r.say("  $ %s", status.shown)
			_ = status.do(ctx) // that nodes wait for approval is no failure here
			return nil
		},
		undo:   r.deletePeering,
		undone: "kubectl delete vpcpeering; it waits until AWS shows that routes, rules and connection are gone, and withdraws the value from both clusters. No node is renewed for it.",
	}
}

// atRest: AWS is done, and each cluster either has nothing to do or waits for approval.
func (r *run) atRest(ctx context.Context) (bool, string, error) {
	peering := &v1alpha1.VPCPeering{}
	if err := r.hub.kube.Get(ctx, client.ObjectKey{Namespace: r.Namespace, Name: r.peering()}, peering); err != nil {
		return false, "", err
	}
	head := view.Head(peering)
	if head.State == view.Bad {
		return false, "", stuck(head.Message)
	}
	if !meta.IsStatusConditionTrue(peering.Status.Conditions, v1alpha1.ConditionRoutesReady) || peering.Status.ObservedGeneration != peering.Generation {
		return false, head.Message, nil
	}
	for _, s := range r.sides() {
		done, now, err := r.nodes(ctx, s)
		if reason, _, _ := strings.Cut(now, ":"); err != nil || !done && !v1alpha1.AtRest(reason) {
			return false, s.object + ": " + now, err
		}
	}
	return true, "AWS is ready on both sides.", nil
}

// nodes says how far a cluster's nodes are for this peering.
func (r *run) nodes(ctx context.Context, s *side) (done bool, now string, err error) {
	cluster := &v1alpha1.PeeredCluster{}
	if err := r.hub.kube.Get(ctx, client.ObjectKey{Name: s.object}, cluster); err != nil {
		return false, "", err
	}
	current := cluster.Status.ObservedGeneration == cluster.Generation
	for _, kind := range []string{v1alpha1.ConditionReachable, v1alpha1.ConditionCiliumConfigured, v1alpha1.ConditionNodesUpToDate} {
		condition := meta.FindStatusCondition(cluster.Status.Conditions, kind)
		if condition == nil {
			return false, kind + " is not known yet.", nil
		}
		if condition.Status != metav1.ConditionTrue {
			now = condition.Reason + ": " + condition.Message
			if current && view.Cluster(cluster).State == view.Bad {
				err = stuck("PeeredCluster " + s.object + ": " + now)
			}
			return false, now, err
		}
	}
	knows := false
	for _, peering := range cluster.Status.Peerings {
		knows = knows || peering.Name == r.peering() && peering.Namespace == r.Namespace
	}
	if !knows || !current {
		return false, "PeeredCluster " + s.object + " has not taken up the peering yet.", nil
	}
	return true, "All nodes run the value, or need none.", nil
}
