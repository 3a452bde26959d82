package rollout

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crossvpc/crossvpc/internal/cilium"
)

// ofGroup is a node with the value, of an Auto Scaling group.
func ofGroup(name string) Node {
	return with(staleNode(name), func(n *Node) {
		n.Way, n.Instance, n.Freshness, n.Created = WayAutoScaling, Instance{ID: "i-" + name, Group: "asg"}, FreshnessCurrent, epoch.Add(-time.Hour)
	})
}

// TestNobodyIsWaitedForWhoseGroupWasScaledDown: of each replacement all that is known after a restart is the entry in status.
func TestNobodyIsWaitedForWhoseGroupWasScaledDown(t *testing.T) {
	t.Parallel()
	entry := func(id string, minutes int) Replacement {
		return Replacement{InstanceID: id, Group: "asg", Since: epoch.Add(time.Duration(minutes) * time.Minute)}
	}
	late := with(ofGroup("s"), func(n *Node) { n.Created = epoch.Add(30 * time.Minute) })
	for name, c := range map[string]struct {
		nodes   []Node
		desired int
		entries []Replacement
		cleared []string
	}{
		"to zero":                                 {[]Node{staleNode("b")}, 0, []Replacement{entry("i-1", 1)}, []string{"i-1"}},
		"to the nodes that are left":              {[]Node{ofGroup("a"), ofGroup("b")}, 2, []Replacement{entry("i-1", 1)}, []string{"i-1"}},
		"by one of two: the younger is given up":  {[]Node{ofGroup("a")}, 2, []Replacement{entry("i-2", 2), entry("i-1", 1)}, []string{"i-2"}},
		"not at all: it is waited for":            {[]Node{ofGroup("a")}, 2, []Replacement{entry("i-1", 1)}, nil},
		"while the successor is there":            {[]Node{ofGroup("a"), late}, 1, []Replacement{entry("i-1", 1)}, []string{"i-1"}},
		"while the node itself is still there":    {[]Node{with(ofGroup("a"), func(n *Node) { n.Instance.Leaving = true })}, 0, []Replacement{entry("i-a", 1)}, nil},
		"one that leaves makes room for another":  {[]Node{ofGroup("a"), with(ofGroup("b"), func(n *Node) { n.Instance.Leaving = true })}, 2, []Replacement{entry("i-1", 1)}, nil},
		"one that is not Ready may be gone":       {[]Node{ofGroup("a"), with(ofGroup("b"), func(n *Node) { n.Ready = false })}, 2, []Replacement{entry("i-1", 1)}, nil},
		"one that is being replaced is no more":   {[]Node{ofGroup("a"), with(ofGroup("b"), func(n *Node) { n.Unschedulable = true })}, 2, []Replacement{entry("i-b", 1), entry("i-1", 2)}, nil},
		"one in the warm pool is no node of it":   {[]Node{ofGroup("a"), with(ofGroup("w"), func(n *Node) { n.Instance.Warm = true })}, 2, []Replacement{entry("i-1", 1)}, nil},
		"one of another group is no node of this": {[]Node{ofGroup("a"), with(ofGroup("b"), func(n *Node) { n.Instance.Group = "other" })}, 2, []Replacement{entry("i-1", 1)}, nil},
	} {
		in := inputOf(c.nodes...)
		in.Now = epoch.Add(3 * time.Hour) // long past the deadline
		in.Selection.Hostnames = []string{}
		in.Replacements, in.Groups = c.entries, map[string]Group{"asg": {Desired: c.desired}, "other": {Desired: 1}}
		d := Plan(in)
		var cleared []string
		for _, step := range d.Steps {
			if step.Kind == StepClearReplacement {
				cleared = append(cleared, step.Replacement.InstanceID)
			}
		}
		if diff := cmp.Diff(c.cleared, cleared); diff != "" {
			t.Errorf("%s: cleared (-want +got):\n%s", name, diff)
		}
		if open := len(c.entries) - len(cleared); (d.State == StateProgressDeadlineExceeded) != (open > 0) {
			t.Errorf("%s: %s, %s; with %d open", name, d.State, d.Message, open)
		}
	}
}

func TestAReplacementThatIsNotWantedAnyMoreHoldsNothingUp(t *testing.T) {
	t.Parallel()
	unwanted := Replacement{InstanceID: "i-1", Group: "asg", Since: epoch}
	empty := with(ofGroup("a"), func(n *Node) { n.Freshness, n.Unschedulable, n.Evictable = FreshnessStale, true, 0 })
	for name, c := range map[string]struct {
		node    Node
		entries []Replacement
		retry   bool
		want    []string
	}{
		"another node":                      {staleNode("a"), []Replacement{unwanted}, false, []string{"ClearReplacement ", "Cordon a"}},
		"another attempt, which forgets it": {staleNode("a"), []Replacement{unwanted}, true, []string{"ClearReplacement ", "Cordon a"}},
		"another replacement that is late":  {empty, []Replacement{unwanted, {InstanceID: "i-a", Group: "asg", Since: epoch}}, false, []string{"ClearReplacement ", "TerminateInstance a"}},
	} {
		in := inputOf(c.node)
		in.Now = epoch.Add(3 * time.Hour)
		in.Replacements, in.Groups, in.Retry = c.entries, map[string]Group{"asg": {}}, c.retry
		in.Selection.Hostnames = []string{"a"}
		if diff := cmp.Diff(c.want, kinds(Plan(in))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestAClusterAtZeroIsNeitherWaitedForNorReadyBeforeItsTime: its nodes went in the middle of a rollout, and the process with them.
func TestAClusterAtZeroIsNeitherWaitedForNorReadyBeforeItsTime(t *testing.T) {
	t.Parallel()
	selection := func(mode cilium.SelectionMode, hosts ...string) RevisionSelection {
		return RevisionSelection{Revision: "r1", Selection: cilium.Selection{Mode: mode, Hostnames: hosts}}
	}
	fresh := with(ofGroup("new"), func(n *Node) { n.Created = epoch.Add(50 * time.Minute) })
	booting := with(fresh, func(n *Node) { n.Freshness, n.Ready, n.Agent = FreshnessUnknown, false, nil })
	for name, c := range map[string]struct {
		selection RevisionSelection
		nodes     []Node
		state     State
		steps     []string
		says      string
	}{
		"before anything was written":               {RevisionSelection{}, nil, StateBlocked, nil, "The first that joins tries the value"},
		"while a canary had it: that is taken back": {selection(cilium.SelectCanary, "a"), nil, StateProgressing, []string{"RevertCanary "}, ""},
		"after the release: nobody is held back":    {selection(cilium.SelectAllBut, "a", "b"), nil, StateProgressing, []string{"UpdateHoldBack "}, ""},
		"after that: joining nodes get it":          {selection(cilium.SelectAllBut), nil, StateUpToDate, nil, "Each that joins boots with the newest"},
		"the first that joins before the release":   {RevisionSelection{}, []Node{with(fresh, func(n *Node) { n.Freshness, n.Way = FreshnessStale, WayRecycle })}, StateCanary, []string{"Cordon new"}, ""},
		"the first that boots after the release":    {selection(cilium.SelectAllBut), []Node{booting}, StateUpToDate, nil, "1 more is joining"},
		"the first that came with the value":        {selection(cilium.SelectAllBut), []Node{fresh}, StateUpToDate, nil, "The only node runs"},
		"the first that came without it":            {selection(cilium.SelectAllBut), []Node{with(fresh, func(n *Node) { n.Freshness, n.Way = FreshnessStale, WayRecycle })}, StateProgressing, []string{"UpdateHoldBack ", "Cordon new"}, ""},
	} {
		in := inputOf(c.nodes...)
		in.Selection, in.Groups = c.selection, map[string]Group{"asg": {Desired: len(c.nodes)}}
		d := Plan(in)
		if diff := cmp.Diff(c.steps, kinds(d)); diff != "" || d.State != c.state || !strings.Contains(d.Message, c.says) {
			t.Errorf("%s: %s, %q; want %s and … %s … (-want +got):\n%s", name, d.State, d.Message, c.state, c.says, diff)
		}
	}
}

// TestNobodyIsWaitedForWhoseGroupIsGone at once, and by its name: nothing is launched into a group that was deleted in the middle of a
// rollout, or is being deleted.
func TestNobodyIsWaitedForWhoseGroupIsGone(t *testing.T) {
	t.Parallel()
	old := with(ofGroup("a"), func(n *Node) {
		n.Unschedulable, n.Evictable, n.Record = true, 0, &Record{Revision: "r1", StartTime: epoch, Cordoned: true, Replace: true, ProcessedTime: epoch}
	})
	detached := with(old, func(n *Node) { n.Instance, n.Way, n.Unmanaged = Instance{ID: "i-a"}, WayNone, "in no group" })
	gone := Group{Refuses: "Auto Scaling group asg does not exist any more", Gone: true}
	deleting := Group{Desired: 2, Refuses: "Auto Scaling group asg is being deleted (Delete in progress)", Gone: true}
	for name, c := range map[string]struct {
		nodes []Node
		group Group
		clear bool
		says  string
	}{
		"gone, and the node with it":            {[]Node{staleNode("b")}, gone, true, ""},
		"being deleted, and the node is gone":   {[]Node{staleNode("b")}, deleting, true, ""},
		"gone, and the instance was detached":   {[]Node{detached}, gone, true, ""},
		"being deleted, and the node as well":   {[]Node{with(old, func(n *Node) { n.Instance.Leaving = true })}, deleting, false, ""},
		"it only launches nothing for a while":  {[]Node{staleNode("b")}, Group{Desired: 2, Refuses: "Auto Scaling group asg has its process Launch suspended; resume it"}, false, "Nothing replaces instance i-a: Auto Scaling group asg has its process Launch suspended; resume it."},
		"it was in the reading, and wants more": {[]Node{staleNode("b")}, Group{Desired: 2}, false, ""},
	} {
		in := inputOf(c.nodes...)
		in.Selection.Hostnames, in.Groups = []string{}, map[string]Group{"asg": c.group}
		for age, since := range map[string]time.Time{"a minute ago": in.Now.Add(-time.Minute), "long ago": epoch} {
			in.Replacements = []Replacement{{InstanceID: "i-a", Group: "asg", Since: since}}
			d := Plan(in)
			var why string
			for _, step := range d.Steps {
				if step.Kind == StepClearReplacement {
					why = step.Why
				}
			}
			if (why != "") != c.clear || c.clear && why != c.group.Refuses || slices.Contains(kinds(d), "TerminateInstance a") {
				t.Errorf("%s, %s: cleared because %q, want %t; %v", name, age, why, c.clear, d.Steps)
			}
			if !strings.Contains(d.Message, c.says) {
				t.Errorf("%s, %s: says %q, want … %s …", name, age, d.Message, c.says)
			}
		}
	}
}

// TestAGroupThatIsBeingDeletedUsesUpNoBudget: what it still calls its desired capacity, nobody launches.
func TestAGroupThatIsBeingDeletedUsesUpNoBudget(t *testing.T) {
	t.Parallel()
	for _, gone := range []bool{true, false} {
		in := inputOf(staleNode("a"))
		in.Selection.Hostnames, in.Groups = []string{"a"}, map[string]Group{"asg": {Desired: 2, Gone: gone}}
		if starts := slices.Contains(kinds(Plan(in)), "Cordon a"); starts != gone {
			t.Errorf("gone %t: starts on the next node %t", gone, starts)
		}
	}
}
