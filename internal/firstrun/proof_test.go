package firstrun

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

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
	for _, s := range r.sides() {
		if found, err := r.leftOfInstall(s)(t.Context()); err != nil || len(found.left) > 0 || len(found.others) != 1 {
			t.Errorf("%s: %+v, %v", s.Name, found, err)
		}
	}
	if err := errors.Join(r.record.begin("rights", nil), r.record.begin("install", nil), r.record.forget("install"), r.record.forget("rights"), r.record.save()); err != nil {
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
