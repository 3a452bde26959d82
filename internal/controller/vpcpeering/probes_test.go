package vpcpeering

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/peering"
)

// TestTheNamespaceOfProbePodsIsTheClustersToSay: whoever may name any namespace could have pods run in any.
func TestTheNamespaceOfProbePodsIsTheClustersToSay(t *testing.T) {
	cluster := func(name, namespace string) []*v1alpha1.PeeredCluster {
		object := &v1alpha1.PeeredCluster{ObjectMeta: metav1.ObjectMeta{Name: name}}
		object.Spec.Verification.Namespace = namespace
		return []*v1alpha1.PeeredCluster{object}
	}
	for name, test := range map[string]struct {
		asked, eu, us string
		refused       string
	}{
		"nothing is asked for":            {"", "probes", "", ""},
		"the default of both":             {"crossvpc-probe", "", "crossvpc-probe", ""},
		"what both say":                   {"probes", "probes", "probes", ""},
		"kube-system":                     {"kube-system", "", "", "probe pods of PeeredCluster eu run in namespace crossvpc-probe"},
		"what only one of the two says":   {"probes", "probes", "", "probe pods of PeeredCluster us run in namespace crossvpc-probe"},
		"the default, and one has others": {"crossvpc-probe", "crossvpc-probe", "probes", "probe pods of PeeredCluster us run in namespace probes"},
	} {
		t.Run(name, func(t *testing.T) {
			p := &reconciliation{Reconciler: &Reconciler{}, object: &v1alpha1.VPCPeering{}}
			p.object.Spec.Verification = &v1alpha1.Verification{Enabled: true, Namespace: test.asked}
			p.sides = peering.Pair[side]{Requester: side{clusters: cluster("eu", test.eu)}, Accepter: side{clusters: cluster("us", test.us)}}
			judged := p.anotherNamespace()
			switch {
			case test.refused == "" && judged != nil:
				t.Errorf("it is refused: %s", judged.Message)
			case test.refused != "" && (judged == nil || judged.Reason != v1alpha1.ReasonProbeNamespaceNotAllowed || !strings.Contains(judged.Message, test.refused)):
				t.Errorf("it is judged %+v, want %q", judged, test.refused)
			}
		})
	}
}
