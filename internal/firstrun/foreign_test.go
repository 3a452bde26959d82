package firstrun

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/bootstrap"
)

// holding is a cluster with these objects.
func holding(objects ...client.Object) client.WithWatch {
	scheme := runtime.NewScheme()
	utilruntime.Must(clientgoscheme.AddToScheme(scheme))
	utilruntime.Must(v1alpha1.AddToScheme(scheme))
	return fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...).Build()
}

func called(name string) metav1.ObjectMeta { return metav1.ObjectMeta{Name: name} }

func localObject() *v1alpha1.PeeredCluster {
	return &v1alpha1.PeeredCluster{ObjectMeta: called(bootstrap.LocalCluster)}
}

// onRecord gives a run a record in a file of its own.
func onRecord(t *testing.T, r *run) *run {
	t.Helper()
	r.Record = filepath.Join(t.TempDir(), "first-run.json")
	r.record.path, r.record.InstallationID = r.Record, r.InstallationID
	if err := r.sameRun(); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestObjectsOfOthersAreNeitherTakenOverNorPutOnRecord(t *testing.T) {
	t.Parallel()
	peering := metav1.ObjectMeta{Namespace: "network", Name: "eu-us"}
	for want, object := range map[string]client.Object{
		"AWSIdentity/eu":           &v1alpha1.AWSIdentity{ObjectMeta: called("eu")},
		"AWSIdentity/us":           &v1alpha1.AWSIdentity{ObjectMeta: called("us")},
		"PeeredCluster/us":         &v1alpha1.PeeredCluster{ObjectMeta: called("us")},
		"VPCPeering network/eu-us": &v1alpha1.VPCPeering{ObjectMeta: peering},
	} {
		r := onRecord(t, aRun(t, func(*Settings) {}))
		r.hub.kube = holding(object, localObject())
		err := r.note(t.Context(), r.admit())
		if err == nil || !strings.Contains(err.Error(), want+" is there already, and is not of this run: choose -hub-name and -other-name") || r.record.has("admit") {
			t.Errorf("%s: %v, on record: %t", want, err, r.record.has("admit"))
		}
		_, isPeering := object.(*v1alpha1.VPCPeering)
		if err := r.note(t.Context(), r.plan()); isPeering != (err != nil) || isPeering == r.record.has("plan") {
			t.Errorf("a plan where %s is: %v", want, err)
		}
	}
}

func TestWhatTheRunMadeItselfIsNotOfOthers(t *testing.T) {
	t.Parallel()
	r := onRecord(t, aRun(t, func(*Settings) {}))
	r.hub.kube = holding(localObject())
	for _, s := range []step{r.admit(), r.plan()} {
		if err := r.note(t.Context(), s); err != nil || !r.record.has(s.id) {
			t.Error(s.id, err)
		}
	}
	r.hub.kube = holding(localObject(), &v1alpha1.AWSIdentity{ObjectMeta: called("eu")}, &v1alpha1.VPCPeering{ObjectMeta: metav1.ObjectMeta{Namespace: "network", Name: "eu-us"}})
	for _, s := range []step{r.admit(), r.plan()} { // begun, and interrupted
		if err := r.note(t.Context(), s); err != nil {
			t.Error(s.id, err)
		}
	}
}

// sameAs puts the settings on a record that says nothing yet.
func sameAs(r *record, s *Settings) error {
	run := &run{Settings: *s, record: r, hub: &side{}, other: &side{}, screen: &screen{out: &bytes.Buffer{}}}
	return run.sameRun()
}

func TestARecordIsRefusedWhereASettingDiffers(t *testing.T) {
	t.Parallel()
	r := onRecord(t, aRun(t, func(*Settings) {}))
	for _, step := range []string{"rights", "entry", "install", "namespace", "admit"} {
		if err := r.record.begin(step, nil); err != nil {
			t.Fatal(err)
		}
	}
	for flag, edit := range map[string]func(*Settings){
		"":                                        func(*Settings) {},
		`-namespace was "network" and is now`:     func(s *Settings) { s.Namespace = "prod" },
		`-installer was "helm" and is now`:        func(s *Settings) { s.Installer = ByKubectl },
		`-hub-name was "eu" and is now`:           func(s *Settings) { s.Hub.Name = "x" },
		`-other-region was "us-gov-east-1" and`:   func(s *Settings) { s.Other.Region = "us-east-1" },
		`-hub-cluster was "prod-eu" and`:          func(s *Settings) { s.Hub.Cluster = "x" },
		`-other-context was "prod-us" and is now`: func(s *Settings) { s.Other.Context = "x" },
		`-hub-context was "prod-eu" and is now`:   func(s *Settings) { s.Hub.Context = "x" },
		`-other-role was the default and is now`:  func(s *Settings) { s.Other.RoleARN = "arn:aws:iam::1:role/x" },
		`-hub-role was the default and is now`:    func(s *Settings) { s.Hub.RoleARN = "arn:aws:iam::1:role/x" },
	} {
		s := r.Settings
		edit(&s)
		_, err := readRecord(r.Record, &s)
		if flag == "" && err != nil || flag != "" && (err == nil || !strings.Contains(err.Error(), flag)) {
			t.Errorf("%q: %v", flag, err)
		}
	}
}

func TestARoleThatWasSetMustBeSetForTheUndo(t *testing.T) {
	t.Parallel()
	r := onRecord(t, aRun(t, func(s *Settings) { s.Other.RoleARN = "arn:aws:iam::222222222222:role/mine" }))
	if err := r.record.begin("entry", nil); err != nil {
		t.Fatal(err)
	}
	s := r.Settings
	s.Other.RoleARN = ""
	if _, err := readRecord(r.Record, &s); err == nil || !strings.Contains(err.Error(), "is now the default") {
		t.Error(err)
	}
}

func TestAnotherAccountIsAnotherRun(t *testing.T) {
	t.Parallel()
	r := onRecord(t, aRun(t, func(*Settings) {}))
	if err := r.record.begin("rights", nil); err != nil {
		t.Fatal(err)
	}
	r.other.seen.account = "333333333333"
	if err := r.sameRun(); err == nil || !strings.Contains(err.Error(), `-other-account was "222222222222" and is now "333333333333"`) {
		t.Error(err)
	}
}

func TestNamesMayChangeUntilAStepUsesThem(t *testing.T) {
	t.Parallel()
	r := onRecord(t, aRun(t, func(*Settings) {}))
	if err := r.record.begin("rights", nil); err != nil {
		t.Fatal(err)
	}
	s := r.Settings
	s.Hub.Name, s.Other.Name, s.Installer, s.Namespace = "eu2", "us2", ByKubectl, "other"
	if _, err := readRecord(r.Record, &s); err != nil {
		t.Errorf("no object has these names yet: %v", err)
	}
	if err := r.record.begin("admit", json.RawMessage("{}")); err != nil {
		t.Fatal(err)
	}
	if _, err := readRecord(r.Record, &s); err == nil {
		t.Error("the record's objects have other names")
	}
}
