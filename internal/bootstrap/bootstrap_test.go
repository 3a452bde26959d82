package bootstrap

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/controlplane"
)

// world is an installation's namespace on a real API server.
type world struct {
	client.WithWatch
	t         *testing.T
	namespace string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	cluster := controlplane.Shared(t, controlplane.Options{Names: []string{"component"}}).Cluster("component")
	if _, err := envtest.InstallCRDs(cluster.Config(), envtest.CRDInstallOptions{Paths: []string{"../../config/crd/bases"}}); err != nil {
		t.Fatal(err)
	}
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		t.Fatal(err)
	}
	kube, err := client.NewWithWatch(cluster.Config(), client.Options{Scheme: scheme})
	if err != nil {
		t.Fatal(err)
	}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "system-"}}
	if err := kube.Create(t.Context(), namespace); err != nil {
		t.Fatal(err)
	}
	w := &world{WithWatch: kube, t: t, namespace: namespace.Name}
	t.Cleanup(func() {
		for _, object := range firstObjects() {
			if err := kube.Delete(context.WithoutCancel(t.Context()), object); client.IgnoreNotFound(err) != nil {
				t.Error(err)
			}
		}
	})
	return w
}

func (w *world) ensure() {
	w.t.Helper()
	if err := (&Runner{Live: w, Client: w, Namespace: w.namespace}).Ensure(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) has(object client.Object, name string) bool {
	w.t.Helper()
	key := client.ObjectKey{Name: name}
	if _, namespaced := object.(*corev1.ConfigMap); namespaced {
		key.Namespace = w.namespace
	}
	err := w.Get(w.t.Context(), key, object)
	if client.IgnoreNotFound(err) != nil {
		w.t.Fatal(err)
	}
	return err == nil
}

func (w *world) expectAll() {
	w.t.Helper()
	for name, object := range map[string]client.Object{
		v1alpha1.DefaultName: &v1alpha1.AWSIdentity{}, LocalCluster: &v1alpha1.PeeredCluster{}, Marker: &corev1.ConfigMap{},
	} {
		if !w.has(object, name) {
			w.t.Errorf("%T %s is not there", object, name)
		}
	}
}

func TestTheFirstObjectsAreMadeAndAdmitNobody(t *testing.T) {
	w := newWorld(t)
	w.ensure()
	w.expectAll()
	marker := &corev1.ConfigMap{}
	if w.has(marker, Marker); marker.Annotations[v1alpha1.AnnotationVersion] == "" {
		t.Error("the marker does not say which version made it")
	}
	var identity v1alpha1.AWSIdentity
	var cluster v1alpha1.PeeredCluster
	w.has(&identity, v1alpha1.DefaultName)
	w.has(&cluster, LocalCluster)
	for _, allowed := range []v1alpha1.AllowedNamespaces{identity.Spec.AllowedNamespaces, cluster.Spec.AllowedNamespaces} {
		if admitted, err := allowed.Admits("network", nil); admitted || err != nil {
			t.Errorf("a namespace is admitted (%v)", err)
		}
	}
	if cluster.Spec.Access.Local == nil || identity.Spec.RoleARN != "" {
		t.Errorf("access is %+v, the role %q", cluster.Spec.Access, identity.Spec.RoleARN)
	}
}

func TestWhatIsSavedForKubectlApplyIsTheObject(t *testing.T) {
	for _, object := range firstObjects() {
		var saved map[string]any
		if err := json.Unmarshal([]byte(object.GetAnnotations()[corev1.LastAppliedConfigAnnotation]), &saved); err != nil {
			t.Fatal(err)
		}
		name := saved["metadata"].(map[string]any)["name"]
		if name != object.GetName() || saved["apiVersion"] != v1alpha1.GroupVersion.String() || !strings.Contains(typeOf(object), saved["kind"].(string)) {
			t.Errorf("saved for %s %s: %v", typeOf(object), object.GetName(), saved)
		}
	}
}

func TestWhatSomebodyDeletedDoesNotComeBack(t *testing.T) {
	w := newWorld(t)
	w.ensure()
	if err := w.Delete(t.Context(), &v1alpha1.AWSIdentity{ObjectMeta: metav1.ObjectMeta{Name: v1alpha1.DefaultName}}); err != nil {
		t.Fatal(err)
	}
	w.ensure()
	if w.has(&v1alpha1.AWSIdentity{}, v1alpha1.DefaultName) {
		t.Error("AWSIdentity/default came back")
	}
	if !w.has(&v1alpha1.PeeredCluster{}, LocalCluster) {
		t.Error("PeeredCluster/local is gone, too")
	}
}

func TestAFormerReleasesObjectsAreLeftAlone(t *testing.T) {
	w := newWorld(t)
	granted := &v1alpha1.AWSIdentity{ObjectMeta: metav1.ObjectMeta{Name: v1alpha1.DefaultName}}
	granted.Spec.AllowedNamespaces.Names = []string{"network"}
	if err := w.Create(t.Context(), granted); err != nil {
		t.Fatal(err)
	}
	before := granted.ResourceVersion
	w.ensure()
	w.expectAll()
	if !w.has(granted, v1alpha1.DefaultName) || granted.ResourceVersion != before {
		t.Errorf("AWSIdentity/default was written: %s, before %s", granted.ResourceVersion, before)
	}
}

// errKilled is the process's end, as its calls see it.
var errKilled = errors.New("killed")

func TestKilledAfterAnyCallItConverges(t *testing.T) {
	for calls := range 4 {
		w := newWorld(t)
		left := calls
		mortal := interceptor.NewClient(w, interceptor.Funcs{
			Create: func(ctx context.Context, kube client.WithWatch, object client.Object, options ...client.CreateOption) error {
				if left == 0 {
					return errKilled
				}
				left--
				return kube.Create(ctx, object, options...)
			},
		})
		err := (&Runner{Live: w, Client: mortal, Namespace: w.namespace}).Ensure(t.Context())
		if dies := calls < 3; errors.Is(err, errKilled) != dies {
			t.Errorf("killed before call %d: %v", calls, err)
		}
		w.ensure()
		w.expectAll()
		for _, object := range firstObjects() {
			if err := w.Delete(t.Context(), object); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestWithoutARightTheErrorSaysWhatCouldNotBeMade(t *testing.T) {
	w := newWorld(t)
	denied := interceptor.NewClient(w, interceptor.Funcs{
		Create: func(context.Context, client.WithWatch, client.Object, ...client.CreateOption) error {
			return apierrors.NewForbidden(v1alpha1.GroupVersion.WithResource("awsidentities").GroupResource(), v1alpha1.DefaultName, errors.New("no rule"))
		},
	})
	err := (&Runner{Live: w, Client: denied, Namespace: w.namespace}).Ensure(t.Context())
	if err == nil || !strings.Contains(err.Error(), "making AWSIdentity default") || !apierrors.IsForbidden(err) {
		t.Errorf("the error is %v", err)
	}
	if w.has(&corev1.ConfigMap{}, Marker) {
		t.Error("the marker says that objects were made which were not")
	}
}
