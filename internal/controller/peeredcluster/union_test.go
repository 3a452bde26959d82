package peeredcluster

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/peering"
)

// peered is a VPCPeering of cluster "here" whose AWS half is in place.
func peered(name string, edit func(*v1alpha1.VPCPeering)) v1alpha1.VPCPeering {
	object := v1alpha1.VPCPeering{
		ObjectMeta: metav1.ObjectMeta{Namespace: "network", Name: name},
		Spec: v1alpha1.VPCPeeringSpec{
			Requester: v1alpha1.VPCPeeringSide{ClusterRefs: []v1alpha1.LocalName{{Name: "here"}}},
		},
		Status: v1alpha1.VPCPeeringStatus{
			Requester: &v1alpha1.SideStatus{Clusters: []string{"here"}},
			Accepter:  &v1alpha1.SideStatus{CIDRBlocks: []string{"10.12.0.0/16"}},
		},
	}
	for _, step := range v1alpha1.VPCPeeringSteps() {
		object.Status.Conditions = append(object.Status.Conditions, metav1.Condition{Type: step, Status: metav1.ConditionTrue})
	}
	if edit != nil {
		edit(&object)
	}
	return object
}

func falsify(condition string) func(*v1alpha1.VPCPeering) {
	return func(object *v1alpha1.VPCPeering) {
		for i := range object.Status.Conditions {
			if object.Status.Conditions[i].Type == condition {
				object.Status.Conditions[i].Status = metav1.ConditionFalse
			}
		}
	}
}

func uid(uid types.UID) func(*v1alpha1.VPCPeering) {
	return func(object *v1alpha1.VPCPeering) { object.UID = uid }
}

func both(first, second func(*v1alpha1.VPCPeering)) func(*v1alpha1.VPCPeering) {
	return func(object *v1alpha1.VPCPeering) {
		first(object)
		second(object)
	}
}

func withUID(entry v1alpha1.ClusterPeering, uid string) v1alpha1.ClusterPeering {
	entry.UID = uid
	return entry
}

func TestAPeeringThatWasRefusedBecauseOfTheDeletionDoesNotHoldIt(t *testing.T) {
	refused := func(object *v1alpha1.VPCPeering) {
		object.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionIdentitiesReady, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonBeingDeleted}}
	}
	never := peered("never", func(object *v1alpha1.VPCPeering) { refused(object); object.Status.Requester = nil })
	before := peered("before", refused)
	users := users([]v1alpha1.VPCPeering{never, before, peered("plain", nil)}, "here")
	if diff := cmp.Diff([]string{"VPCPeering network/before", "VPCPeering network/plain"}, users.All()); diff != "" {
		t.Errorf("held by (-want +got):\n%s", diff)
	}
}

func approved(hash string) func(*v1alpha1.VPCPeering) {
	return func(o *v1alpha1.VPCPeering) {
		o.Spec.ApprovedPlan, o.Status.Approval = hash, &v1alpha1.PlanApproval{Hash: hash}
	}
}

// carriedOut notes that the approved plan of the spec as it is was carried out.
func carriedOut(o *v1alpha1.VPCPeering) { o.Status.Approval = peering.CarriedOut(o.Spec) }

func TestWhichPeeringsACiliumValueCovers(t *testing.T) {
	entry := v1alpha1.ClusterPeering{Namespace: "network", Name: "a", CIDRBlocks: []string{"10.12.0.0/16"}}
	orphan := entry
	orphan.Orphaned = true
	now := metav1.NewTime(time.Unix(1, 0))
	for name, test := range map[string]struct {
		known    []v1alpha1.ClusterPeering
		peerings []v1alpha1.VPCPeering
		want     []v1alpha1.ClusterPeering
	}{
		"one whose rules and routes are in place enters": {
			peerings: []v1alpha1.VPCPeering{peered("a", nil)}, want: []v1alpha1.ClusterPeering{entry},
		},
		"a block that the cluster's side excludes is not covered": {
			peerings: []v1alpha1.VPCPeering{peered("a", func(o *v1alpha1.VPCPeering) {
				o.Spec.Requester.Routes.ExcludeCIDRs = []string{"100.64.0.0/10", "10.12.128.0/17"}
				o.Status.Accepter.CIDRBlocks = []string{"10.12.0.0/16", "100.64.0.0/16"}
			})}, want: []v1alpha1.ClusterPeering{entry},
		},
		"a block of IPv6 is not covered where the cluster's VPC has none": {
			peerings: []v1alpha1.VPCPeering{peered("a", func(o *v1alpha1.VPCPeering) {
				o.Status.Requester.CIDRBlocks = []string{"10.11.0.0/16"}
				o.Status.Accepter.CIDRBlocks = []string{"10.12.0.0/16", "2001:db8:2::/56"}
			})}, want: []v1alpha1.ClusterPeering{entry},
		},
		"a block of IPv6 is covered where the cluster's VPC has one, or its blocks can't be read": {
			peerings: []v1alpha1.VPCPeering{peered("a", func(o *v1alpha1.VPCPeering) {
				o.Status.Requester.CIDRBlocks = []string{"10.11.0.0/16", "2001:db8:1::/56"}
				o.Status.Accepter.CIDRBlocks = []string{"2001:db8:2::/56"}
			}), peered("b", func(o *v1alpha1.VPCPeering) { o.Status.Accepter.CIDRBlocks = []string{"2001:db8:2::/56"} })},
			want: []v1alpha1.ClusterPeering{
				{Namespace: "network", Name: "a", CIDRBlocks: []string{"2001:db8:2::/56"}}, {Namespace: "network", Name: "b", CIDRBlocks: []string{"2001:db8:2::/56"}},
			},
		},
		"what the other side excludes is its own affair": {
			peerings: []v1alpha1.VPCPeering{peered("a", func(o *v1alpha1.VPCPeering) { o.Spec.Accepter.Routes.ExcludeCIDRs = []string{"10.12.0.0/16"} })},
			want:     []v1alpha1.ClusterPeering{entry},
		},
		"one all of whose blocks become excluded is covered no more": {
			known:    []v1alpha1.ClusterPeering{entry},
			peerings: []v1alpha1.VPCPeering{peered("a", func(o *v1alpha1.VPCPeering) { o.Spec.Requester.Routes.ExcludeCIDRs = []string{"10.0.0.0/8"} })},
			want:     []v1alpha1.ClusterPeering{{Namespace: "network", Name: "a", CIDRBlocks: []string{}}},
		},
		"one whose routes are missing does not enter": {
			peerings: []v1alpha1.VPCPeering{peered("a", falsify(v1alpha1.ConditionRoutesReady))},
		},
		"one that is refused does not enter": {
			peerings: []v1alpha1.VPCPeering{peered("a", falsify(v1alpha1.ConditionPreflightPassed))},
		},
		"one in mode Plan does not enter": {
			peerings: []v1alpha1.VPCPeering{peered("a", func(o *v1alpha1.VPCPeering) { o.Spec.Mode = v1alpha1.ModePlan })},
		},
		"one whose plan is approved and not carried out does not enter": {
			peerings: []v1alpha1.VPCPeering{peered("a", approved("p1"))},
		},
		"one whose plan is carried out enters": {
			peerings: []v1alpha1.VPCPeering{peered("a", both(approved("p1"), carriedOut))}, want: []v1alpha1.ClusterPeering{entry},
		},
		"a spec that changed after its plan was carried out changes nothing before it is approved": {
			known: []v1alpha1.ClusterPeering{entry},
			peerings: []v1alpha1.VPCPeering{peered("a", both(both(approved("p1"), carriedOut), func(o *v1alpha1.VPCPeering) {
				o.Spec.Requester.Routes.ExcludeCIDRs = []string{"10.12.128.0/17"}
			}))},
			want: []v1alpha1.ClusterPeering{entry},
		},
		"another plan that is approved by hash is carried out first": {
			known: []v1alpha1.ClusterPeering{entry},
			peerings: []v1alpha1.VPCPeering{peered("a", both(both(approved("p1"), carriedOut), func(o *v1alpha1.VPCPeering) {
				o.Spec.Requester.Routes.ExcludeCIDRs, o.Spec.ApprovedPlan = []string{"10.12.128.0/17"}, "p2"
			}))},
			want: []v1alpha1.ClusterPeering{entry},
		},
		"mode Plan changes nothing of what is in": {
			known: []v1alpha1.ClusterPeering{entry},
			peerings: []v1alpha1.VPCPeering{peered("a", func(o *v1alpha1.VPCPeering) {
				o.Spec.Mode, o.Spec.Requester.Routes.ExcludeCIDRs = v1alpha1.ModePlan, []string{"10.12.128.0/17"}
			})},
			want: []v1alpha1.ClusterPeering{entry},
		},
		"one on its way out does not enter": {
			peerings: []v1alpha1.VPCPeering{peered("a", func(o *v1alpha1.VPCPeering) { o.DeletionTimestamp = &now })},
		},
		"one that is in stays through a flap": {
			known:    []v1alpha1.ClusterPeering{entry},
			peerings: []v1alpha1.VPCPeering{peered("a", falsify(v1alpha1.ConditionPeeringActive))}, want: []v1alpha1.ClusterPeering{entry},
		},
		"one that is in stays until it is gone, also on its way out": {
			known:    []v1alpha1.ClusterPeering{entry},
			peerings: []v1alpha1.VPCPeering{peered("a", func(o *v1alpha1.VPCPeering) { o.DeletionTimestamp = &now })},
			want:     []v1alpha1.ClusterPeering{entry},
		},
		"one that is in keeps its blocks while they can't be read": {
			known:    []v1alpha1.ClusterPeering{entry},
			peerings: []v1alpha1.VPCPeering{peered("a", func(o *v1alpha1.VPCPeering) { o.Status.Accepter.CIDRBlocks = nil })},
			want:     []v1alpha1.ClusterPeering{entry},
		},
		"one that is gone leaves": {known: []v1alpha1.ClusterPeering{entry}},
		"an orphan stays":         {known: []v1alpha1.ClusterPeering{orphan}, want: []v1alpha1.ClusterPeering{orphan}},
		"an orphan that was made again is one no more": {
			known:    []v1alpha1.ClusterPeering{orphan},
			peerings: []v1alpha1.VPCPeering{peered("a", nil)}, want: []v1alpha1.ClusterPeering{entry},
		},
		"a namesake of an orphan leaves it its blocks until its own routes are there": {
			known:    []v1alpha1.ClusterPeering{withUID(orphan, "old")},
			peerings: []v1alpha1.VPCPeering{peered("a", both(uid("new"), falsify(v1alpha1.ConditionRoutesReady)))},
			want:     []v1alpha1.ClusterPeering{withUID(orphan, "old")},
		},
		"a namesake in mode Plan leaves an orphan its blocks": {
			known:    []v1alpha1.ClusterPeering{withUID(orphan, "old")},
			peerings: []v1alpha1.VPCPeering{peered("a", both(uid("new"), func(o *v1alpha1.VPCPeering) { o.Spec.Mode = v1alpha1.ModePlan }))},
			want:     []v1alpha1.ClusterPeering{withUID(orphan, "old")},
		},
		"a namesake whose other side is not resolved leaves an orphan its blocks": {
			known:    []v1alpha1.ClusterPeering{withUID(orphan, "old")},
			peerings: []v1alpha1.VPCPeering{peered("a", both(uid("new"), func(o *v1alpha1.VPCPeering) { o.Status.Accepter = nil }))},
			want:     []v1alpha1.ClusterPeering{withUID(orphan, "old")},
		},
		"a namesake that is established takes the place of an orphan, with its own blocks": {
			known:    []v1alpha1.ClusterPeering{withUID(v1alpha1.ClusterPeering{Namespace: "network", Name: "a", CIDRBlocks: []string{"10.99.0.0/16"}, Orphaned: true}, "old")},
			peerings: []v1alpha1.VPCPeering{peered("a", uid("new"))}, want: []v1alpha1.ClusterPeering{withUID(entry, "new")},
		},
		"an orphan that is on its way out itself stays one": {
			known:    []v1alpha1.ClusterPeering{withUID(orphan, "old")},
			peerings: []v1alpha1.VPCPeering{peered("a", both(uid("old"), func(o *v1alpha1.VPCPeering) { o.DeletionTimestamp = &now }))},
			want:     []v1alpha1.ClusterPeering{withUID(orphan, "old")},
		},
		"one that was restored under another UID stays covered until it is established": {
			known:    []v1alpha1.ClusterPeering{withUID(entry, "old")},
			peerings: []v1alpha1.VPCPeering{peered("a", both(uid("new"), func(o *v1alpha1.VPCPeering) { o.Status = v1alpha1.VPCPeeringStatus{} }))},
			want:     []v1alpha1.ClusterPeering{withUID(entry, "old")},
		},
		"an entry of the version before counts by name, and gets a UID": {
			known:    []v1alpha1.ClusterPeering{entry},
			peerings: []v1alpha1.VPCPeering{peered("a", both(uid("new"), falsify(v1alpha1.ConditionPeeringActive)))},
			want:     []v1alpha1.ClusterPeering{withUID(entry, "new")},
		},
		"an orphan of the version before stays until its namesake is established": {
			known:    []v1alpha1.ClusterPeering{orphan},
			peerings: []v1alpha1.VPCPeering{peered("a", both(uid("new"), falsify(v1alpha1.ConditionRoutesReady)))},
			want:     []v1alpha1.ClusterPeering{orphan},
		},
		"a namesake in another namespace is nobody's": {
			known: []v1alpha1.ClusterPeering{withUID(orphan, "old")},
			peerings: []v1alpha1.VPCPeering{peered("a", func(o *v1alpha1.VPCPeering) {
				o.Namespace, o.Status.Conditions = "other", nil
			})},
			want: []v1alpha1.ClusterPeering{withUID(orphan, "old")},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, coveredPeerings(test.known, test.peerings, "here")); diff != "" {
				t.Error(diff)
			}
		})
	}
}
