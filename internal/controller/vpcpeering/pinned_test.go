package vpcpeering

import (
	"slices"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/peering"
)

func TestAClusterThatLeavesTheSpecIsPinnedUntilThatIsApproved(t *testing.T) {
	stays := &v1alpha1.PeeredCluster{ObjectMeta: metav1.ObjectMeta{Name: "stays"}}
	for name, test := range map[string]struct {
		edit func(*v1alpha1.VPCPeering)
		want []string
	}{
		"without plans it leaves at once": {func(*v1alpha1.VPCPeering) {}, []string{"stays"}},
		"mode Plan":                       {func(o *v1alpha1.VPCPeering) { o.Spec.Mode = v1alpha1.ModePlan }, []string{"stays", "leaves"}},
		"an approved plan for another spec": {func(o *v1alpha1.VPCPeering) {
			o.Spec.ApprovedPlan, o.Status.Approval = "p1", &v1alpha1.PlanApproval{Hash: "p1", CarriedOutFor: "another"}
		}, []string{"stays", "leaves"}},
		"an approved plan that is carried out": {func(o *v1alpha1.VPCPeering) {
			o.Spec.ApprovedPlan = "p1"
			o.Status.Approval = peering.CarriedOut(o.Spec)
		}, []string{"stays"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := &reconciliation{object: valid("network")}
			test.edit(p.object)
			p.sides.Requester.clusters = []*v1alpha1.PeeredCluster{stays}
			if got := p.pinnedClusters(peering.Requester, []string{"stays", "leaves"}); !slices.Equal(got, test.want) {
				t.Errorf("pinned are %v, want %v", got, test.want)
			}
		})
	}
}
