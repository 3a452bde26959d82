package vpcpeering

import (
	"context"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/scene"
)

// ofNamespace shows the VPCPeerings of one namespace, as if its API server had no others.
type ofNamespace struct {
	client.Client

	name string
}

func (o ofNamespace) List(ctx context.Context, list client.ObjectList, options ...client.ListOption) error {
	if _, peerings := list.(*v1alpha1.VPCPeeringList); peerings {
		options = append(options, client.InNamespace(o.name))
	}
	return o.Client.List(ctx, list, options...)
}

// otherInstallation is one with another id in another cluster, on the same VPCs: it shares nothing with the world but AWS.
func (w *world) otherInstallation(id string) *world {
	w.t.Helper()
	other := &world{t: w.t, clock: w.clock, cloud: w.cloud, url: w.url, accounts: w.accounts, pair: w.pair, kube: w.kube, events: &notes{}}
	other.makeNamespace()
	other.makeIdentityOf("eu", scene.RequesterAccount, roleOf(scene.RequesterAccount)+"-"+id)
	other.makeIdentityOf("us", scene.AccepterAccount, roleOf(scene.AccepterAccount)+"-"+id)
	for of, in := range map[*world]string{w: installation, other: id} {
		of.restartWith(ofNamespace{of.kube, of.namespace}, nil)
		of.reconciler.InstallationID = in
	}
	return other
}

// TestTwoInstallationsWithDifferentIDsNeverTouchEachOthersObjects: the id of one is the beginning of the other's.
func TestTwoInstallationsWithDifferentIDsNeverTouchEachOthersObjects(t *testing.T) {
	w := newSmallWorld(t)
	other := w.otherInstallation(installation + "-2")
	first := w.settle(w.peering("eu-us", nil))
	ofFirst := w.shape()

	w.cloud.ClearJournal()
	second := other.reconcile(other.peering("eu-us", nil))
	other.wants(second, v1alpha1.ConditionPeeringActive, metav1.ConditionFalse, v1alpha1.ReasonForeignPeering, first.Status.PeeringConnectionID)
	if writes := w.writes(); len(writes) > 0 {
		t.Errorf("the second wrote %v", writes)
	}

	other.edit(second, func(now *v1alpha1.VPCPeering) {
		now.Spec.AdoptionPolicy = v1alpha1.AdoptUseExisting
		now.Spec.Requester.SecurityGroups.Ingress = []v1alpha1.IngressRule{{Protocol: v1alpha1.ProtocolTCP, FromPort: new(int32(443)), ToPort: new(int32(443))}}
	})
	second = other.settle(second)
	both := w.shape()
	ofSecond := slices.DeleteFunc(slices.Clone(both), func(line string) bool { return slices.Contains(ofFirst, line) })
	if len(ofSecond) != 1 || len(both) != len(ofFirst)+1 || !strings.Contains(ofSecond[0], installation+"-2/"+other.namespace+"/eu-us") {
		t.Fatalf("beside the first the second made %v", ofSecond)
	}
	for range 2 {
		w.clock.toNextSweep()
		w.settle(first)
		other.settle(second)
		w.wantsShape(both)
	}

	other.remove(second)
	w.wantsShape(ofFirst)
	second = other.settle(other.peering("eu-us", func(object *v1alpha1.VPCPeering) { object.Spec = second.Spec }))
	w.remove(first)
	w.wantsShape(ofSecond)
	other.remove(second)
	w.wantsShape(nil)
}
