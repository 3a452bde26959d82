package driver

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/internal/rollout"
	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

func karpenterNode(pool string) *corev1.Node {
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n", Labels: map[string]string{}}}
	if pool != "" {
		node.Labels[podrules.NodePoolLabel] = pool
	}
	return node
}

func TestAnEmptiedNodeOfKarpentersIsShieldedWhileWeHaveIt(t *testing.T) {
	t.Parallel()
	mark := func(node *corev1.Node, record *rollout.Record, cordon *bool) {
		t.Helper()
		if err := (Mark{Record: record, Cordon: cordon}).write(node); err != nil {
			t.Fatal(err)
		}
	}
	read := func(node *corev1.Node) *rollout.Record {
		record, _ := rollout.ParseRecord(node.Annotations[rollout.Annotation])
		return record
	}
	node := karpenterNode("default")
	mark(node, &rollout.Record{Revision: "r1", Cordoned: true}, new(true))
	if node.Annotations[podrules.DoNotDisrupt] != "true" || !read(node).Shielded || podrules.NodeRefusal(node, read(node).HasShield()) != nil {
		t.Errorf("cordoned: %v", node.Annotations)
	}
	mark(node, &rollout.Record{Revision: "r1", Cordoned: true, RestartUID: "agent"}, nil)
	if node.Annotations[podrules.DoNotDisrupt] != "true" || !read(node).Shielded {
		t.Errorf("in work: %v", node.Annotations)
	}
	mark(node, &rollout.Record{Revision: "r1"}, new(false))
	if _, there := node.Annotations[podrules.DoNotDisrupt]; there || read(node).Shielded {
		t.Errorf("given back: %v", node.Annotations)
	}

	theirs := karpenterNode("default")
	theirs.Annotations = map[string]string{podrules.DoNotDisrupt: "true"}
	if why := podrules.NodeRefusal(theirs, false); why == nil || why.Reason != podrules.ReasonNodeRefuses {
		t.Errorf("a node that must not be disturbed: %v", why)
	}
	mark(theirs, &rollout.Record{Revision: "r1", Cordoned: true}, new(true))
	mark(theirs, nil, new(false))
	if theirs.Annotations[podrules.DoNotDisrupt] != "true" {
		t.Error("N3: took away somebody else's annotation")
	}
	other := karpenterNode("")
	mark(other, &rollout.Record{Revision: "r1", Cordoned: true}, new(true))
	if other.Annotations[podrules.DoNotDisrupt] != "" {
		t.Error("shielded a node that is not Karpenter's")
	}
}

func TestWhatGuardsANodeIsThereWhileWeHaveItAndGoesOnlyIfItIsOurs(t *testing.T) {
	t.Parallel()
	inPlace, replaced := rollout.Record{Revision: "r1", Cordoned: true}, rollout.Record{Revision: "r1", Cordoned: true, Replace: true}
	for name, c := range map[string]struct {
		pool, key string
		on        func(*corev1.Node) *map[string]string
		record    rollout.Record
		value     string
	}{
		"Karpenter's node":                      {"default", podrules.DoNotDisrupt, annotationsOf, inPlace, "true"},
		"Karpenter's node, for the other":       {"default", podrules.ScaleDownDisabled, annotationsOf, inPlace, ""},
		"a node of a group":                     {"", podrules.ScaleDownDisabled, annotationsOf, inPlace, "true"},
		"a node of a group, for the other":      {"", podrules.DoNotDisrupt, annotationsOf, inPlace, ""},
		"a node that stays, to balancers":       {"", corev1.LabelNodeExcludeBalancers, labelsOf, inPlace, ""},
		"a node that is replaced":               {"", podrules.ScaleDownDisabled, annotationsOf, replaced, "true"},
		"a node that is replaced, to balancers": {"", corev1.LabelNodeExcludeBalancers, labelsOf, replaced, "crossvpc"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			write := func(node *corev1.Node, record *rollout.Record, cordon bool) {
				if err := (Mark{Record: record, Cordon: &cordon}).write(node); err != nil {
					t.Fatal(err)
				}
			}
			node := karpenterNode(c.pool)
			write(node, &c.record, true)
			if got := (*c.on(node))[c.key]; got != c.value {
				t.Fatalf("while we have it: %q, want %q", got, c.value)
			}
			delete(*c.on(node), c.key)
			write(node, &c.record, true)
			if got := (*c.on(node))[c.key]; got != c.value {
				t.Errorf("after somebody removed it: %q, want %q", got, c.value)
			}
			write(node, &rollout.Record{Revision: "r1"}, false)
			if _, there := (*c.on(node))[c.key]; there {
				t.Error("it is still there when the node is given back")
			}
			for _, value := range []string{"theirs", ""} {
				theirs := karpenterNode(c.pool)
				theirs.Annotations = map[string]string{}
				(*c.on(theirs))[c.key] = value
				write(theirs, &c.record, true)
				write(theirs, nil, false)
				if got, there := (*c.on(theirs))[c.key]; !there || got != value {
					t.Errorf("N3: somebody else's %q is %q afterwards", value, got)
				}
			}
		})
	}
}
