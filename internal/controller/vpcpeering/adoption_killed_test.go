package vpcpeering

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

func TestA9KilledAnywhereInAnAdoptionItConverges(t *testing.T) {
	for moment, after := range moments {
		t.Run(moment, func(t *testing.T) {
			t.Parallel()
			w := newSmallWorld(t)
			adopt := w.ofTerraform()
			before := w.shape()
			object := w.settle(w.peering("eu-us", adopting(adopt)))
			undisturbed := w.shape()
			w.orphan(object)
			n := 1
			for ; !t.Failed(); n++ {
				object := w.peering("eu-us", adopting(adopt))
				killed := w.killedAt(object, n, after)
				object = w.settle(object)
				w.wantsShape(undisturbed)
				w.onlyTagged()
				w.edit(object, func(now *v1alpha1.VPCPeering) { now.Spec.DeletionPolicy = v1alpha1.DeletionOrphan })
				w.delete(object)
				w.killedAt(object, n, after)
				w.until(object, func(now *v1alpha1.VPCPeering) bool { return now == nil })
				w.wantsShape(before)
				w.cloud.ClearJournal()
				if !killed {
					break
				}
			}
			t.Logf("killed at each of %d acts, on the way in and on the way back", n-1)
		})
	}
}

// orphan lets the object go with everything left as it is.
func (w *world) orphan(object *v1alpha1.VPCPeering) {
	w.t.Helper()
	w.edit(object, func(now *v1alpha1.VPCPeering) { now.Spec.DeletionPolicy = v1alpha1.DeletionOrphan })
	w.remove(object)
	w.cloud.ClearJournal()
}

func TestA9KilledAnywhereInAnAdoptionAndDeletedItIsAllGoneOrAllTheirs(t *testing.T) {
	w := newSmallWorld(t)
	for n := 1; !t.Failed(); n++ {
		adopt := w.ofTerraform()
		object := w.peering("eu-us", adopting(adopt))
		killed := w.killedAt(object, n, true)
		w.delete(object)
		w.until(object, func(now *v1alpha1.VPCPeering) bool {
			if now != nil { // what was not adopted before the kill is theirs, and holds the connection once that is ours
				w.removeByHand(adopt)
			}
			return now == nil
		})
		for _, line := range w.shape() {
			if strings.Contains(line, v1alpha1.TagOwner) {
				t.Errorf("killed at act %d, left behind as ours: %s", n, line)
			}
		}
		w.removeByHand(adopt)
		if !killed {
			break
		}
	}
}

func TestAnAdoptionWaitsForTheTagsToBeSeen(t *testing.T) {
	w := newSmallWorld(t)
	adopt := w.ofTerraform()
	w.tagsLag("vpc-peering-connection", 3*time.Second)
	object := w.reconcile(w.peering("eu-us", adopting(adopt)))
	w.wants(object, v1alpha1.ConditionPeeringActive, metav1.ConditionFalse, v1alpha1.ReasonProgressing, "Adopting what spec.adopt names.")
	w.settle(object)
	w.onlyTagged()
}
