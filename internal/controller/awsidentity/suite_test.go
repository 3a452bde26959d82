package awsidentity

import (
	"context"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/events"
	testingclock "k8s.io/utils/clock/testing"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/controlplane"
	"github.com/crossvpc/crossvpc/test/kstatus"
)

const (
	installation = "inst"
	operator     = "999999999999"
	ours         = "111111111111"
	theirs       = "222222222222"
	roleARN      = "arn:aws:iam::" + ours + ":role/network/crossvpc"
)

// world is a simulated AWS, a real API server, and a reconciler that is called by hand.
type world struct {
	client.Client
	t          *testing.T
	cloud      *awssim.Cloud
	url        string
	clock      *testingclock.FakePassiveClock
	events     *events.FakeRecorder
	reconciler *Reconciler
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{
		t: t, Client: apiServer(t), cloud: awssim.New(awssim.Options{}), events: events.NewFakeRecorder(100),
		clock: testingclock.NewFakePassiveClock(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)),
	}
	var err error
	if w.url, err = w.cloud.Listen(t.Context(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	w.restartAs(credentials.NewStaticCredentialsProvider(operator, "secret", ""))
	return w
}

// restartAs is a new process with these credentials.
func (w *world) as(own awssdk.CredentialsProvider) *aws.Clients {
	return aws.NewClients(awssdk.Config{Region: "eu-west-1", BaseEndpoint: &w.url, Credentials: own, RetryMaxAttempts: 1})
}

func (w *world) restartAs(own awssdk.CredentialsProvider) {
	w.reconciler = &Reconciler{
		Client: w.Client, Cloud: w.as(own), Events: w.events, Clock: w.clock,
		Random: func() float64 { return 0.5 }, InstallationID: installation,
	}
}

// apiServer is shared by the tests of this package; each removes what it made.
func apiServer(t *testing.T) client.Client {
	t.Helper()
	cluster := controlplane.Shared(t, controlplane.Options{Names: []string{"component"}}).Cluster("component")
	if _, err := envtest.InstallCRDs(cluster.Config(), envtest.CRDInstallOptions{Paths: []string{"../../../config/crd/bases"}}); err != nil {
		t.Fatal(err)
	}
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	kube, err := client.New(cluster.Config(), client.Options{Scheme: scheme})
	if err != nil {
		t.Fatal(err)
	}
	return kube
}

// create makes an object that is gone at the end of the test.
func (w *world) create(object client.Object) {
	w.t.Helper()
	if err := w.Create(w.t.Context(), object); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { w.remove(object) })
}

func (w *world) remove(object client.Object) {
	ctx := context.WithoutCancel(w.t.Context())
	if err := w.Get(ctx, client.ObjectKeyFromObject(object), object); err != nil {
		return
	}
	controllerutil.RemoveFinalizer(object, v1alpha1.Finalizer)
	if err := w.Update(ctx, object); err != nil {
		w.t.Error(err)
	}
	if err := w.Delete(ctx, object); client.IgnoreNotFound(err) != nil {
		w.t.Error(err)
	}
}

func (w *world) identity(name string, spec v1alpha1.AWSIdentitySpec) *v1alpha1.AWSIdentity {
	w.t.Helper()
	object := &v1alpha1.AWSIdentity{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: spec}
	w.create(object)
	return object
}

func (w *world) role(externalID string, principals ...string) {
	w.t.Helper()
	if err := w.cloud.DeclareRole(awssim.Role{ARN: roleARN, Principals: principals, ExternalID: externalID}); err != nil {
		w.t.Fatal(err)
	}
}

// reconcile runs one reconciliation whose recheck is due, checks what holds after each, and reads the object again.
func (w *world) reconcile(object *v1alpha1.AWSIdentity) (ctrl.Result, error) {
	w.t.Helper()
	delete(w.reconciler.answers, object.Name)
	return w.look(object)
}

// look is a reconcile at any time.
func (w *world) look(object *v1alpha1.AWSIdentity) (ctrl.Result, error) {
	w.t.Helper()
	result, err := w.reconciler.Reconcile(w.t.Context(), requestFor(object))
	w.read(object)
	if object.ResourceVersion != "" {
		w.checkStatus(object)
	}
	return result, err
}

func requestFor(object client.Object) ctrl.Request {
	return ctrl.Request{NamespacedName: client.ObjectKeyFromObject(object)}
}

// read reads an object again; one that is gone has no resource version then.
func (w *world) read(object *v1alpha1.AWSIdentity) {
	w.t.Helper()
	err := w.Get(w.t.Context(), client.ObjectKeyFromObject(object), object)
	if apierrors.IsNotFound(err) {
		object.ResourceVersion = ""
		return
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// checkStatus is what the conventions ask of every object after every reconciliation.
func (w *world) checkStatus(object *v1alpha1.AWSIdentity) {
	w.t.Helper()
	if object.Status.ObservedGeneration != object.Generation {
		w.t.Errorf("observedGeneration is %d at generation %d", object.Status.ObservedGeneration, object.Generation)
	}
	for i, condition := range object.Status.Conditions {
		if (i == 0) != (condition.Type == v1alpha1.ConditionReady) {
			w.t.Errorf("condition %d is %s", i, condition.Type)
		}
		if condition.Type != v1alpha1.ConditionReady && condition.Status != metav1.ConditionTrue {
			w.t.Errorf("%s is present and %s", condition.Type, condition.Status)
		}
	}
	if len(object.Status.Conditions) == 0 || len(object.Status.Conditions) > 2 {
		w.t.Errorf("there are %d conditions", len(object.Status.Conditions))
	}
}

// expect checks Ready, and that Stalled or Reconciling is there when named.
func (w *world) expect(object *v1alpha1.AWSIdentity, status metav1.ConditionStatus, reason, abnormal string, texts ...string) {
	w.t.Helper()
	ready := meta.FindStatusCondition(object.Status.Conditions, v1alpha1.ConditionReady)
	if ready == nil {
		w.t.Fatal("there is no Ready")
	}
	if ready.Status != status || ready.Reason != reason {
		w.t.Errorf("Ready is %s/%s: %s; want %s/%s", ready.Status, ready.Reason, ready.Message, status, reason)
	}
	for _, text := range texts {
		if !strings.Contains(ready.Message, text) {
			w.t.Errorf("message lacks %q: %s", text, ready.Message)
		}
	}
	for _, conditionType := range []string{v1alpha1.ConditionReconciling, v1alpha1.ConditionStalled} {
		if present := meta.IsStatusConditionTrue(object.Status.Conditions, conditionType); present != (conditionType == abnormal) {
			w.t.Errorf("%s is present: %t", conditionType, present)
		}
	}
	w.expectStage(object, ready.Status, abnormal)
}

// expectStage: kstatus reads the object as it is meant.
func (w *world) expectStage(object *v1alpha1.AWSIdentity, ready metav1.ConditionStatus, abnormal string) {
	w.t.Helper()
	want := "InProgress"
	switch {
	case !object.DeletionTimestamp.IsZero():
		want = "Terminating"
	case abnormal == v1alpha1.ConditionStalled:
		want = "Failed"
	case ready == metav1.ConditionTrue:
		want = "Current"
	}
	if got, err := kstatus.Stage(object); got != want || err != nil {
		w.t.Errorf("kstatus says %s (%v), want %s", got, err, want)
	}
}

// expectEvents takes the events so far and compares their beginnings.
func (w *world) expectEvents(want ...string) {
	w.t.Helper()
	var got []string
	for len(w.events.Events) > 0 {
		got = append(got, <-w.events.Events)
	}
	if len(got) != len(want) {
		w.t.Fatalf("events are %q, want %q", got, want)
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			w.t.Errorf("event %d is %q, want %q", i, got[i], want[i])
		}
	}
}

func expectText(t *testing.T, message, text string) {
	t.Helper()
	if !strings.Contains(message, text) {
		t.Errorf("message lacks %q: %s", text, message)
	}
}
