package vpcpeering

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cluster"
	"github.com/crossvpc/crossvpc/internal/cluster/access"
	"github.com/crossvpc/crossvpc/internal/verification"
	"github.com/crossvpc/crossvpc/test/controlplane"
	"github.com/crossvpc/crossvpc/test/scene"
)

// probed is a world with a real API server for each side's cluster, reached with the
// rights that config/cluster grants, and a kubelet in each.
type probed struct {
	*world
	sides map[string]*probedSide
}

type probedSide struct {
	plane   *controlplane.Cluster
	kube    client.Client
	kubelet *kubelet
	name    string
}

func newProbed(t *testing.T) *probed {
	t.Helper()
	w := &probed{world: newSmallWorld(t), sides: map[string]*probedSide{}}
	fleet := controlplane.Shared(t, controlplane.Options{Names: []string{"probe-eu", "probe-us"}})
	for side, network := range map[string]*scene.Network{"eu": w.pair.Requester, "us": w.pair.Accepter} {
		w.sides[side] = w.addSide(side, network, fleet.Cluster("probe-"+side))
	}
	for side, s := range w.sides {
		s.kubelet = startKubelet(t, s.kube, map[string]string{"eu": "127.11.4", "us": "127.12.4"}[side])
	}
	w.reconciler.Connector = cluster.NewConnector(access.NewKubeConfig(w.kube, w.namespace))
	w.reconciler.ProbeImage = "crossvpc:test"
	return w
}

func (w *probed) addSide(side string, network *scene.Network, plane *controlplane.Cluster) *probedSide {
	w.t.Helper()
	ctx := w.t.Context()
	if out, err := plane.Kubectl(ctx, "apply", "--server-side", "--force-conflicts", "-k", "../../../config/cluster"); err != nil {
		w.t.Fatalf("%v: %s", err, out)
	}
	kube, err := client.New(plane.Config(), client.Options{Scheme: w.kube.Scheme()})
	if err != nil {
		w.t.Fatal(err)
	}
	s := &probedSide{plane: plane, kube: kube, name: side + "-" + w.namespace}
	s.makeNodes(w.t)
	s.removePods(w.t)
	kubeconfig, err := plane.ServiceAccountKubeconfig(ctx, "crossvpc-system", "crossvpc")
	if err != nil {
		w.t.Fatal(err)
	}
	w.create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: s.name}, Data: map[string][]byte{"value": kubeconfig}})
	w.makeCluster(s.name, network)
	return s
}

func (s *probedSide) makeNodes(t *testing.T) {
	t.Helper()
	for _, name := range []string{"node-a", "node-b"} {
		node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{corev1.LabelTopologyZone: name}}}
		if err := client.IgnoreAlreadyExists(s.kube.Create(t.Context(), node)); err != nil {
			t.Fatal(err)
		}
		if err := s.kube.Get(t.Context(), client.ObjectKeyFromObject(node), node); err != nil {
			t.Fatal(err)
		}
		// No controller manager is there to take off what admission put on.
		node.Spec.Taints, node.Spec.Unschedulable = nil, false
		if err := s.kube.Update(t.Context(), node); err != nil {
			t.Fatal(err)
		}
		node.Status.Conditions = []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}}
		if err := s.kube.Status().Update(t.Context(), node); err != nil {
			t.Fatal(err)
		}
	}
	// Nobody makes a namespace's default service account either.
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: defaultProbeNamespace, Name: "default"}}
	if err := client.IgnoreAlreadyExists(s.kube.Create(t.Context(), account)); err != nil {
		t.Fatal(err)
	}
}

func (s *probedSide) removePods(t *testing.T) {
	t.Helper()
	for _, pod := range s.pods(t) {
		if err := client.IgnoreNotFound(s.kube.Delete(t.Context(), &pod, client.GracePeriodSeconds(0))); err != nil {
			t.Fatal(err)
		}
	}
}

func (s *probedSide) pods(t *testing.T) []corev1.Pod {
	t.Helper()
	var list corev1.PodList
	if err := s.kube.List(t.Context(), &list, client.InNamespace(defaultProbeNamespace)); err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(list.Items, func(p corev1.Pod) bool { return p.DeletionTimestamp != nil })
}

// makeCluster makes a PeeredCluster that its own controller has brought up to date.
func (w *probed) makeCluster(name string, network *scene.Network) {
	w.t.Helper()
	object := &v1alpha1.PeeredCluster{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: v1alpha1.PeeredClusterSpec{
		Access:            v1alpha1.ClusterAccess{KubeConfigSecretRef: &v1alpha1.SecretName{Name: name}},
		AllowedNamespaces: v1alpha1.AllowedNamespaces{Names: []string{w.namespace}},
	}}
	w.create(object)
	peer := w.pair.Accepter
	if network == peer {
		peer = w.pair.Requester
	}
	object.Status = v1alpha1.PeeredClusterStatus{
		Region: v1alpha1.Region(network.Region), VPCID: v1alpha1.VPCID(network.VPCID), Network: &v1alpha1.ClusterNetwork{},
		Cilium:   &v1alpha1.CiliumStatus{Masquerade: "IPTables", EffectiveCIDR: "10.0.0.0/8"},
		Peerings: []v1alpha1.ClusterPeering{{Namespace: w.namespace, Name: "eu-us", CIDRBlocks: peer.Blocks}},
	}
	for _, condition := range []string{v1alpha1.ConditionCiliumConfigured, v1alpha1.ConditionNodesUpToDate} {
		meta.SetStatusCondition(&object.Status.Conditions, metav1.Condition{Type: condition, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonConfigured, Message: "as it should be"})
	}
	if err := w.kube.Status().Update(w.t.Context(), object); err != nil {
		w.t.Fatal(err)
	}
}

func (w *probed) verifying(edit func(*v1alpha1.VPCPeering)) *v1alpha1.VPCPeering {
	w.t.Helper()
	return w.peering("eu-us", func(object *v1alpha1.VPCPeering) {
		object.Spec.Requester.ClusterRefs = []v1alpha1.LocalName{{Name: w.sides["eu"].name}}
		object.Spec.Accepter.ClusterRefs = []v1alpha1.LocalName{{Name: w.sides["us"].name}}
		object.Spec.Verification = &v1alpha1.Verification{Enabled: true}
		if edit != nil {
			edit(object)
		}
	})
}

// verdict reconciles, as the kubelets work, until a run has ended.
func (w *probed) verdict(object *v1alpha1.VPCPeering) *v1alpha1.VPCPeering {
	w.t.Helper()
	before := w.read(object).Status.Verification
	var now *v1alpha1.VPCPeering
	err := wait.PollUntilContextTimeout(w.t.Context(), 100*time.Millisecond, 2*time.Minute, true, func(ctx context.Context) (bool, error) {
		if _, err := w.tryReconcile(ctx, object); err != nil {
			w.t.Logf("reconcile: %v", err)
		}
		now = w.read(object) //nolint:contextcheck // it takes the test's own
		status := now.Status.Verification
		ended := status != nil && status.LastRunTime != nil && status.RunStartTime == nil
		return ended && (before == nil || before.LastRunTime == nil || !status.LastRunTime.Equal(before.LastRunTime)), nil
	})
	if err != nil {
		w.t.Fatalf("no run ended: %v:%s", err, sentences(now))
	}
	return now
}

// nothingLeft fails unless no probe pod is left; kubelets let go of what is deleted.
func (w *probed) nothingLeft() {
	w.t.Helper()
	for name, side := range w.sides {
		if pods := side.pods(w.t); len(pods) > 0 {
			w.t.Errorf("%s has %d probe pods left", name, len(pods))
		}
	}
}

func TestProbePodsProveThatPodsTalkAndAreGone(t *testing.T) {
	w := newProbed(t)
	object := w.verifying(nil)
	w.wants(w.reconcile(object), v1alpha1.ConditionConnectivityVerified, metav1.ConditionFalse, v1alpha1.ReasonProbing, "Probe pods run")
	object = w.verdict(object)
	w.wants(object, v1alpha1.ConditionConnectivityVerified, metav1.ConditionTrue, v1alpha1.ReasonVerified, "reached each other both ways (16 probes)")
	w.wants(object, v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonReady, "Pods were seen reaching each other both ways.")
	w.nothingLeft()
	if measured := object.Status.Verification.Directions; len(measured) != 2 {
		t.Errorf("measured: %+v", measured)
	} else {
		for _, direction := range measured {
			times := direction.ConnectMicroseconds
			if direction.Probes != 8 || direction.Passed != 8 || direction.Attempts != 80 || direction.Lost != 0 ||
				times == nil || times.Min <= 0 || times.Min > times.Median || times.Median > times.Max || direction.LargestPacketBytes <= 1500 {
				t.Errorf("from %s to %s: %+v, %+v", direction.From, direction.To, direction, times)
			}
		}
	}

	// At rest a reconciliation runs nothing, and the result stays. So it is for another manager: the interval is in status.
	connector := w.reconciler.Connector
	w.restart()
	w.reconciler.Connector, w.reconciler.ProbeImage = connector, "crossvpc:test"
	version := w.reconcile(object).ResourceVersion
	result, err := w.tryReconcile(t.Context(), object)
	if err != nil || w.read(object).ResourceVersion != version {
		t.Errorf("at rest it writes (%v)", err)
	}
	w.wants(w.read(object), v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonReady, "Pods were seen")
	if result.RequeueAfter > time.Minute {
		t.Errorf("it comes again after %s", result.RequeueAfter)
	}
	w.nothingLeft()

	// Another run at the end of the interval; until it ends the former result counts.
	w.clock.advance(10 * time.Minute)
	w.wants(w.reconcile(object), v1alpha1.ConditionConnectivityVerified, metav1.ConditionTrue, v1alpha1.ReasonVerified, "")
	w.wants(w.verdict(object), v1alpha1.ConditionConnectivityVerified, metav1.ConditionTrue, v1alpha1.ReasonVerified, "")

	// Without verification nothing claims any more what was seen.
	w.edit(object, func(now *v1alpha1.VPCPeering) { now.Spec.Verification.Enabled = false })
	object = w.reconcile(object)
	w.wants(object, v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonReady, "Pod traffic is not verified.")
	if meta.FindStatusCondition(object.Status.Conditions, v1alpha1.ConditionConnectivityVerified) != nil || object.Status.Verification != nil {
		t.Errorf("it still says %+v:%s", object.Status.Verification, sentences(object))
	}
}

func TestWhatGoesWrongIsAFindingByName(t *testing.T) {
	w := newProbed(t)
	object := w.verifying(nil)
	w.verdict(object)
	for _, test := range []struct {
		name     string
		eu, us   fault
		prepare  func(*testing.T) func()
		reason   string // of the condition
		findings []string
		part     string
		skip     time.Duration
	}{
		{name: "refusing packets both ways", eu: silent, us: silent, reason: v1alpha1.ReasonProbeFailed, part: "No answer came"},
		{name: "one direction only", us: silent, reason: v1alpha1.ReasonProbeFailed, findings: []string{v1alpha1.ProbeOneDirection}, part: "No answer came"},
		{name: "a default-deny policy", us: silent, prepare: w.denyAll, reason: v1alpha1.ReasonProbeFailed, findings: []string{v1alpha1.ProbeOneDirection, v1alpha1.ProbeNetworkPolicy}, part: "deny-all"},
		{name: "masqueraded", us: masquerading(), reason: v1alpha1.ReasonProbeFailed, findings: []string{v1alpha1.ProbeOneDirection}, part: "saw 127.0.0.2 instead of the pod's own address"},
		{name: "path MTU", us: narrow(), reason: v1alpha1.ReasonProbeFailed, findings: []string{v1alpha1.ProbeOneDirection}, part: "full-size packets to the peer are lost"},
		{name: "no image", us: noImage, reason: v1alpha1.ReasonProbeNotRun, findings: []string{v1alpha1.ProbeImage}, part: "crossvpc:test cannot be pulled", skip: 80 * time.Second},
		{name: "no room", us: noRoom, reason: v1alpha1.ReasonProbeNotRun, findings: []string{v1alpha1.ProbeNoNode}, part: "Too many pods", skip: 80 * time.Second},
		{name: "no node", prepare: w.cordon, reason: v1alpha1.ReasonProbeNotRun, findings: []string{v1alpha1.ProbeNoNode}, part: "has no node for probe pods"},
		{name: "a manager without --probe-image", prepare: w.withoutImage, reason: v1alpha1.ReasonProbeNotRun, findings: []string{v1alpha1.ProbeNoImage}, part: "Set it to crossvpc's own image"},
		{name: "forbidden", prepare: w.unbind, reason: v1alpha1.ReasonProbeNotRun, findings: []string{v1alpha1.ReasonForbidden}, part: "bind the Role crossvpc-probe"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.prepare != nil {
				defer test.prepare(t)()
			}
			w.sides["eu"].kubelet.breakWith(test.eu)
			w.sides["us"].kubelet.breakWith(test.us)
			w.askAgain(object)
			if test.skip > 0 {
				w.reconcile(object)
				w.sides["us"].kubelet.dealtWith(w.sides["us"].pods(t))
				w.clock.advance(test.skip)
			}
			object = w.verdict(object)
			found := meta.FindStatusCondition(object.Status.Conditions, v1alpha1.ConditionConnectivityVerified)
			if found.Status == metav1.ConditionTrue || found.Reason != test.reason || !strings.Contains(found.Message, test.part) {
				t.Errorf("ConnectivityVerified = %s, want %s with %q", describe(found), test.reason, test.part)
			}
			var reasons []string
			for _, f := range object.Status.Verification.Findings {
				reasons = append(reasons, f.Reason)
			}
			if !slices.Equal(reasons, test.findings) {
				t.Errorf("findings are %v, want %v", reasons, test.findings)
			}
			if meta.IsStatusConditionTrue(object.Status.Conditions, v1alpha1.ConditionReady) {
				t.Error("Ready does not count it")
			}
			w.nothingLeft()
		})
	}
	w.sides["us"].kubelet.breakWith(nil)
	w.askAgain(object)
	w.wants(w.verdict(object), v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonReady, "Pods were seen")
}

// askAgain has the probes run now.
func (w *probed) askAgain(object *v1alpha1.VPCPeering) {
	w.t.Helper()
	w.clock.advance(time.Second)
	w.edit(object, func(now *v1alpha1.VPCPeering) {
		now.Annotations = map[string]string{v1alpha1.AnnotationReconcile: w.clock.Now().String()}
	})
}

func (w *probed) withoutImage(*testing.T) func() {
	image := w.reconciler.ProbeImage
	w.reconciler.ProbeImage = ""
	return func() { w.reconciler.ProbeImage = image }
}

func (w *probed) denyAll(t *testing.T) func() {
	policy := &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: defaultProbeNamespace, Name: "deny-all"}}
	policy.Spec.PolicyTypes = []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}
	kube := w.sides["us"].kube
	if err := kube.Create(t.Context(), policy); err != nil {
		t.Fatal(err)
	}
	return func() { _ = kube.Delete(w.t.Context(), policy) }
}

func (w *probed) cordon(t *testing.T) func() {
	side := w.sides["us"]
	var nodes corev1.NodeList
	if err := side.kube.List(t.Context(), &nodes); err != nil {
		t.Fatal(err)
	}
	for i := range nodes.Items {
		nodes.Items[i].Spec.Unschedulable = true
		if err := side.kube.Update(t.Context(), &nodes.Items[i]); err != nil {
			t.Fatal(err)
		}
	}
	return func() { side.makeNodes(t) }
}

func (w *probed) unbind(t *testing.T) func() {
	kube := w.sides["us"].kube
	binding := &rbacv1.RoleBinding{}
	if err := kube.Get(t.Context(), client.ObjectKey{Namespace: defaultProbeNamespace, Name: "crossvpc-probe"}, binding); err != nil {
		t.Fatal(err)
	}
	if err := kube.Delete(t.Context(), binding); err != nil {
		t.Fatal(err)
	}
	return func() {
		binding.ResourceVersion = ""
		if err := kube.Create(t.Context(), binding); err != nil {
			t.Error(err)
		}
	}
}

func TestProbePodsOfAManagerThatWasKilledAreSwept(t *testing.T) {
	w := newProbed(t)
	object := w.verifying(nil)
	w.reconcile(object) // servers were made; then the manager dies
	if left := len(w.sides["eu"].pods(t)); left == 0 {
		t.Fatal("no pods were made")
	}
	connector := w.reconciler.Connector
	w.restart()
	w.reconciler.Connector, w.reconciler.ProbeImage = connector, "crossvpc:test"
	w.wants(w.verdict(object), v1alpha1.ConditionConnectivityVerified, metav1.ConditionTrue, v1alpha1.ReasonVerified, "")
	w.nothingLeft()

	// What nobody knows of any more goes with the next run of anybody of this installation.
	orphan := w.sides["us"].orphan(t)
	w.clock.advance(verification.Leftover + 10*time.Minute)
	w.verdict(object)
	if err := w.sides["us"].kube.Get(t.Context(), client.ObjectKeyFromObject(orphan), orphan); client.IgnoreNotFound(err) != nil || err == nil && orphan.DeletionTimestamp == nil {
		t.Errorf("the orphan is still there (%v)", err)
	}

	// And with the object go its pods, in the middle of a run too.
	w.askAgain(object)
	w.reconcile(object)
	w.delete(object)
	w.until(object, func(now *v1alpha1.VPCPeering) bool { return now == nil })
	w.nothingLeft()
}

// orphan is a probe pod of a peering that is gone.
func (s *probedSide) orphan(t *testing.T) *corev1.Pod {
	t.Helper()
	run := verification.Run{
		Settings: verification.Settings{InstallationID: installation, PeeringUID: "gone", Image: "crossvpc:test"},
		Start:    time.Now(), Now: time.Now(), Clusters: []verification.Cluster{{Name: "us", Namespace: defaultProbeNamespace, Port: verification.Port}},
	}
	var nodes corev1.NodeList
	if err := s.kube.List(t.Context(), &nodes); err != nil {
		t.Fatal(err)
	}
	run.Clusters[0].Nodes = nodes.Items
	pod := run.Next().Create["us"][0]
	if err := s.kube.Create(t.Context(), pod); err != nil {
		t.Fatal(err)
	}
	return pod
}

func TestAPeeringWithoutAClusterOnOneSideClaimsNothing(t *testing.T) {
	w := newSmallWorld(t)
	object := w.settle(w.peering("eu-us", func(object *v1alpha1.VPCPeering) { object.Spec.Verification = &v1alpha1.Verification{Enabled: true} }))
	w.wants(object, v1alpha1.ConditionConnectivityVerified, metav1.ConditionTrue, v1alpha1.ReasonNotRequired, "The requester names no cluster to run probe pods in, so nothing was verified.")
	w.wants(object, v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonReady, "Pod traffic is not verified.")
}
