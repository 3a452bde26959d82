package rollout

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestNodesAreStartedOnInTheOrderOfThePreview: what a person approves is what happens. With several nodes at a time that
// holds where zones have equally many nodes, none of which has to give way to another.
func TestNodesAreStartedOnInTheOrderOfThePreview(t *testing.T) {
	for seed := range uint64(60) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 3))
			w := newWorld()
			w.policy.Manual = true
			way := []Way{WayRecycle, WayAutoScaling, WayRestart}[random.IntN(3)]
			w.restores = way == WayRestart
			w.policy.MaxUnavailable = 1 + random.IntN(3)
			for i := range 3 * (1 + random.IntN(5)) {
				zone := i % 3
				if w.policy.MaxUnavailable == 1 {
					zone = random.IntN(3)
				}
				w.add(fmt.Sprintf("n%d", i), string(rune('a'+zone)), way, 2)
			}
			if w.policy.MaxUnavailable == 1 {
				w.operator = "n1"
			}
			r := &referee{t: t, world: w}
			preview := r.reconcile(random, -1).Preview
			w.policy.Approved = w.target
			for end := w.now.Add(6 * time.Hour); w.now.Before(end); w.tick(time.Second) {
				if r.reconcile(random, -1).State == StateUpToDate && r.clean() {
					break
				}
			}
			if diff := cmp.Diff(preview.Nodes, r.started); diff != "" {
				t.Errorf("started in another order than the preview has it (-preview +started):\n%s", diff)
			}
		})
	}
}

func TestAPreviewIsBounded(t *testing.T) {
	var nodes []Node
	for i := range 50 {
		nodes = append(nodes, with(staleNode(fmt.Sprintf("n%02d", i)), func(n *Node) {
			if i >= 30 {
				n.Undrainable = &Finding{Reason: "BudgetNeverAllows", Message: fmt.Sprintf("PodDisruptionBudget shop/%d allows nothing", i)}
			}
		}))
	}
	nodes = append(nodes, with(staleNode("other"), func(n *Node) { n.Way = WayNone }))
	in := inputOf(nodes...)
	in.Selection = RevisionSelection{}
	preview := Plan(in).Preview
	if len(preview.Nodes) != MaxPreviewNodes || preview.NodeCount != 50 || len(preview.Blockers) != MaxPreviewBlockers {
		t.Errorf("%d nodes of %d, %d blockers", len(preview.Nodes), preview.NodeCount, len(preview.Blockers))
	}
	if slices.ContainsFunc(preview.Nodes, func(name string) bool { return name >= "n30" }) {
		t.Errorf("nodes that can't be drained are listed before those that can: %v", preview.Nodes)
	}
	in.Nodes = []Node{with(staleNode("a"), func(n *Node) { n.Freshness = FreshnessCurrent })}
	if preview := Plan(in).Preview; preview != nil {
		t.Errorf("every node is current, and yet there is %+v", preview)
	}
}

func TestHowLongARolloutIsExpectedToTake(t *testing.T) {
	cluster := func(way Way, most int) Input {
		var nodes []Node
		for i := range 5 {
			nodes = append(nodes, with(staleNode(fmt.Sprintf("n%d", i)), func(n *Node) { n.Way = way }))
		}
		in := inputOf(nodes...)
		in.Selection, in.Policy.MaxUnavailable, in.Policy.MinReady = RevisionSelection{}, most, time.Minute
		return in
	}
	for name, c := range map[string]struct {
		in   Input
		want time.Duration
	}{
		"agents alone, one after the other":                  {cluster(WayRestart, 4), 10 * time.Minute},
		"in place, one after the other":                      {cluster(WayRecycle, 1), 25 * time.Minute},
		"in place, two at a time after the canary":           {cluster(WayRecycle, 2), 15 * time.Minute},
		"replaced, two at a time after a canary that is not": {cluster(WayAutoScaling, 2), 23 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Plan(c.in).Preview.Expected; got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

// TestAPreviewNamesWhatKeepsKarpenterFromReplacingANodeBeforeTheValueIsReleased: whoever approves it could still change that.
func TestAPreviewNamesWhatKeepsKarpenterFromReplacingANodeBeforeTheValueIsReleased(t *testing.T) {
	finding := &Finding{Reason: "x", Message: "Pod shop/db stays."}
	whole := "Karpenter would replace every node of NodePool p and not spare this pod on a: Pod shop/db stays."
	for name, c := range map[string]struct {
		node func(*Node)
		pool NodePool
		want string
	}{
		"a pod that it waits for":                       {node: func(n *Node) { n.Undisruptable = finding }, want: finding.Message},
		"a pod that it would not spare":                 {node: func(n *Node) { n.Exposed = finding }, want: whole},
		"one that it may force out":                     {node: func(n *Node) { n.Undisruptable, n.Forced = finding, true }},
		"a pool that is full, or closed":                {pool: NodePool{Refuses: finding}, want: finding.Message},
		"a pool that somebody else marks":               {pool: NodePool{Unmarkable: finding}, want: finding.Message},
		"a pod on a node that is replaced by its group": {node: func(n *Node) { n.Undisruptable, n.Way = finding, WayAutoScaling }},
		"nothing": {},
	} {
		for _, released := range []bool{false, true} {
			in := inputOf(with(staleNode("a"), func(n *Node) {
				n.Way, n.NodePool = WayNodePool, "p"
				if c.node != nil {
					c.node(n)
				}
			}))
			in.NodePools, in.Selection.Hostnames = map[string]NodePool{"p": c.pool}, []string{"a"}
			if !released {
				in.Selection = RevisionSelection{}
			}
			want := []string{}
			if c.want != "" {
				want = append(want, c.want)
			}
			if got := Plan(in).Preview.Blockers; !slices.Equal(got, want) {
				t.Errorf("%s, released %t: %q, want %q", name, released, got, want)
			}
		}
	}
}
