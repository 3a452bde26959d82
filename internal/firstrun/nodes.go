package firstrun

import (
	"context"
	"encoding/json"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// renew approves the renewal of a cluster's nodes, which is shown first.
func (r *run) renew(s *side) step {
	show := r.crossvpc("rollout", "status", s.object)
	return step{
		id: "nodes-" + s.object, title: "The nodes of cluster " + s.Cluster,
		why: "One canary first, then at most maxUnavailable nodes: each is cordoned, its pods are evicted within their budgets, and it gets the new value. This is the one step that touches your workloads. " +
			"You can pause it in another terminal: kubectl crossvpc rollout pause " + s.object,
		there: func(ctx context.Context) (bool, error) {
			nodes, err := r.nodes(ctx, s)
			there := nodes.done && !nodes.paused
			if !there && err == nil {
				r.say("  $ %s", show.shown)
				_ = show.do(ctx) // what waits for approval is "not good"
			}
			return there, err
		},
		do:      []command{r.approve(s), r.resume(s)},
		settled: func(ctx context.Context) error { return r.until(ctx, r.renewed(s)) },
		undo: func(json.RawMessage) []command {
			return []command{
				r.whileThere(theCluster(s.object), r.crossvpc("rollout", "pause", s.object)),
				{shown: "# wait until the nodes that were begun are done", do: func(ctx context.Context) error { return r.until(ctx, r.isIdle(s)) }},
			}
		},
		undone: "kubectl crossvpc rollout pause stops it before the next node, and the node that was begun is finished. Nodes that have the value keep it until the peering is deleted; none is renewed to go back, because a wider value harms nobody without the peering.",
	}
}

func (r *run) approve(s *side) command {
	approve := r.crossvpc("rollout", "approve", s.object)
	do := approve.do
	approve.do = func(ctx context.Context) error {
		if err := r.until(ctx, r.isSeen(s)); err != nil {
			return err
		}
		return do(ctx)
	}
	return approve
}

// resume takes back the pause of an undo: without it whoever changes his mind would wait for ever.
func (r *run) resume(s *side) command {
	resume := r.crossvpc("rollout", "resume", s.object)
	do := resume.do
	resume.shown += " # where it is paused"
	resume.do = func(ctx context.Context) error {
		cluster := &v1alpha1.PeeredCluster{}
		if err := r.living(ctx, named{"PeeredCluster", cluster, client.ObjectKey{Name: s.object}}); err != nil || !cluster.Spec.Rollout.Paused {
			return err
		}
		return do(ctx)
	}
	return resume
}

// renewed is done when all nodes are, and gives up where the rollout waits for a person.
func (r *run) renewed(s *side) func(context.Context) (bool, string, error) {
	return func(ctx context.Context) (bool, string, error) {
		nodes, err := r.nodes(ctx, s)
		if err == nil && (nodes.reason == v1alpha1.ReasonPaused || nodes.reason == v1alpha1.ReasonRolloutsStopped) {
			return false, "", stuck(nodes.now)
		}
		return nodes.done, nodes.now, err
	}
}

// verify sends packets between pods.
func (r *run) verify() step {
	return step{
		id: "verify", title: "Do pods talk?",
		why:    "Short-lived pods in namespace crossvpc-probe of both clusters send each other requests, and are deleted again.",
		do:     []command{r.crossvpc("verify", r.peering(), "--namespace", r.Namespace, "--wait", "5m")},
		undo:   func(json.RawMessage) []command { return nil },
		undone: "nothing is left: the pods delete themselves.",
	}
}
