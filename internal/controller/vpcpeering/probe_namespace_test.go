package vpcpeering

import (
	"context"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cluster"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/verification"
)

// connects to every cluster, without one.
type connects struct{}

func (connects) Connect(context.Context, *v1alpha1.PeeredCluster) (*cluster.Connection, error) {
	return &cluster.Connection{}, nil
}

func TestProbesLookForAgentsWhereCiliumIsWhileItsNamespaceIsPinned(t *testing.T) {
	at := func(name, asked, pinned string) side {
		object := &v1alpha1.PeeredCluster{ObjectMeta: metav1.ObjectMeta{Name: name}}
		object.Spec.Cilium.Namespace = asked
		if pinned != "" {
			object.Status.Cilium = &v1alpha1.CiliumStatus{Namespace: pinned}
		}
		return side{clusters: []*v1alpha1.PeeredCluster{object}}
	}
	for name, test := range map[string]struct{ asked, pinned, want string }{
		"what the spec says":                   {"cilium", "", "cilium"},
		"the default":                          {"", "", "kube-system"},
		"it was changed, and something is set": {"cilium", "kube-system", "kube-system"},
		"it was removed, and something is set": {"", "cilium", "cilium"},
	} {
		p := &reconciliation{Reconciler: &Reconciler{Connector: connects{}}, sides: peering.Pair[side]{Requester: at("eu", test.asked, test.pinned)}}
		reached, err := p.connectProbes(t.Context(), &verification.Run{})
		if err != nil || reached.ciliumNamespaces["eu"] != test.want {
			t.Errorf("%s: %v, %v; want %s", name, reached, err, test.want)
		}
	}
}
