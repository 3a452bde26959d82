package cluster

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// TestTheConnectionIsSharedWhileCiliumsNamespaceIsPinned: a PeeredCluster's own reconciliation stays in the namespace where
// something is set, and a VPCPeering's probes connect to the same cluster with the object as it is.
func TestTheConnectionIsSharedWhileCiliumsNamespaceIsPinned(t *testing.T) {
	connector, _ := connectorWith()
	connect := func(asked, pinned string) *Connection {
		t.Helper()
		object := &v1alpha1.PeeredCluster{ObjectMeta: metav1.ObjectMeta{Name: "local"}}
		object.Spec.Access.Local, object.Spec.Cilium.Namespace = &v1alpha1.LocalAccess{}, asked
		object.Status.Cilium = &v1alpha1.CiliumStatus{Namespace: pinned}
		connection, err := connector.Connect(t.Context(), object)
		if err != nil {
			t.Fatal(err)
		}
		return connection
	}
	own, probes := connect("kube-system", "kube-system"), connect("cilium", "kube-system")
	if own != probes || probes.ciliumNamespace != "kube-system" {
		t.Errorf("probes have another connection, with watches in %s", probes.ciliumNamespace)
	}
	if followed := connect("cilium", ""); followed == own || followed.ciliumNamespace != "cilium" {
		t.Errorf("once nothing is set there, watches are in %s", followed.ciliumNamespace)
	}
}
