package vpcpeering

import (
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/peering"
)

func TestA4OrphanedWhatWasAdoptedIsAsItWasBefore(t *testing.T) {
	asItIs := func(*world, *v1alpha1.VPCPeering) {}
	loseStatus := func(w *world, object *v1alpha1.VPCPeering) { w.forget(object); w.restart() }
	unnamed := func(object *v1alpha1.VPCPeering) { object.Spec.Adopt = nil }
	for name, test := range map[string]struct {
		edit func(*v1alpha1.VPCPeering)
		lose func(*world, *v1alpha1.VPCPeering)
	}{
		"still named":                          {func(*v1alpha1.VPCPeering) {}, asItIs},
		"named no more":                        {unnamed, asItIs},
		"still named, after status was lost":   {func(*v1alpha1.VPCPeering) {}, loseStatus},
		"named no more, after status was lost": {unnamed, loseStatus},
	} {
		t.Run(name, func(t *testing.T) {
			w := newSmallWorld(t)
			adopt := w.ofTerraform()
			before := w.shape()
			object := w.settle(w.peering("eu-us", adopting(adopt)))
			w.edit(object, func(now *v1alpha1.VPCPeering) {
				now.Spec.DeletionPolicy = v1alpha1.DeletionOrphan
				test.edit(now)
			})
			test.lose(w, object)
			w.cloud.ClearJournal()
			w.remove(object)
			w.wantsShape(before)
			if writes := w.writes(); slices.ContainsFunc(writes, func(call string) bool {
				return !strings.HasPrefix(call, "DeleteTags") && !strings.HasPrefix(call, "AssumeRole")
			}) {
				t.Errorf("more than tags was removed: %v", writes)
			}
			// And back: it can be adopted again.
			w.settle(w.peering("eu-us", adopting(adopt)))
		})
	}
}

func TestAfterStatusWasLostAnOrphanSaysWhatMayCarryItsTagsWhereItCannotLook(t *testing.T) {
	w := newSmallWorld(t)
	object := w.settle(w.peering("eu-us", adopting(w.ofTerraform())))
	w.edit(object, func(now *v1alpha1.VPCPeering) {
		now.Spec.DeletionPolicy, now.Spec.Adopt = v1alpha1.DeletionOrphan, nil
	})
	object = w.forget(object)
	for _, role := range peering.Roles() {
		w.unready(role, metav1.ConditionFalse)
	}
	w.restart()
	w.remove(object)
	for _, part := range []string{"LeftOver", "tag " + v1alpha1.TagOwner + "="} {
		if !w.events.has(part) {
			t.Errorf("no event says %s:\n%s", part, w.events.all())
		}
	}
}

func TestOrphanedWithTheRightToUntagDeniedTheObjectGoesAndTheTagsAreNamed(t *testing.T) {
	w := newSmallWorld(t)
	adopt := w.ofTerraform()
	object := w.settle(w.peering("eu-us", adopting(adopt)))
	w.edit(object, func(now *v1alpha1.VPCPeering) { now.Spec.DeletionPolicy = v1alpha1.DeletionOrphan })
	defer w.deny("DeleteTags")()
	w.remove(object)
	for _, part := range []string{"LeftOver", "ec2:DeleteTags", adopt.ConnectionID, adopt.Accepter.SecurityGroupRuleIDs[0]} {
		if !w.events.has(part) {
			t.Errorf("no event says %s:\n%s", part, w.events.all())
		}
	}
}
