package firstrun

import (
	"context"
	"encoding/json"

	"k8s.io/apimachinery/pkg/api/meta"
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
			r.afterDeletion(),
			r.kubectlWith(r.hub, r.peeringYAML(v1alpha1.ModePlan), "apply", "--server-side", "--field-manager=first-run", "-f", "-"),
			r.crossvpc("plan", r.peering(), "--namespace", r.Namespace, "--wait", "5m"),
		},
		undo:   r.deletePeering,
		undone: "kubectl delete vpcpeering; it made nothing.",
	}
}

func (r *run) deletePeering(json.RawMessage) []command { return r.remove(r.thePeering()) }

// afterDeletion waits for an undo that was interrupted: no plan is made of a VPCPeering on its way out.
func (r *run) afterDeletion() command {
	n := r.thePeering()
	return command{shown: "# wait until " + n.String() + " is gone, where its deletion was begun", do: func(ctx context.Context) error {
		there, err := exists(r.hub, n.object, n.key)(ctx)
		if err != nil || !there || n.object.GetDeletionTimestamp() == nil {
			return err
		}
		return r.until(ctx, r.isGone(n))
	}}
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
		again:  []string{"plan"}, // it goes with the object, and nobody goes on in AWS without one
		undone: "kubectl delete vpcpeering; it waits until AWS shows that routes, rules and connection are gone, and withdraws the value from both clusters. No node is renewed for it.",
	}
}

// atRest: AWS is done, and each cluster either has nothing to do or waits for approval.
func (r *run) atRest(ctx context.Context) (bool, string, error) {
	peering := &v1alpha1.VPCPeering{}
	if err := r.living(ctx, named{"VPCPeering", peering, client.ObjectKey{Namespace: r.Namespace, Name: r.peering()}}); err != nil {
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
		nodes, err := r.nodes(ctx, s)
		if err != nil || !nodes.done && !v1alpha1.AtRest(nodes.reason) {
			return false, s.object + ": " + nodes.now, err
		}
	}
	return true, "AWS is ready on both sides.", nil
}
