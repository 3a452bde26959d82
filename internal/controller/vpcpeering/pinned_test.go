package vpcpeering

import (
	"context"
	"fmt"
	"slices"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

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
			p := &reconciliation{object: valid("network"), Reconciler: &Reconciler{Client: allBut{}}}
			test.edit(p.object)
			p.sides.Requester.clusters = []*v1alpha1.PeeredCluster{stays}
			if got, err := p.pinnedClusters(t.Context(), peering.Requester, []string{"stays", "leaves"}); err != nil || !slices.Equal(got, test.want) {
				t.Errorf("pinned are %v (%v), want %v", got, err, test.want)
			}
		})
	}
}

// allBut has every object except one.
type allBut struct {
	client.Client
	name string
}

func (a allBut) Get(_ context.Context, key client.ObjectKey, _ client.Object, _ ...client.GetOption) error {
	if key.Name == a.name {
		return apierrors.NewNotFound(schema.GroupResource{}, key.Name)
	}
	return nil
}

// While changes of the spec are held, clusters are replaced many times: status takes 16.
func TestPinnedClustersStayWithinWhatStatusTakes(t *testing.T) {
	p := &reconciliation{object: valid("network")}
	p.object.Spec.Mode = v1alpha1.ModePlan
	before := []string{"gone"}
	for i := range 20 {
		cluster := &v1alpha1.PeeredCluster{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("c%02d", i)}}
		if i < 4 {
			p.sides.Requester.clusters = append(p.sides.Requester.clusters, cluster)
		} else {
			before = append(before, cluster.Name)
		}
	}
	p.Reconciler = &Reconciler{Client: allBut{name: "gone"}}
	p.object.Status.Requester = &v1alpha1.SideStatus{Clusters: before}
	if err := p.pin(t.Context(), peering.Requester, peering.Side{}); err != nil {
		t.Fatal(err)
	}
	got := p.object.Status.Requester.Clusters
	if len(got) != 16 || !slices.Equal(got[:4], []string{"c00", "c01", "c02", "c03"}) || slices.Contains(got, "gone") {
		t.Errorf("pinned are %v", got)
	}
}
