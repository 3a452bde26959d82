package rollout

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crossvpc/crossvpc/internal/cilium"
)

// inputOf is a cluster of stale nodes on which a released revision may be rolled at once.
func inputOf(nodes ...Node) Input {
	return Input{
		Now: epoch.Add(time.Hour), Target: "r1", TargetSince: epoch, Nodes: nodes,
		Selection: RevisionSelection{Revision: "r1", Selection: cilium.Selection{Mode: cilium.SelectAllBut, Hostnames: []string{"a", "b", "c"}}},
		Policy:    Policy{MaxUnavailable: 1, DrainTimeout: time.Hour, MinReady: time.Second, ProgressDeadline: time.Hour, Settle: time.Minute},
	}
}

func staleNode(name string) Node {
	return Node{
		Name: name, Hostname: name, Zone: "z", Ready: true, Freshness: FreshnessStale, Way: WayRecycle,
		Agent: &Agent{UID: "agent", Ready: true}, Evictable: 1,
	}
}

func with(n Node, change func(*Node)) Node {
	change(&n)
	return n
}

func held(n Node, canary bool) Node {
	n.Unschedulable, n.Record = true, &Record{Revision: "r1", Cordoned: true, Canary: canary, StartTime: epoch.Add(time.Hour)}
	return n
}

func kinds(d Decision) []string {
	var lines []string
	for _, s := range d.Steps {
		lines = append(lines, string(s.Kind)+" "+s.Node)
	}
	return lines
}

func TestPlanChoosesTheStepsOfOnePass(t *testing.T) {
	for name, c := range map[string]struct {
		in   Input
		want []string
	}{
		"a node of an unproven group is uncordoned again instead of terminated (N4)": {
			in: func() Input {
				in := inputOf(with(held(staleNode("a"), false), func(n *Node) { n.Way, n.Evictable = WayAutoScaling, 0 }))
				in.Selection.Hostnames = []string{"a"}
				return in
			}(),
			want: []string{"Uncordon a"},
		},
		"of two canaries only one goes on (N5)": {
			in: func() Input {
				in := inputOf(held(staleNode("a"), true), held(staleNode("b"), true), staleNode("c"))
				in.Selection = RevisionSelection{}
				return in
			}(),
			want: []string{"EvictPods a", "Uncordon b"},
		},
		"a node without the hostname label keeps the value from being tried (C6)": {
			in: func() Input {
				in := inputOf(staleNode("a"), with(staleNode("b"), func(n *Node) { n.Hostname = "" }))
				in.Selection = RevisionSelection{}
				return in
			}(),
		},
		"a value is not released without its approval, whatever other gate is closed before that one": {
			in: func() Input {
				current := with(staleNode("a"), func(n *Node) {
					n.Freshness, n.Evictable, n.Agent.ReadySince = FreshnessCurrent, 0, epoch
					n.Record = &Record{Revision: "r1", Canary: true, ProcessedTime: epoch, RestartUID: "before"}
				})
				in := inputOf(current, staleNode("b"))
				in.Selection = RevisionSelection{Revision: "r1", Selection: cilium.Selection{Mode: cilium.SelectCanary, Hostnames: []string{"a"}}}
				in.Policy.Manual, in.Policy.Insufficient = true, "restarting agents strands pods"
				return in
			}(),
		},
		"a node with a broken agent is no canary while another is there": {
			in: func() Input {
				in := inputOf(with(staleNode("a"), func(n *Node) { n.Agent = &Agent{CrashLooping: true} }), staleNode("b"))
				in.Selection = RevisionSelection{}
				return in
			}(),
			want: []string{"Cordon b"},
		},
		"a node whose group launches nothing is not started on (N4)": {
			in: func() Input {
				in := inputOf(with(staleNode("a"), func(n *Node) { n.Way, n.Instance = WayAutoScaling, Instance{ID: "i-a", Group: "g"} }))
				in.Selection.Hostnames = []string{"a"}
				in.Groups = map[string]Group{"g": {Desired: 1, Refuses: "its process Launch is suspended"}}
				return in
			}(),
		},
		"a group that is short of a node uses up the budget (N1)": {
			in: func() Input {
				in := inputOf(with(staleNode("a"), func(n *Node) { n.Instance = Instance{ID: "i-a", Group: "g"} }))
				in.Selection.Hostnames = []string{"a"}
				in.Groups = map[string]Group{"g": {Desired: 2}}
				return in
			}(),
		},
		"a successor beside the node that is leaving hides no other absence (N1)": {
			in: func() Input {
				leaving := with(held(staleNode("a"), false), func(n *Node) { n.Instance = Instance{ID: "i-a", Group: "g", Leaving: true} })
				successor := with(staleNode("b"), func(n *Node) {
					n.Instance, n.Created, n.Freshness = Instance{ID: "i-b", Group: "g"}, epoch.Add(59*time.Minute), FreshnessCurrent
				})
				in := inputOf(leaving, successor, with(staleNode("c"), func(n *Node) { n.Instance = Instance{ID: "i-c", Group: "g"} }))
				in.Replacements = []Replacement{{InstanceID: "i-a", Group: "g", Since: epoch.Add(58 * time.Minute)}}
				in.Groups = map[string]Group{"g": {Desired: 3}}
				in.Policy.MaxUnavailable = 2
				in.Selection.Hostnames = []string{"a", "c"}
				return in
			}(),
		},
		"a pod that slipped in is evicted before the agent goes (C5)": {
			in: func() Input {
				in := inputOf(with(held(staleNode("a"), false), func(n *Node) { n.Record.ProcessedTime, n.Record.RestartUID = epoch.Add(time.Hour), "agent" }))
				in.Selection.Hostnames = []string{}
				return in
			}(),
			want: []string{"EvictPods a"},
		},
		"a pod that slipped in is evicted before the instance goes (N4)": {
			in: func() Input {
				in := inputOf(with(held(staleNode("a"), false), func(n *Node) { n.Instance = Instance{ID: "i-a", Group: "g"} }))
				in.Replacements = []Replacement{{InstanceID: "i-a", Group: "g", Since: epoch.Add(59 * time.Minute)}}
				in.Selection.Hostnames = []string{"a"}
				return in
			}(),
			want: []string{"EvictPods a"},
		},
		"an instance that is no longer proven to be the node's is not terminated, though it is in status (N4)": {
			in: func() Input {
				in := inputOf(with(held(staleNode("a"), false), func(n *Node) {
					n.Instance, n.Evictable, n.Way = Instance{ID: "i-a", Group: "g"}, 0, WayNone
					n.Unmanaged, n.Unproven = "foreign", "foreign"
				}))
				in.Replacements = []Replacement{{InstanceID: "i-a", Group: "g", Since: epoch.Add(59 * time.Minute)}}
				in.Selection.Hostnames = []string{"a"}
				return in
			}(),
			want: []string{"ClearReplacement "},
		},
		"an empty node whose instance is not proven to be its own is given back, whatever its way (N4)": {
			in: func() Input {
				in := inputOf(with(held(staleNode("a"), false), func(n *Node) {
					n.Instance, n.Evictable, n.Way = Instance{ID: "i-a", Group: "g"}, 0, WayAutoScaling
					n.Unproven = "foreign"
				}))
				in.Selection.Hostnames = []string{"a"}
				return in
			}(),
			want: []string{"Uncordon a"},
		},
		"a value that returns does not reach a node that was processed for it long ago (C6)": {
			in: func() Input {
				in := inputOf(with(staleNode("a"), func(n *Node) { n.Record = &Record{Revision: "r1", ProcessedTime: epoch} }))
				in.Selection.Hostnames = []string{}
				return in
			}(),
			want: []string{"UpdateHoldBack ", "Cordon a"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, kinds(Plan(c.in))); diff != "" {
				t.Errorf("steps (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPlanSaysWhenToLookAgain(t *testing.T) {
	in := inputOf(staleNode("a"))
	in.Now, in.TargetSince = epoch, epoch.Add(-20*time.Second)
	if got, want := Plan(in).LookAgain, 40*time.Second; got != want {
		t.Errorf("settling: look again in %s, want %s", got, want)
	}
	in = inputOf(with(staleNode("a"), func(n *Node) { n.Freshness = FreshnessCurrent }))
	in.Selection.Hostnames = nil
	if d := Plan(in); d.LookAgain != 0 || d.State != StateUpToDate {
		t.Errorf("up to date: %s, look again in %s, want UpToDate and never", d.State, d.LookAgain)
	}
}

func TestANodeThatJoinsDoesNotMakeTheClusterLookStale(t *testing.T) {
	current := with(staleNode("a"), func(n *Node) { n.Freshness = FreshnessCurrent })
	for name, joining := range map[string]Node{
		"before it is Ready":        with(staleNode("d"), func(n *Node) { n.Ready = false }),
		"before it has an agent":    with(staleNode("d"), func(n *Node) { n.Agent, n.Freshness = nil, FreshnessUnknown }),
		"before its agent is Ready": with(staleNode("d"), func(n *Node) { n.Agent = &Agent{UID: "u"} }),
	} {
		t.Run(name, func(t *testing.T) {
			in := inputOf(current, joining)
			in.Selection.Hostnames = nil
			if d := Plan(in); d.State != StateUpToDate || len(d.BlockedNodes) > 0 {
				t.Errorf("%s: %s, blocked %v, want UpToDate", d.State, d.Message, d.BlockedNodes)
			}
			in.Selection.Hostnames = []string{"d"}
			if d := Plan(in); d.State == StateUpToDate {
				t.Errorf("held back, and yet %s: %s", d.State, d.Message)
			}
		})
	}
}

func TestOnlyTheFirstBlockedNodesAreListed(t *testing.T) {
	var nodes []Node
	for _, name := range []string{"g", "f", "e", "d", "c", "b", "a"} {
		nodes = append(nodes, with(staleNode(name), func(n *Node) { n.Way, n.Unmanaged = WayNone, "runs on Fargate" }))
	}
	d := Plan(inputOf(nodes...))
	if d.Counts.Blocked != 7 || len(d.BlockedNodes) != MaxBlockedNodes || d.BlockedNodes[0] != (BlockedNode{"a", BlockedUnmanaged, "runs on Fargate"}) {
		t.Errorf("blocked %d, listed %v", d.Counts.Blocked, d.BlockedNodes)
	}
}

func TestARecordSurvivesTheAnnotation(t *testing.T) {
	record := Record{Revision: "r1", StartTime: epoch, Cordoned: true, ProcessedTime: epoch.Add(time.Minute), RestartUID: "u", Attempts: 2}
	value, err := record.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseRecord(value)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&record, got); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
}

func TestARecordThatCannotBeReadIsAnError(t *testing.T) {
	for _, value := range []string{"", "{", "true", "{}", `{"revision":""}`, `{"revision":"r","startTime":"soon"}`} {
		if record, err := ParseRecord(value); err == nil {
			t.Errorf("ParseRecord(%q) = %v, want an error", value, record)
		}
	}
}
