package clusterview

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/rollout"
	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

// TestC4AMarkThatSomebodyElseKeepsIsNotWrittenOverAlsoWhereItIsOneForTheValue: the API server refuses it without an end.
func TestC4AMarkThatSomebodyElseKeepsIsNotWrittenOverAlsoWhereItIsOneForTheValue(t *testing.T) {
	t.Parallel()
	const fields = `{"f:spec":{"f:template":{"f:metadata":{"f:annotations":{"f:networking.crossvpc.io/native-routing-revision":{}}}}}}`
	noted := func(value string, seen bool) *v1alpha1.NodePoolMark {
		return &v1alpha1.NodePoolMark{Name: "default", Value: value, Seen: seen}
	}
	for name, c := range map[string]struct {
		mark, manager string
		noted         *v1alpha1.NodePoolMark
		says          string
	}{
		"nobody's, none":                          {},
		"ours, of another value":                  {mark: "r0", manager: podrules.NodePoolManager, noted: noted("r0", true)},
		"ours":                                    {mark: "r1", manager: podrules.NodePoolManager, noted: noted("r1", true)},
		"ours, not arrived yet":                   {noted: noted("r1", false)},
		"theirs, of another value":                {mark: "r0", manager: "argocd", says: "Field manager argocd sets"},
		"theirs, as they were told":               {mark: "r1", manager: "argocd", noted: noted("r1", true), says: "Set it to r1-2 there."},
		"theirs, as they were told again":         {mark: "r1-2", manager: "argocd", noted: noted("r1-2", true), says: "Set it to r1-3 there."},
		"ours, taken back":                        {noted: noted("r1", true), says: "does not set it again"},
		"ours, taken back to that of another one": {mark: "r0", manager: "argocd", noted: noted("r1", true), says: "Field manager argocd reverted"},
		"ours, taken back to an earlier one":      {mark: "r1", manager: "argocd", noted: noted("r1-2", true), says: "Field manager argocd reverted"},
	} {
		v := nodeWith("1.18.0")
		ofKarpenter(v, "")
		pool := v.Karpenter.Pools["default"]
		if c.mark != "" {
			pool.Spec.Template.Metadata.Annotations = map[string]string{podrules.NodePoolAnnotation: c.mark}
			pool.Metadata.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: c.manager, FieldsV1: metav1.NewFieldsV1(fields)}}
		}
		var marks []v1alpha1.NodePoolMark
		if c.noted != nil {
			marks = append(marks, *c.noted)
		}
		q := Question{Now: noon, Choice: rollout.Choice{Strategy: v1alpha1.RolloutReplaceNodes}, RefusalOn: func(types.UID) string { return "" }}
		got := v.NodePools(q, "r1", marks)["default"].Unmarkable
		switch {
		case c.says == "" && got != nil:
			t.Errorf("%s: %s", name, got.Message)
		case c.says != "" && (got == nil || got.Reason != rollout.BlockedByNodePoolOwner || !strings.Contains(got.Message, c.says)):
			t.Errorf("%s: %+v, want … %s …", name, got, c.says)
		}
	}
}
