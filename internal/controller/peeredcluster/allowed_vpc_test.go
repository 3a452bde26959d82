package peeredcluster

import (
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// TestA10AnIdentitysAllowedVPCsBindPeeredClustersToo: an identity that may act on some VPCs acts for no cluster in another.
func TestA10AnIdentitysAllowedVPCsBindPeeredClustersToo(t *testing.T) {
	w := incident(t, "1.18.0", nil)
	w.allowVPCs("vpc-00000000000000001")
	w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonVPCNotAllowed,
		"AWSIdentity default does not list "+w.network.VPCID, "spec.allowedVPCIDs")
	w.allowVPCs("vpc-00000000000000001", v1alpha1.VPCID(w.network.VPCID))
	w.ready()
}

// allowVPCs has the default identity list these VPCs, as its controller would find it in order.
func (w *world) allowVPCs(ids ...v1alpha1.VPCID) {
	w.t.Helper()
	identity := &v1alpha1.AWSIdentity{}
	if err := w.kube.Get(w.t.Context(), client.ObjectKey{Name: v1alpha1.DefaultName}, identity); err != nil {
		w.t.Fatal(err)
	}
	identity.Spec.AllowedVPCIDs = ids
	if err := w.kube.Update(w.t.Context(), identity); err != nil {
		w.t.Fatal(err)
	}
	meta.FindStatusCondition(identity.Status.Conditions, v1alpha1.ConditionReady).ObservedGeneration = identity.Generation
	if err := w.kube.Status().Update(w.t.Context(), identity); err != nil {
		w.t.Fatal(err)
	}
}
