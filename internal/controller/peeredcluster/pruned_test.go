package peeredcluster

import (
	"context"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cluster"
	"github.com/crossvpc/crossvpc/internal/cluster/access"
	"github.com/crossvpc/crossvpc/test/controlplane"
)

// bySecret is the incident in a cluster that is reached by a kubeconfig Secret, with the value in force.
func bySecret(t *testing.T) (*world, *corev1.Secret) {
	t.Helper()
	w := incident(t, "1.18.0", func(spec *v1alpha1.PeeredClusterSpec) {
		spec.Access = v1alpha1.ClusterAccess{KubeConfigSecretRef: &v1alpha1.SecretName{Name: "eu"}}
	})
	w.edit(func(spec *v1alpha1.PeeredClusterSpec) {
		spec.Region, spec.VPCID = v1alpha1.Region(w.network.Region), v1alpha1.VPCID(w.network.VPCID)
	})
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "eu"},
		Data:       map[string][]byte{"value": controlplane.Shared(t, controlplane.Options{Names: []string{"component"}}).Cluster("component").Kubeconfig()},
	}
	w.create(secret)
	t.Cleanup(func() { _ = w.kube.Delete(context.WithoutCancel(t.Context()), secret) })
	w.restartBySecret()
	w.ready()
	w.clock.advance(-w.clock.Since(time.Now())) // the API server stamps deletions by its own clock
	return w, secret
}

// restartBySecret is a new process, which remembers no access.
func (w *world) restartBySecret() {
	w.reconciler.Connector.Forget(clusterName)
	w.reconciler.Connector = &aged{Connector: cluster.NewConnector(access.NewKubeConfig(w.kube, "default"))}
}

func TestASecretThatIsPrunedWithItsClusterLeavesNothingInIt(t *testing.T) {
	for name, noticed := range map[string]bool{"both at once": false, "the Secret a moment earlier": true} {
		t.Run(name, func(t *testing.T) {
			w, secret := bySecret(t)
			w.deletePeering("eu-us")
			w.delete(secret)
			if noticed {
				w.reason(v1alpha1.ConditionReachable, v1alpha1.ReasonInvalidKubeConfig, "does not exist")
			}
			w.delete(w.read())
			deleted := w.clock.Now()
			w.finish()
			if len(w.nodeConfigs()) > 0 || w.events.has("may still be there") {
				t.Errorf("left: %v", w.nodeConfigs())
			}
			if took := w.clock.Since(deleted); took > time.Minute {
				t.Errorf("it took %s", took)
			}
		})
	}
}

func TestAfterARestartWithoutTheSecretTheDeletionSaysHowToGoOn(t *testing.T) {
	w, secret := bySecret(t)
	w.deletePeering("eu-us")
	w.delete(secret)
	w.restartBySecret()
	w.delete(w.read())
	object := w.reason(v1alpha1.ConditionReady, v1alpha1.ReasonDeleting,
		"Secret default/eu does not exist", "Create it", "crossvpc waits until", v1alpha1.AnnotationForceFinalize)
	object.Annotations = map[string]string{v1alpha1.AnnotationForceFinalize: "true"}
	if err := w.kube.Update(t.Context(), object); err != nil {
		t.Fatal(err)
	}
	w.finish()
	if len(w.nodeConfigs()) == 0 {
		t.Error("nobody could reach the cluster, and what was set in it is gone")
	}
}
