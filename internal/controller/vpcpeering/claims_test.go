package vpcpeering

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

func TestThePeeringsOfAPairAskOneAfterTheOther(t *testing.T) {
	var c claims
	a, b := types.NamespacedName{Name: "a"}, types.NamespacedName{Name: "b"}
	for range 2 {
		if !c.enter("pair", a) {
			t.Fatal("the first one may not ask")
		}
	}
	if c.enter("pair", b) {
		t.Error("two ask at once")
	}
	if !c.enter("another pair", b) {
		t.Error("another pair is held up")
	}
	c.leave("pair", b)
	if c.enter("pair", b) {
		t.Error("who does not hold the pair gave it up")
	}
	c.leave("pair", a)
	if !c.enter("pair", b) {
		t.Error("the second one may not ask when the first one has")
	}
	if rivals := c.rivals("pair", b); len(rivals) != 1 || !rivals[a] {
		t.Errorf("b's rivals are %v: the cache may not show a yet", rivals)
	}
	c.forget("pair", a)
	if rivals := c.rivals("pair", b); len(rivals) != 0 {
		t.Errorf("b's rivals are %v after a is gone", rivals)
	}
}

func TestAPairIsFoundFromBothEnds(t *testing.T) {
	side := func(vpc v1alpha1.VPCID) *v1alpha1.SideStatus { return &v1alpha1.SideStatus{VPCID: vpc} }
	there := &v1alpha1.VPCPeering{Status: v1alpha1.VPCPeeringStatus{Requester: side("vpc-1"), Accepter: side("vpc-2")}}
	back := &v1alpha1.VPCPeering{Status: v1alpha1.VPCPeeringStatus{Requester: side("vpc-2"), Accepter: side("vpc-1")}}
	if a, b := pairKeys(there), pairKeys(back); len(a) != 1 || len(b) != 1 || a[0] != b[0] {
		t.Errorf("%v and %v", a, b)
	}
	half := &v1alpha1.VPCPeering{ObjectMeta: metav1.ObjectMeta{Name: "half"}, Status: v1alpha1.VPCPeeringStatus{Requester: side("vpc-1")}}
	if keys := pairKeys(half); keys != nil {
		t.Errorf("one that is not resolved has keys %v", keys)
	}
}
