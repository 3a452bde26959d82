package cluster

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cluster/access"
	"github.com/crossvpc/crossvpc/test/controlplane"
	"github.com/crossvpc/crossvpc/test/kubeconfig"
)

// realCluster is a real API server, and a Connector whose Secrets live in it.
func realCluster(t *testing.T) (*controlplane.Cluster, client.Client, *Connector) {
	t.Helper()
	fleet := controlplane.ForTest(t, controlplane.Options{Names: []string{"us"}})
	us := fleet.Cluster("us")
	admin, err := client.New(us.Config(), client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: kubeconfig.Namespace}}
	if err := admin.Create(t.Context(), namespace); err != nil {
		t.Fatal(err)
	}
	return us, admin, NewConnector(access.NewLocal(us.Config()), access.NewKubeConfig(admin, kubeconfig.Namespace))
}

func TestARealAPIServerIsIdentifiedAndUsed(t *testing.T) {
	us, admin, connector := realCluster(t)
	if err := admin.Create(t.Context(), kubeconfig.Secret(us.Kubeconfig(), "value")); err != nil {
		t.Fatal(err)
	}
	system := &corev1.Namespace{}
	if err := admin.Get(t.Context(), client.ObjectKey{Name: "kube-system"}, system); err != nil {
		t.Fatal(err)
	}
	local := &v1alpha1.PeeredCluster{ObjectMeta: metav1.ObjectMeta{Name: "local"}}
	local.Spec.Access.Local = &v1alpha1.LocalAccess{}
	for name, cluster := range map[string]*v1alpha1.PeeredCluster{"by its Secret": kubeconfig.Cluster("us"), "as the local one": local} {
		t.Run(name, func(t *testing.T) {
			connection, err := connector.Connect(t.Context(), cluster)
			if err != nil {
				t.Fatal(err)
			}
			got, err := connection.Identify(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got.ID != string(system.UID) || !strings.HasPrefix(got.Version, "v1.") {
				t.Errorf("identity is %+v, want UID %s", got, system.UID)
			}
			objects := &unstructured.UnstructuredList{}
			objects.SetGroupVersionKind(schema.GroupVersionKind{Version: "v1", Kind: "ConfigMapList"})
			if err := connection.Client.List(t.Context(), objects, client.InNamespace("kube-system")); err != nil {
				t.Errorf("listing unstructured objects: %v", err)
			}
		})
	}
	t.Run("and a kubeconfig that is rotated to somebody without rights is Forbidden", func(t *testing.T) {
		content, err := us.UserKubeconfig("nobody")
		if err != nil {
			t.Fatal(err)
		}
		secret := &corev1.Secret{}
		if err := admin.Get(t.Context(), client.ObjectKey{Namespace: kubeconfig.Namespace, Name: "us"}, secret); err != nil {
			t.Fatal(err)
		}
		secret.Data["value"] = content
		if err := admin.Update(t.Context(), secret); err != nil {
			t.Fatal(err)
		}
		connection, err := connector.Connect(t.Context(), kubeconfig.Cluster("us"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = connection.Identify(t.Context())
		expectError(t, err, v1alpha1.ReasonForbidden, `namespaces "kube-system" is forbidden: User "nobody" cannot get resource "namespaces"`)
	})
}
