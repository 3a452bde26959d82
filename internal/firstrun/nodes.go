package firstrun

import (
	"context"
	"encoding/json"
	"strings"

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
			done, _, err := r.nodes(ctx, s)
			if !done && err == nil {
				r.say("  $ %s", show.shown)
				_ = show.do(ctx) // what waits for approval is "not good"
			}
			return done, err
		},
		do:      []command{r.approve(s)},
		settled: func(ctx context.Context) error { return r.until(ctx, r.renewed(s)) },
		undo: func(json.RawMessage) []command {
			pause := r.crossvpc("rollout", "pause", s.object)
			return []command{pause}
		},
		undone: "kubectl crossvpc rollout pause stops it before the next node. Nodes that have the value keep it until the peering is deleted; none is renewed to go back, because a wider value harms nobody without the peering.",
	}
}

func (r *run) approve(s *side) command {
	return r.crossvpc("rollout", "approve", s.object)
}

// renewed is done when all nodes are, and gives up where the rollout waits for a person.
func (r *run) renewed(s *side) func(context.Context) (bool, string, error) {
	return func(ctx context.Context) (bool, string, error) {
		done, now, err := r.nodes(ctx, s)
		for _, reason := range []string{v1alpha1.ReasonPaused, v1alpha1.ReasonRolloutsStopped} {
			if strings.HasPrefix(now, reason+":") {
				return false, "", stuck(now)
			}
		}
		return done, now, err
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
