package peeredcluster

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

func hub(t *testing.T, objects ...client.Object) client.Client {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	return fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...).Build()
}

// TestOnlyWhoIsAdmittedOrCoveredCountsForACluster: a VPCPeering that nobody admitted held the deletion of the PeeredCluster
// that it names forever, entered the union by what its status says of itself, and woke the reconciler at each change.
func TestOnlyWhoIsAdmittedOrCoveredCountsForACluster(t *testing.T) {
	stranger := peered("forged", nil)
	known := v1alpha1.ClusterPeering{Namespace: stranger.Namespace, Name: stranger.Name, UID: string(stranger.UID), CIDRBlocks: []string{"10.12.0.0/16"}}
	another := known
	another.UID = "another"
	orphaned := known
	orphaned.Orphaned = true
	labelled := v1alpha1.AllowedNamespaces{Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"network": "yes"}}}
	for name, test := range map[string]struct {
		allowed v1alpha1.AllowedNamespaces
		labels  map[string]string
		covered []v1alpha1.ClusterPeering
		counts  bool
	}{
		"never admitted":                           {},
		"another namespace is admitted":            {allowed: v1alpha1.AllowedNamespaces{Names: []string{"somebody"}}},
		"admitted by name":                         {allowed: v1alpha1.AllowedNamespaces{Names: []string{stranger.Namespace}}, counts: true},
		"admitted by label":                        {allowed: labelled, labels: map[string]string{"network": "yes"}, counts: true},
		"not admitted by label":                    {allowed: labelled},
		"covered, and admitted no more":            {covered: []v1alpha1.ClusterPeering{known}, counts: true},
		"an earlier one of the name was covered":   {covered: []v1alpha1.ClusterPeering{another}},
		"what an earlier one left behind is there": {covered: []v1alpha1.ClusterPeering{orphaned}},
	} {
		t.Run(name, func(t *testing.T) {
			cluster := &v1alpha1.PeeredCluster{ObjectMeta: metav1.ObjectMeta{Name: "here"}}
			cluster.Spec.AllowedNamespaces, cluster.Status.Peerings = test.allowed, test.covered
			namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: stranger.Namespace, Labels: test.labels}}
			kube := hub(t, cluster, namespace, stranger.DeepCopy())
			counting, err := peeringsOf(t.Context(), kube, cluster)
			if err != nil || len(counting) > 0 != test.counts {
				t.Errorf("%d count for the cluster (%v), want %t", len(counting), err, test.counts)
			}
			if held := users(counting, "here").Any(); held != test.counts {
				t.Errorf("the deletion is held: %t", held)
			}
			woken := (&Reconciler{Client: kube}).clustersOf(t.Context(), &stranger)
			if slices.ContainsFunc(woken, func(request reconcile.Request) bool { return request.Name == "here" }) != test.counts {
				t.Errorf("its change wakes %v", woken)
			}
		})
	}
}
