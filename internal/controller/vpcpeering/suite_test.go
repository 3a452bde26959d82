package vpcpeering

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/controller/object"
	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/chaos"
	"github.com/crossvpc/crossvpc/test/controlplane"
	"github.com/crossvpc/crossvpc/test/scene"
)

const installation = "test"

// world is a simulated AWS with the canonical pair of VPCs, a namespace of a
// real API server, and a reconciler that is called by hand.
type world struct {
	t          *testing.T
	clock      *timeline
	cloud      *awssim.Cloud
	url        string
	accounts   *scene.Accounts
	pair       *scene.Pair
	kube       client.WithWatch
	namespace  string
	identities map[string]string
	events     *notes
	reconciler *Reconciler
	// wire is the way of a process that comes to harm, and wired its way to the API server.
	wire  chaos.Wire
	wired client.WithWatch
	// clients are what the test itself asks EC2 with, by network.
	clients sync.Map
	// created are the objects of the test, by kind and name.
	created sync.Map
}

// newWorld has the canonical pair.
func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldOf(t, scene.CanonicalRequester(), scene.CanonicalAccepter())
}

// newSmallWorld has one block, two tables and one group a side, for tests with many runs.
func newSmallWorld(t *testing.T) *world {
	t.Helper()
	return newWorldOf(t, small(scene.CanonicalRequester()), small(scene.CanonicalAccepter()))
}

func small(spec scene.NetworkSpec) scene.NetworkSpec {
	spec.Blocks, spec.Zones, spec.Tables, spec.Groups = spec.Blocks[:1], 1, 2, []string{scene.PodGroup}
	return spec
}

func newWorldOf(t *testing.T, requester, accepter scene.NetworkSpec) *world {
	t.Helper()
	w := &world{t: t, clock: &timeline{}, kube: apiServer(t), events: &notes{}}
	t.Cleanup(w.leaveNothing)
	w.makeNamespace()
	// A seed of its own: VPCs of the same id would be one pair to the objects of two tests.
	w.cloud = awssim.New(awssim.Options{Clock: w.clock, Seed: w.namespace})
	url, err := w.cloud.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.url, w.accounts = url, scene.KeyPerAccount(url)
	if w.pair, err = scene.AddPair(t.Context(), w.accounts, requester, accepter); err != nil {
		t.Fatal(err)
	}
	w.makeIdentity("eu", scene.RequesterAccount)
	w.makeIdentity("us", scene.AccepterAccount)
	w.restart()
	w.cloud.ClearJournal()
	return w
}

// apiServer is shared by the tests of this package; they keep apart by namespace.
func apiServer(t *testing.T) client.WithWatch {
	t.Helper()
	return apiServerThrough(t, nil)
}

// apiServerThrough reaches the same API server through something around the transport; nil: nothing.
func apiServerThrough(t *testing.T, around func(http.RoundTripper) http.RoundTripper) client.WithWatch {
	t.Helper()
	cluster := controlplane.Shared(t, controlplane.Options{Names: []string{"component"}}).Cluster("component")
	installCRDs.Do(func() {
		ctrl.SetLogger(logr.Discard())
		if _, err := envtest.InstallCRDs(cluster.Config(), envtest.CRDInstallOptions{Paths: []string{"../../../config/crd/bases"}}); err != nil {
			t.Fatal(err)
		}
	})
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	config := cluster.Config()
	config.QPS = -1 // crash tests write thousands of times
	if around != nil {
		config.Wrap(around)
	}
	kube, err := client.NewWithWatch(config, client.Options{Scheme: scheme})
	if err != nil {
		t.Fatal(err)
	}
	return kube
}

var installCRDs sync.Once

func (w *world) makeNamespace() {
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "network-"}}
	w.create(namespace)
	w.namespace = namespace.Name
}

// makeIdentity declares a role in AWS and an AWSIdentity that was checked.
func (w *world) makeIdentity(side, account string) { w.makeIdentityOf(side, account, roleOf(account)) }

// makeIdentityOf does so for another role of the account.
func (w *world) makeIdentityOf(side, account, arn string) {
	w.t.Helper()
	name := side + "-" + w.namespace
	external := installation + "/" + name
	if err := w.cloud.DeclareRole(awssim.Role{ARN: arn, Principals: []string{operatorAccount}, ExternalID: external}); err != nil {
		w.t.Fatal(err)
	}
	identity := &v1alpha1.AWSIdentity{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: v1alpha1.AWSIdentitySpec{
			RoleARN: arn, AccountID: v1alpha1.AccountID(account),
			AllowedNamespaces: v1alpha1.AllowedNamespaces{Names: []string{w.namespace}},
		},
	}
	w.create(identity)
	identity.Status = v1alpha1.AWSIdentityStatus{AccountID: v1alpha1.AccountID(account), ExternalID: external}
	meta.SetStatusCondition(&identity.Status.Conditions, metav1.Condition{
		Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonReady, ObservedGeneration: identity.Generation,
	})
	if err := w.kube.Status().Update(w.t.Context(), identity); err != nil {
		w.t.Fatal(err)
	}
	if w.identities == nil {
		w.identities = map[string]string{}
	}
	w.identities[side] = name
}

const operatorAccount = "999999999999"

// restart is a new process: nothing is remembered but what the API server and AWS have.
func (w *world) restart() { w.restartWith(w.kube, nil) }

// restartWith gives the process another way to the API server, and to AWS one that does not retry; nil: as it is.
func (w *world) restartWith(kube client.Client, sender awssdk.HTTPClient) {
	config := awssdk.Config{
		Region: "eu-west-1", BaseEndpoint: &w.url,
		Credentials: credentials.NewStaticCredentialsProvider(operatorAccount, "secret", ""),
	}
	if sender != nil {
		config.HTTPClient, config.RetryMaxAttempts = sender, 1
	}
	w.reconciler = &Reconciler{
		Client: indexed{kube}, Live: kube, Admissions: &object.Admissions{Live: kube, Client: kube}, Cloud: aws.NewClients(config, aws.WithClock(w.clock)), Events: w.events,
		Clock: w.clock, InstallationID: installation, Sweep: time.Minute,
	}
}

// indexed has the cache's index of pairs, which the API server does not have.
type indexed struct{ client.Client }

func (i indexed) List(ctx context.Context, list client.ObjectList, options ...client.ListOption) error {
	asked := (&client.ListOptions{}).ApplyOptions(options)
	if asked.FieldSelector == nil {
		return i.Client.List(ctx, list, options...)
	}
	pair, byPair := asked.FieldSelector.RequiresExactMatch(pairIndex)
	if !byPair {
		return i.Client.List(ctx, list, options...)
	}
	if err := i.Client.List(ctx, list); err != nil {
		return err
	}
	found := list.(*v1alpha1.VPCPeeringList)
	found.Items = slices.DeleteFunc(found.Items, func(object v1alpha1.VPCPeering) bool {
		return !slices.Contains(pairKeys(&object), pair)
	})
	return nil
}

// peering is the smallest VPCPeering of the pair; edit changes it before it is created.
func (w *world) peering(name string, edit func(*v1alpha1.VPCPeering)) *v1alpha1.VPCPeering {
	object := &v1alpha1.VPCPeering{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: name},
		Spec: v1alpha1.VPCPeeringSpec{
			Requester: w.side("eu", w.pair.Requester),
			Accepter:  w.side("us", w.pair.Accepter),
		},
	}
	if edit != nil {
		edit(object)
	}
	w.create(object)
	return object
}

func (w *world) side(identity string, network *scene.Network) v1alpha1.VPCPeeringSide {
	return v1alpha1.VPCPeeringSide{
		Region: v1alpha1.Region(network.Region), VPCID: v1alpha1.VPCID(network.VPCID),
		IdentityRef:    &v1alpha1.LocalName{Name: w.identities[identity]},
		Routes:         v1alpha1.SideRoutes{Tables: v1alpha1.SelectSelected, RouteTableIDs: network.Tables},
		SecurityGroups: v1alpha1.SideSecurityGroups{Groups: v1alpha1.SelectSelected, SecurityGroupIDs: slices.Sorted(maps.Values(network.Groups))},
	}
}

func (w *world) create(object client.Object) {
	w.t.Helper()
	if err := w.kube.Create(w.t.Context(), object); err != nil {
		w.t.Fatal(err)
	}
	w.created.Store(fmt.Sprintf("%T %s", object, client.ObjectKeyFromObject(object)), object.DeepCopyObject())
}

// leaveNothing removes the test's objects, whatever holds them. There is no cache here: each reconciliation of the tests
// that follow would list what is left of all tests before.
func (w *world) leaveNothing() {
	ctx := context.Background() // the test's has ended
	w.created.Range(func(_, created any) bool {
		switch object := created.(type) {
		case *v1alpha1.VPCPeering, *v1alpha1.AWSIdentity, *v1alpha1.PeeredCluster:
			left := object.(client.Object)
			unheld := client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`))
			if w.kube.Patch(ctx, left, unheld) == nil {
				_ = w.kube.Delete(ctx, left) // what is left costs time, and nothing else
			}
		}
		return true
	})
}

// reconcile runs one reconciliation and returns the object as it is then; nil when it is gone.
func (w *world) reconcile(object *v1alpha1.VPCPeering) *v1alpha1.VPCPeering {
	w.t.Helper()
	if _, err := w.tryReconcile(w.t.Context(), object); err != nil {
		w.t.Fatalf("reconcile: %v", err)
	}
	return w.read(object)
}

func (w *world) tryReconcile(ctx context.Context, object *v1alpha1.VPCPeering) (ctrl.Result, error) {
	return w.reconciler.Reconcile(ctx, requestFor(object))
}

func requestFor(object *v1alpha1.VPCPeering) ctrl.Request {
	return ctrl.Request{NamespacedName: client.ObjectKeyFromObject(object)}
}

func (w *world) read(object *v1alpha1.VPCPeering) *v1alpha1.VPCPeering {
	w.t.Helper()
	found := &v1alpha1.VPCPeering{}
	err := w.kube.Get(w.t.Context(), client.ObjectKeyFromObject(object), found)
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return found
}

// settle reconciles until the object is Ready, and lets as much time pass as each reconciliation asks for.
func (w *world) settle(object *v1alpha1.VPCPeering) *v1alpha1.VPCPeering {
	w.t.Helper()
	return w.until(object, func(now *v1alpha1.VPCPeering) bool {
		return now != nil && meta.IsStatusConditionTrue(now.Status.Conditions, v1alpha1.ConditionReady)
	})
}

// remove deletes the object and reconciles until it is gone.
func (w *world) remove(object *v1alpha1.VPCPeering) {
	w.t.Helper()
	w.delete(object)
	w.until(object, func(now *v1alpha1.VPCPeering) bool { return now == nil })
}

func (w *world) delete(object *v1alpha1.VPCPeering) {
	w.t.Helper()
	if err := client.IgnoreNotFound(w.kube.Delete(w.t.Context(), object)); err != nil {
		w.t.Fatal(err)
	}
}

const mostPasses = 30

func (w *world) until(object *v1alpha1.VPCPeering, done func(*v1alpha1.VPCPeering) bool) *v1alpha1.VPCPeering {
	w.t.Helper()
	for range mostPasses {
		result, err := w.tryReconcile(w.t.Context(), object)
		if err != nil {
			w.t.Logf("reconcile: %v", err)
		}
		now := w.read(object)
		if done(now) {
			return now
		}
		w.clock.advance(result.RequeueAfter)
	}
	if now := w.read(object); now != nil {
		w.t.Fatalf("after %d passes: %s", mostPasses, sentences(now))
	}
	w.t.Fatalf("after %d passes the object is gone", mostPasses)
	return nil
}

// sentences are all conditions, a line each.
func sentences(object *v1alpha1.VPCPeering) string {
	var text strings.Builder
	for i := range object.Status.Conditions {
		fmt.Fprintf(&text, "\n  %s = %s", object.Status.Conditions[i].Type, describe(&object.Status.Conditions[i]))
	}
	return text.String()
}

// edit changes the object in the API server.
func (w *world) edit(object *v1alpha1.VPCPeering, change func(*v1alpha1.VPCPeering)) {
	w.t.Helper()
	now := w.read(object)
	change(now)
	if err := w.kube.Update(w.t.Context(), now); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) ec2(network *scene.Network) *ec2.Client {
	w.t.Helper()
	if made, ok := w.clients.Load(network); ok {
		return made.(*ec2.Client)
	}
	config, err := w.accounts.Config(w.t.Context(), network.Account, network.Region)
	if err != nil {
		w.t.Fatal(err)
	}
	made, _ := w.clients.LoadOrStore(network, ec2.NewFromConfig(config))
	return made.(*ec2.Client)
}

// wants fails unless the condition is as said; part must be in its message.
func (w *world) wants(object *v1alpha1.VPCPeering, condition string, status metav1.ConditionStatus, reason, part string) {
	w.t.Helper()
	found := meta.FindStatusCondition(object.Status.Conditions, condition)
	if found == nil || found.Status != status || found.Reason != reason || !strings.Contains(found.Message, part) {
		w.t.Errorf("%s = %s, want %s/%s with %q", condition, describe(found), status, reason, part)
	}
}

func describe(condition *metav1.Condition) string {
	if condition == nil {
		return "absent"
	}
	return fmt.Sprintf("%s/%s: %s", condition.Status, condition.Reason, condition.Message)
}
