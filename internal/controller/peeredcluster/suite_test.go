package peeredcluster

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/cluster"
	"github.com/crossvpc/crossvpc/internal/cluster/access"
	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/nodesim"
	"github.com/crossvpc/crossvpc/test/scene"
)

const installation = "test"

// world is the cluster of the incident, VPC 10.11.0.0/16, on a real API server that
// the tests of this package use one after the other, a simulated AWS, and a
// reconciler that is called by hand. There is no kubelet and no controller manager:
// fleet_test.go plays their part, and time is the test's.
type world struct {
	t          *testing.T
	clock      *timeline
	cloud      *awssim.Cloud
	accounts   *scene.Accounts
	network    *scene.Network
	ec2        *ec2.Client
	kube       client.Client
	events     *notes
	reconciler *Reconciler
	// refused is the option's value that agents crash on.
	refused string
	// unseen: somebody changed what agents read, and no reconciliation saw it yet.
	unseen bool
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, clock: &timeline{}, kube: apiServer(t), events: &notes{}}
	w.reset()
	w.cloud = awssim.New(awssim.Options{Clock: w.clock, Seed: t.Name(), AccessKeys: map[string]awssim.Principal{
		managerKey: {Account: scene.RequesterAccount, ARN: managerARN},
	}})
	url, err := w.cloud.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.accounts = scene.KeyPerAccount(url)
	w.network, err = scene.AddNetwork(t.Context(), w.accounts, scene.NetworkSpec{
		Account: scene.RequesterAccount, Region: "eu-west-1", Name: "eu", Blocks: []string{"10.11.0.0/16"}, Zones: 1, Tables: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	config, err := w.accounts.Config(t.Context(), w.network.Account, w.network.Region)
	if err != nil {
		t.Fatal(err)
	}
	w.ec2 = ec2.NewFromConfig(config)
	w.createIdentity()
	w.reconciler = &Reconciler{
		Client: w.kube, Live: w.kube, Connector: &aged{Connector: cluster.NewConnector(access.NewLocal(restConfig(t)))},
		Clouds: aws.NewClients(config, aws.WithClock(w.clock)),
		Events: w.events, Clock: w.clock, InstallationID: installation, Namespace: "crossvpc-system", Sweep: time.Minute,
	}
	t.Cleanup(func() { w.reconciler.Connector.Forget(clusterName) })
	return w
}

// The manager's own credentials in AWS: not the test's.
const (
	managerKey = "manager"
	managerARN = "arn:aws:iam::" + scene.RequesterAccount + ":user/crossvpc"
)

// createIdentity makes the default AWSIdentity as its own controller leaves it.
func (w *world) createIdentity() {
	w.t.Helper()
	identity := &v1alpha1.AWSIdentity{ObjectMeta: metav1.ObjectMeta{Name: v1alpha1.DefaultName}}
	w.create(identity)
	meta.SetStatusCondition(&identity.Status.Conditions, metav1.Condition{
		Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonReady, ObservedGeneration: identity.Generation,
	})
	if err := w.kube.Status().Update(w.t.Context(), identity); err != nil {
		w.t.Fatal(err)
	}
}

// apiServer is shared by the tests of this package.
func apiServer(t *testing.T) client.Client {
	t.Helper()
	return apiServerThrough(t, nil)
}

// apiServerThrough reaches the same API server through something around the transport; nil: nothing.
func apiServerThrough(t *testing.T, around func(http.RoundTripper) http.RoundTripper) client.Client {
	t.Helper()
	config := restConfig(t)
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	config.QPS = -1
	if around != nil {
		config.Wrap(around)
	}
	kube, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		t.Fatal(err)
	}
	installCRDs.Do(func() {
		ctrl.SetLogger(logr.Discard())
		if _, err := envtest.InstallCRDs(config, envtest.CRDInstallOptions{Paths: []string{"../../../config/crd/bases"}}); err != nil {
			t.Fatal(err)
		}
		installCilium(t, kube)
		// No controller manager makes them, and no pod may be without.
		for _, namespace := range []string{"default", "kube-system"} {
			account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "default"}}
			if err := kube.Create(t.Context(), account); err != nil {
				t.Fatal(err)
			}
		}
	})
	return kube
}

var installCRDs sync.Once

// installCilium has the definitions of Cilium 1.18 served.
func installCilium(t *testing.T, kube client.Client) {
	t.Helper()
	definitions, err := nodesim.Definitions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, definition := range definitions {
		if err := kube.Create(t.Context(), definition); err != nil {
			t.Fatal(err)
		}
	}
	for _, kind := range []string{"CiliumNode", "CiliumNodeConfig", "CiliumCIDRGroup"} {
		eventually(t, kind+" is served", func() error { return kube.List(t.Context(), cilium.ListOf(kind, "v2")) })
	}
}

func (w *world) create(object client.Object) {
	w.t.Helper()
	if err := w.kube.Create(w.t.Context(), object); err != nil {
		w.t.Fatal(err)
	}
}

const clusterName = "eu"

// peeredCluster is this cluster without any wait; edit changes it before it is created.
func (w *world) peeredCluster(edit func(*v1alpha1.PeeredClusterSpec)) *v1alpha1.PeeredCluster {
	w.t.Helper()
	object := &v1alpha1.PeeredCluster{
		ObjectMeta: metav1.ObjectMeta{Name: clusterName},
		Spec: v1alpha1.PeeredClusterSpec{
			Access:            v1alpha1.ClusterAccess{Local: &v1alpha1.LocalAccess{}},
			AllowedNamespaces: v1alpha1.AllowedNamespaces{Names: []string{"default"}},
			Rollout:           v1alpha1.RolloutPolicy{SettleSeconds: new(int32(0)), MinReadySeconds: new(int32(0)), Strategy: v1alpha1.RolloutRecyclePods},
		},
	}
	if edit != nil {
		edit(&object.Spec)
	}
	w.create(object)
	return object
}

// peering is a VPCPeering of this cluster whose AWS half is in place.
func (w *world) peering(name string, peerBlocks ...string) *v1alpha1.VPCPeering {
	w.t.Helper()
	object := peered(name, nil)
	object.Namespace = "default"
	object.Spec.Requester.ClusterRefs = []v1alpha1.LocalName{{Name: clusterName}}
	object.Spec.Accepter = v1alpha1.VPCPeeringSide{Region: "us-east-1", VPCID: "vpc-0000000000000000b"}
	status := object.Status
	w.create(&object)
	object.Status = status
	object.Status.Requester.Clusters = []string{clusterName}
	object.Status.Accepter.CIDRBlocks = peerBlocks
	for i := range object.Status.Conditions {
		object.Status.Conditions[i].Reason, object.Status.Conditions[i].LastTransitionTime = "Test", metav1.Now()
	}
	if err := w.kube.Status().Update(w.t.Context(), &object); err != nil {
		w.t.Fatal(err)
	}
	return &object
}

// reconcile reconciles once, and lets nodes do what the API server now asks of them.
func (w *world) reconcile() (*v1alpha1.PeeredCluster, ctrl.Result) {
	w.t.Helper()
	result, err := w.reconciler.Reconcile(w.t.Context(), ctrl.Request{NamespacedName: client.ObjectKey{Name: clusterName}})
	if err != nil {
		w.t.Fatalf("reconcile: %v", err)
	}
	w.playNodes()
	return w.read(), result
}

func (w *world) read() *v1alpha1.PeeredCluster {
	w.t.Helper()
	found := &v1alpha1.PeeredCluster{}
	if err := w.kube.Get(w.t.Context(), client.ObjectKey{Name: clusterName}, found); err != nil {
		w.t.Fatal(err)
	}
	return found
}

const mostReconciliations = 60

// until reconciles, and lets as much time pass as each reconciliation asks for.
func (w *world) until(what string, done func(*v1alpha1.PeeredCluster) bool) *v1alpha1.PeeredCluster {
	w.t.Helper()
	for range mostReconciliations {
		object, result := w.reconcile()
		if done(object) {
			return object
		}
		w.clock.advance(max(result.RequeueAfter, time.Second))
	}
	w.t.Fatalf("after %d reconciliations not %s:%s", mostReconciliations, what, sentences(w.read()))
	return nil
}

// ready reconciles until the object is Ready.
func (w *world) ready() *v1alpha1.PeeredCluster {
	w.t.Helper()
	return w.until("Ready", func(object *v1alpha1.PeeredCluster) bool {
		return meta.IsStatusConditionTrue(object.Status.Conditions, v1alpha1.ConditionReady)
	})
}

// reason reconciles until the condition has the reason, and checks what it says.
func (w *world) reason(condition, reason string, parts ...string) *v1alpha1.PeeredCluster {
	w.t.Helper()
	object := w.until(condition+" "+reason, func(object *v1alpha1.PeeredCluster) bool {
		found := meta.FindStatusCondition(object.Status.Conditions, condition)
		return found != nil && found.Reason == reason
	})
	message := meta.FindStatusCondition(object.Status.Conditions, condition).Message
	for _, part := range parts {
		if !strings.Contains(message, part) {
			w.t.Errorf("%s says %q, want it to say %q", condition, message, part)
		}
	}
	return object
}

func sentences(object *v1alpha1.PeeredCluster) string {
	var text strings.Builder
	for _, condition := range object.Status.Conditions {
		fmt.Fprintf(&text, "\n  %s = %s/%s: %s", condition.Type, condition.Status, condition.Reason, condition.Message)
	}
	return text.String()
}

// edit changes the PeeredCluster's spec in the API server.
func (w *world) edit(change func(*v1alpha1.PeeredClusterSpec)) {
	w.t.Helper()
	object := w.read()
	change(&object.Spec)
	if err := w.kube.Update(w.t.Context(), object); err != nil {
		w.t.Fatal(err)
	}
}

// eventually polls, for what the API server does in its own time.
func eventually(t *testing.T, what string, try func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 2*time.Minute)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := try()
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("not %s: %v", what, err)
		case <-tick.C:
		}
	}
}
