package firstrun

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/plugin/view"
)

func TestTheProofTellsLeftFromUnreadAndOursFromOthers(t *testing.T) {
	t.Parallel()
	none, left := judge("a", remains{}, nil), judge("b", remains{left: []string{"pcx-1"}}, nil)
	unread, others := judge("c", remains{}, errors.New("no answer")), judge("d", remains{others: []string{"pcx-2 (other)"}}, nil)
	for name, c := range map[string]struct {
		items []view.Item
		says  string
		not   string
		fails bool
	}{
		"nothing":         {[]view.Item{none}, "Nothing is left.", "", false},
		"left":            {[]view.Item{none, left, others}, "what is marked ✖ is left.", "could not be read", true},
		"unread":          {[]view.Item{none, unread, others}, "nothing was seen that is left, and what is marked ? could not be read", "✖", true},
		"left and unread": {[]view.Item{left, unread}, "what is marked ✖ is left, and what is marked ? could not be read", "", true},
		"others":          {[]view.Item{none, others}, "Nothing of installation prod is left. What is marked ‖ is of another installation or run", "Nothing is left", false},
	} {
		said, err := verdict(view.Item{Items: []view.Item{{Items: c.items}}}, "prod")
		if err != nil {
			said += err.Error()
		}
		if (err != nil) != c.fails || !strings.Contains(said, c.says) || c.not != "" && strings.Contains(said, c.not) {
			t.Errorf("%s: %q", name, said)
		}
	}
	both := judge("e", remains{left: []string{"pcx-1"}, others: []string{"pcx-2 (other)"}}, nil)
	if both.State != view.Bad || both.Message != "Left: pcx-1. Of another installation or run: pcx-2 (other)." {
		t.Errorf("%+v", both)
	}
}

func TestTheProofTellsWhoseTheConfigsAndTheMarksOnNodesAre(t *testing.T) {
	t.Parallel()
	config := func(name, installation, revision string) unstructured.Unstructured {
		c := unstructured.Unstructured{Object: map[string]any{}}
		c.SetName(name)
		c.SetLabels(map[string]string{cilium.LabelInstallation: installation, cilium.LabelRevision: revision})
		return c
	}
	node := func(name, mark string) corev1.Node {
		return corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, Annotations: map[string]string{v1alpha1.AnnotationRollout: mark}}}
	}
	found := marked(
		[]unstructured.Unstructured{config("a", "prod", "r1"), config("b", "other", "r2"), config("c", "other", "r1")},
		[]corev1.Node{node("n1", `{"revision":"r1"}`), node("n2", `{"revision":"r2"}`), node("n3", `{"revision":"r3"}`), node("n4", "?"), {}}, "prod")
	if diff := cmp.Diff([]string{"CiliumNodeConfig a", "node n1 (annotation networking.crossvpc.io/rollout)", "node n3 (annotation networking.crossvpc.io/rollout)", "node n4 (annotation networking.crossvpc.io/rollout)"}, found.left); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"CiliumNodeConfig b (other)", "CiliumNodeConfig c (other)", "node n2 (annotation networking.crossvpc.io/rollout, other)"}, found.others); diff != "" {
		t.Error(diff)
	}
}

func TestWhatWasInstalledWithoutThisRunIsNotLeftOfIt(t *testing.T) {
	t.Parallel()
	r := onRecord(t, aRun(t, func(*Settings) {}))
	role := &rbacv1.ClusterRole{ObjectMeta: called("crossvpc-cluster")}
	r.hub.kube, r.other.kube = holding(role), holding(role)
	if err := r.record.begin("entry", nil); err != nil {
		t.Fatal(err)
	}
	for _, s := range r.sides() {
		if found, err := r.leftOfInstall(s)(t.Context()); err != nil || len(found.left) > 0 || len(found.others) != 1 {
			t.Errorf("%s: %+v, %v", s.Name, found, err)
		}
	}
	if err := errors.Join(r.record.begin("rights", nil), r.record.begin("install", nil), r.record.forget("install"), r.record.forget("rights"), r.record.forget("entry"), r.record.save()); err != nil {
		t.Fatal(err)
	}
	again, err := readRecord(r.Record, &r.Settings) // the proof is asked for once more
	if err != nil || !again.made("rights") || !again.made("install") || again.made("namespace") {
		t.Errorf("%+v, %v", again, err)
	}
	if err := again.begin("namespace", nil); err != nil || again.made("rights") {
		t.Errorf("a new run takes over what an earlier one made: %v", err)
	}
	if err := again.forget("namespace"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(r.Record); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file stays: %v", err)
	}
}

// TestWithoutARecordNobodyKnowsWhoInstalled: the file was lost, or never was, and the roles name no installation.
func TestWithoutARecordNobodyKnowsWhoInstalled(t *testing.T) {
	t.Parallel()
	r := onRecord(t, aRun(t, func(*Settings) {}))
	r.other.kube = holding(&rbacv1.ClusterRole{ObjectMeta: called("crossvpc-cluster")})
	found, err := r.leftOfInstall(r.other)(t.Context())
	item := judge("Cluster roles and CRDs", found, err)
	if item.State != view.Unknown || !strings.Contains(item.Message, "no record that says whether this run made it: crossvpc-cluster.") {
		t.Errorf("%+v", item)
	}
	if said, err := verdict(view.Item{Items: []view.Item{item}}, "prod"); err == nil || !strings.Contains(err.Error(), "no record says whose it is") {
		t.Errorf("%q, %v", said, err)
	}
	r.other.kube = holding()
	if found, err = r.leftOfInstall(r.other)(t.Context()); judge("", found, err).State != view.Good {
		t.Errorf("where nothing is there, nothing is left: %+v, %v", found, err)
	}
}

// TestTheProofTellsWhoseTheGroupsOfBlocksAre, in the version that Cilium 1.15 serves.
func TestTheProofTellsWhoseTheGroupsOfBlocksAre(t *testing.T) {
	t.Parallel()
	var objects []client.Object
	for name, labels := range map[string]map[string]string{
		"a": {cilium.LabelManagedBy: cilium.ManagedBy, cilium.LabelInstallation: "prod"},
		"b": {cilium.LabelManagedBy: cilium.ManagedBy, cilium.LabelInstallation: "other"},
		"c": {cilium.LabelManagedBy: cilium.ManagedBy},
		"d": {},
	} {
		group := &unstructured.Unstructured{}
		group.SetGroupVersionKind(cilium.KindOf("CiliumCIDRGroup", "v2alpha1"))
		group.SetName(name)
		group.SetLabels(labels)
		objects = append(objects, group)
	}
	r := onRecord(t, aRun(t, func(*Settings) {}))
	r.other.kube = servingOnly(holding(objects...), "v2alpha1")
	found, err := r.leftInCluster(r.other)(t.Context())
	if diff := cmp.Diff(remains{left: []string{"CiliumCIDRGroup a"}, others: []string{"CiliumCIDRGroup b (other)", "CiliumCIDRGroup c (no installation named)"}}, found, cmp.AllowUnexported(remains{})); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

// servingOnly refuses Cilium's kinds in other versions, as an API server that does not have them.
func servingOnly(kube client.WithWatch, version string) client.Client {
	return interceptor.NewClient(kube, interceptor.Funcs{List: func(ctx context.Context, inner client.WithWatch, list client.ObjectList, options ...client.ListOption) error {
		if kind := list.GetObjectKind().GroupVersionKind(); kind.Group == "cilium.io" && kind.Version != version {
			return &meta.NoKindMatchError{GroupKind: kind.GroupKind(), SearchedVersions: []string{kind.Version}}
		}
		return inner.List(ctx, list, options...)
	}})
}
