package view

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/rollout"
)

func TestReasonsThatNeedAPersonAreLinkedToTheirCauseAndCureOnce(t *testing.T) {
	t.Parallel()
	tree := Item{State: Bad, Reason: v1alpha1.ReasonAccessEntryMissing, Items: []Item{
		{State: Bad, Reason: v1alpha1.ReasonAccessEntryMissing},
		{State: Good, Reason: v1alpha1.ReasonReady, Items: []Item{{State: Bad, Reason: v1alpha1.ReasonForeignPeering}, {State: Bad}}},
		{State: Working, Reason: v1alpha1.ReasonProgressing}, {State: AtRest, Reason: v1alpha1.ReasonPaused},
	}}
	var out bytes.Buffer
	if err := WriteLinks(&out, tree); err != nil {
		t.Fatal(err)
	}
	want := "AccessEntryMissing: " + reasonsPage + "#accessentrymissing\nForeignPeering: " + reasonsPage + "#foreignpeering\n"
	if out.String() != want {
		t.Errorf("said\n%s", out.String())
	}
	page, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "reasons.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, reason := range []string{v1alpha1.ReasonAccessEntryMissing, v1alpha1.ReasonForeignPeering} {
		if !strings.Contains(string(page), "\n### "+reason+"\n") {
			t.Errorf("the page has no heading %s", reason)
		}
	}
}

// TestTheReasonOfABlockedNodeHasNoLink: the page has no heading for it, and its message says what to do.
func TestTheReasonOfABlockedNodeHasNoLink(t *testing.T) {
	t.Parallel()
	cluster := &v1alpha1.PeeredCluster{}
	cluster.Status.Nodes = &v1alpha1.NodeCounts{Total: 1, Blocked: 1}
	cluster.Status.BlockedNodes = []v1alpha1.BlockedNode{{Name: "n1", Reason: "BudgetNeverAllows", Message: "Its budget never allows it."}}
	var tree, out bytes.Buffer
	if err := (Paper{}).Write(&tree, Cluster(cluster)); err != nil || !strings.Contains(tree.String(), "never allows it") {
		t.Fatalf("%v: %s", err, tree.String())
	}
	if err := WriteLinks(&out, Cluster(cluster)); err != nil || strings.Contains(out.String(), "BudgetNeverAllows") {
		t.Errorf("%v: %s", err, out.String())
	}
}

// TestTheReasonThatANodeSharesWithAConditionHasItsLink: the page explains it, whichever of the two has it.
func TestTheReasonThatANodeSharesWithAConditionHasItsLink(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "reasons.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, reason := range []string{rollout.BlockedUnknown, rollout.BlockedByStrategy} {
		cluster := &v1alpha1.PeeredCluster{}
		cluster.Status.Nodes = &v1alpha1.NodeCounts{Total: 1, Blocked: 1}
		cluster.Status.BlockedNodes = []v1alpha1.BlockedNode{{Name: "n1", Reason: reason, Message: "Nothing is known of it."}}
		var out bytes.Buffer
		if err := WriteLinks(&out, Cluster(cluster)); err != nil || out.String() != reason+": "+reasonsPage+"#"+strings.ToLower(reason)+"\n" {
			t.Errorf("%v: said %q", err, out.String())
		}
		if !strings.Contains(string(page), "\n### "+reason+"\n") {
			t.Errorf("the page has no heading %s", reason)
		}
	}
}
