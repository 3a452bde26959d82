package bootstrap

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// Marker is the name of the ConfigMap in crossvpc's own namespace that says that the first objects were made. Whoever wants
// those made again that are gone deletes it and restarts the manager.
const Marker = "crossvpc-first-objects"

// LocalCluster is the name of the PeeredCluster of the cluster that crossvpc runs in.
const LocalCluster = "local"

// firstObjects are the operator's own credentials and the cluster it runs in. Neither admits a namespace: to do so is the
// owner's decision.
func firstObjects() []client.Object {
	return []client.Object{
		&v1alpha1.AWSIdentity{ObjectMeta: metaOf(v1alpha1.DefaultName, `"kind":"AWSIdentity","metadata":{"annotations":{},"name":"default"},"spec":{}`)},
		&v1alpha1.PeeredCluster{
			ObjectMeta: metaOf(LocalCluster, `"kind":"PeeredCluster","metadata":{"annotations":{},"name":"local"},"spec":{"access":{"local":{}}}`),
			Spec:       v1alpha1.PeeredClusterSpec{Access: v1alpha1.ClusterAccess{Local: &v1alpha1.LocalAccess{}}},
		},
	}
}

// metaOf remembers the object as `kubectl create --save-config` does: else the first `kubectl apply` of its owner warns that
// the object was not made for it.
func metaOf(name, saved string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: name, Annotations: map[string]string{
		corev1.LastAppliedConfigAnnotation: `{"apiVersion":"` + v1alpha1.GroupVersion.String() + `",` + saved + "}\n",
	}}
}
