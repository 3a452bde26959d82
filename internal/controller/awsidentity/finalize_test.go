package awsidentity

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	controller "github.com/crossvpc/crossvpc/internal/controller/object"
)

func (w *world) cluster(name, identity string) *v1alpha1.PeeredCluster {
	w.t.Helper()
	cluster := &v1alpha1.PeeredCluster{ObjectMeta: metav1.ObjectMeta{Name: name}}
	cluster.Spec.Access.Local = &v1alpha1.LocalAccess{}
	if identity != "" {
		cluster.Spec.IdentityRef = &v1alpha1.LocalName{Name: identity}
	}
	w.create(cluster)
	return cluster
}

// heldCluster is one that has something to take back.
func (w *world) heldCluster(name, identity string) *v1alpha1.PeeredCluster {
	w.t.Helper()
	cluster := w.cluster(name, identity)
	controllerutil.AddFinalizer(cluster, v1alpha1.Finalizer)
	if err := w.Update(w.t.Context(), cluster); err != nil {
		w.t.Fatal(err)
	}
	return cluster
}

func (w *world) namespace(name string) {
	w.t.Helper()
	err := w.Create(w.t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"team": name}}})
	if err != nil {
		w.t.Fatal(err)
	}
}

// peering has one side with a cluster, and one that is another VPC.
func (w *world) peering(namespace, name, cluster, identity string) *v1alpha1.VPCPeering {
	w.t.Helper()
	object := &v1alpha1.VPCPeering{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	object.Spec.Requester = v1alpha1.VPCPeeringSide{ClusterRefs: []v1alpha1.LocalName{{Name: cluster}}}
	object.Spec.Accepter = v1alpha1.VPCPeeringSide{Region: "us-east-1", VPCID: "vpc-0123456789abcdef0", IdentityRef: &v1alpha1.LocalName{Name: "elsewhere"}}
	if identity != "" {
		object.Spec.Requester.IdentityRef = &v1alpha1.LocalName{Name: identity}
	}
	w.create(object)
	return object
}

func TestUsersAreWhatRestsOnAnIdentity(t *testing.T) {
	w := newWorld(t)
	w.namespace("users-in")
	w.namespace("users-out")
	w.cluster("plain", "")
	w.cluster("named", "eu")
	w.peering("users-in", "by-name", "plain", "eu")
	w.peering("users-in", "by-cluster", "named", "")
	w.peering("users-in", "by-default", "plain", "")
	w.peering("users-in", "by-default-without-cluster", "missing", "")
	w.peering("users-out", "not-admitted", "plain", "eu")
	pinned, forged := w.peering("users-out", "once-admitted", "plain", "other"), w.peering("users-out", "says-so-itself", "plain", "other")
	for _, object := range []*v1alpha1.VPCPeering{pinned, forged} {
		object.Status.Accepter = &v1alpha1.SideStatus{Identity: "eu"}
		if err := w.Status().Update(t.Context(), object); err != nil {
			t.Fatal(err)
		}
	}
	for name, test := range map[string]struct {
		allowed v1alpha1.AllowedNamespaces
		want    []string
	}{
		"eu": {
			v1alpha1.AllowedNamespaces{Names: []string{"users-in"}},
			[]string{"PeeredCluster named", "VPCPeering users-in/by-cluster", "VPCPeering users-in/by-name", "VPCPeering users-out/once-admitted"},
		},
		"default": {
			v1alpha1.AllowedNamespaces{Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"team": "users-in"}}},
			[]string{"PeeredCluster plain", "VPCPeering users-in/by-default", "VPCPeering users-in/by-default-without-cluster"},
		},
		"elsewhere": {v1alpha1.AllowedNamespaces{}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			object := &v1alpha1.AWSIdentity{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: v1alpha1.AWSIdentitySpec{AllowedNamespaces: test.allowed}}
			object.Status.Admissions = []v1alpha1.Admission{{VPCID: "vpc-0123456789abcdef0", UIDs: []string{string(pinned.UID)}}}
			users, err := w.reconciler.users(t.Context(), object, everyCluster)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, users.All(), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("users (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDeletionWaitsForUsersAndNamesThem(t *testing.T) {
	w := newWorld(t)
	object := w.identity("held", v1alpha1.AWSIdentitySpec{})
	var users []*v1alpha1.PeeredCluster
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g"} {
		users = append(users, w.heldCluster("held-"+name, "held"))
	}
	if _, err := w.reconcile(object); err != nil {
		t.Fatal(err)
	}
	if err := w.Delete(t.Context(), object); err != nil {
		t.Fatal(err)
	}
	w.read(object)
	if refused := controller.Checked(object, "the requester"); refused != nil {
		t.Errorf("right after the deletion its users are refused: %v", refused)
	}
	result, err := w.reconcile(object)
	if err != nil {
		t.Fatal(err)
	}
	w.expect(object, "True", "InUse", "", "belong to account "+operator, "Deletion waits until nothing uses this AWSIdentity", "set the annotation "+v1alpha1.AnnotationForceFinalize, "PeeredCluster held-a, PeeredCluster held-b", "PeeredCluster held-e and 2 more")
	if refused := controller.Checked(object, "the requester"); refused != nil {
		t.Errorf("its users are refused: %v", refused)
	}
	if result.RequeueAfter == 0 {
		t.Error("nobody looks again")
	}
	for _, user := range users {
		w.remove(user)
	}
	if _, err := w.reconcile(object); err != nil {
		t.Fatal(err)
	}
	if object.ResourceVersion != "" {
		t.Error("the object is still there")
	}
	if len(w.reconciler.used) != 0 {
		t.Errorf("remembers %v", w.reconciler.used)
	}
	w.expectEvents("Normal Ready", "Warning InUse", "Normal Deleted")
}

func TestWhatIsBeingDeletedIsWaitedForAndNobodyIsToldToDeleteIt(t *testing.T) {
	w := newWorld(t)
	object := w.identity("both", v1alpha1.AWSIdentitySpec{})
	goes := w.heldCluster("both-goes", "both")
	w.heldCluster("both-stays", "both")
	if _, err := w.reconcile(object); err != nil {
		t.Fatal(err)
	}
	for _, gone := range []client.Object{goes, object} {
		if err := w.Delete(t.Context(), gone); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.reconcile(object); err != nil {
		t.Fatal(err)
	}
	w.expect(object, "True", "InUse", "", "being deleted already: PeeredCluster both-goes.", "Delete PeeredCluster both-stays,")
}

func TestForceFinalizeLetsAnIdentityGoThatIsUsed(t *testing.T) {
	w := newWorld(t)
	object := w.identity("forced", v1alpha1.AWSIdentitySpec{})
	w.heldCluster("forced", "forced")
	if _, err := w.reconcile(object); err != nil {
		t.Fatal(err)
	}
	if err := w.Delete(t.Context(), object); err != nil {
		t.Fatal(err)
	}
	if _, err := w.reconcile(object); err != nil {
		t.Fatal(err)
	}
	w.expect(object, "True", "InUse", "")
	object.Annotations = map[string]string{v1alpha1.AnnotationForceFinalize: "true"}
	if err := w.Update(t.Context(), object); err != nil {
		t.Fatal(err)
	}
	if _, err := w.reconcile(object); err != nil {
		t.Fatal(err)
	}
	if object.ResourceVersion != "" {
		t.Error("the object is still there")
	}
	w.expectEvents("Normal Ready", "Warning InUse", "Warning Deleted")
}

func TestAVPCPeeringThatWasRefusedBecauseOfTheDeletionDoesNotHoldIt(t *testing.T) {
	w := newWorld(t)
	w.namespace("refused-in")
	object := w.identity("refusing", v1alpha1.AWSIdentitySpec{AllowedNamespaces: v1alpha1.AllowedNamespaces{Names: []string{"refused-in"}}})
	peering := w.peering("refused-in", "new", "missing", "refusing")
	expect := func(when string, want bool) {
		t.Helper()
		users, err := w.reconciler.users(t.Context(), object, everyCluster)
		if err != nil || users.Any() != want {
			t.Errorf("%s it is used by %v (%v)", when, users.All(), err)
		}
	}
	expect("before it was looked at", true)
	meta.SetStatusCondition(&peering.Status.Conditions, metav1.Condition{
		Type: v1alpha1.ConditionIdentitiesReady, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonBeingDeleted, Message: "Refused.",
	})
	if err := w.Status().Update(t.Context(), peering); err != nil {
		t.Fatal(err)
	}
	expect("once it was refused", false)
	peering.Status.Requester = &v1alpha1.SideStatus{Identity: "refusing"}
	if err := w.Status().Update(t.Context(), peering); err != nil {
		t.Fatal(err)
	}
	expect("where it was used before", true)
}

func TestAnIdentityIsHeldOnlyWhileSomethingRestsOnIt(t *testing.T) {
	w := newWorld(t)
	w.namespace("rests")
	identity := w.identity("idle", v1alpha1.AWSIdentitySpec{AllowedNamespaces: v1alpha1.AllowedNamespaces{Names: []string{"rests"}}})
	expectHeld := func(when string, want bool) {
		t.Helper()
		if _, err := w.reconcile(identity); err != nil {
			t.Fatal(err)
		}
		if got := controllerutil.ContainsFinalizer(identity, v1alpha1.Finalizer); got != want {
			t.Errorf("%s the finalizer is there: %t", when, got)
		}
	}
	expectHeld("at first", false)
	cluster := w.cluster("idle", "idle")
	expectHeld("with a PeeredCluster that has set nothing", false)
	peering := w.peering("rests", "idle", "idle", "")
	expectHeld("with a VPCPeering", true)
	w.remove(peering)
	expectHeld("after the VPCPeering", false)
	w.remove(cluster)
	cluster = w.heldCluster("idle", "idle")
	expectHeld("with a PeeredCluster that has something to take back", true)
	w.remove(cluster)
	expectHeld("in the end", false)
}

func TestAnIdentityThatGoesWithoutAFinalizerIsForgotten(t *testing.T) {
	w := newWorld(t)
	identity := w.identity("free", v1alpha1.AWSIdentitySpec{})
	if _, err := w.reconcile(identity); err != nil {
		t.Fatal(err)
	}
	if err := w.Delete(t.Context(), identity); err != nil {
		t.Fatal(err)
	}
	if _, err := w.reconcile(identity); err != nil || identity.ResourceVersion != "" {
		t.Fatalf("the deletion of what nobody uses waits (%v)", err)
	}
	if len(w.reconciler.used) != 0 {
		t.Errorf("remembers %v", w.reconciler.used)
	}
}

func TestAUsersChangeTakesHoldOfAnIdentityAndLetsItGo(t *testing.T) {
	w := newWorld(t)
	w.namespace("affects")
	identity := w.identity("affected", v1alpha1.AWSIdentitySpec{AllowedNamespaces: v1alpha1.AllowedNamespaces{Names: []string{"affects"}}})
	w.cluster("affects", "affected")
	peering := w.peering("affects", "affects", "affects", "")
	expect := func(when string, want int) {
		t.Helper()
		if got := w.reconciler.affected(t.Context(), peering); len(got) != want {
			t.Errorf("%s %v are looked at", when, got)
		}
	}
	expect("before the VPCPeering does anything", 0)
	controllerutil.AddFinalizer(peering, v1alpha1.Finalizer)
	expect("when it begins to act", 1)
	if _, err := w.reconcile(identity); err != nil {
		t.Fatal(err)
	}
	expect("when the identity is held already", 0)
	peering.DeletionTimestamp = &metav1.Time{Time: w.clock.Now()}
	expect("when it is being deleted", 1)
}

func TestDeletionOfWhatWeNeverSawIsLeftAlone(t *testing.T) {
	w := newWorld(t)
	object := &v1alpha1.AWSIdentity{ObjectMeta: metav1.ObjectMeta{Name: "unseen", Finalizers: []string{"example.com/other"}}}
	w.create(object)
	if err := w.Delete(t.Context(), object); err != nil {
		t.Fatal(err)
	}
	version := object.ResourceVersion
	if _, err := w.reconciler.Reconcile(t.Context(), requestFor(object)); err != nil {
		t.Fatal(err)
	}
	w.read(object)
	if object.Status.Conditions != nil {
		t.Errorf("the object of resource version %s was written: %+v", version, object.Status)
	}
	object.Finalizers = nil
	if err := w.Update(t.Context(), object); err != nil {
		t.Fatal(err)
	}
}

func TestAUsersChangeWakesIdentitiesUnderDeletion(t *testing.T) {
	w := newWorld(t)
	going, staying := w.identity("going", v1alpha1.AWSIdentitySpec{}), w.identity("staying", v1alpha1.AWSIdentitySpec{})
	w.heldCluster("going", "going")
	for _, object := range []*v1alpha1.AWSIdentity{going, staying} {
		if _, err := w.reconcile(object); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Delete(t.Context(), going); err != nil {
		t.Fatal(err)
	}
	once := &v1alpha1.VPCPeering{ObjectMeta: metav1.ObjectMeta{UID: "once"}}
	for name, test := range map[string]struct {
		user  client.Object
		wakes bool
	}{
		"a PeeredCluster, whatever it was on before":        {&v1alpha1.PeeredCluster{}, true},
		"a VPCPeering that was admitted":                    {once, true},
		"a VPCPeering that was never, and does not name it": {&v1alpha1.VPCPeering{}, false},
		"a VPCPeering that was never, and says that it was": {&v1alpha1.VPCPeering{Status: v1alpha1.VPCPeeringStatus{Requester: &v1alpha1.SideStatus{Identity: "going"}}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			w.read(going)
			going.Status.Admissions = []v1alpha1.Admission{{AccountID: operator, Region: "eu-west-1", VPCID: "vpc-0123456789abcdef0", UIDs: []string{"once"}}}
			if err := w.Status().Update(t.Context(), going); err != nil {
				t.Fatal(err)
			}
			requests := w.reconciler.affected(t.Context(), test.user)
			if len(requests) > 0 != test.wakes || test.wakes && requests[0] != requestFor(going) {
				t.Errorf("wakes %v", requests)
			}
		})
	}
}

func TestWhatIsRecordedOfVPCPeeringsThatAreGoneIsDropped(t *testing.T) {
	w := newWorld(t)
	w.namespace("recorded")
	there := w.peering("recorded", "there", "recorded", "recording")
	identity := w.identity("recording", v1alpha1.AWSIdentitySpec{AllowedNamespaces: v1alpha1.AllowedNamespaces{Names: []string{"recorded"}}})
	place := v1alpha1.Admission{AccountID: operator, Region: "eu-west-1", VPCID: "vpc-0123456789abcdef0"}
	both, gone := place, place
	both.UIDs, gone.VPCID, gone.UIDs = []string{"gone", string(there.UID)}, "vpc-0123456789abcdef1", []string{"gone"}
	slices.Sort(both.UIDs)
	identity.Status.Admissions = []v1alpha1.Admission{both, gone}
	if err := w.Status().Update(t.Context(), identity); err != nil {
		t.Fatal(err)
	}
	if _, err := w.reconcile(identity); err != nil {
		t.Fatal(err)
	}
	place.UIDs = []string{string(there.UID)}
	if diff := cmp.Diff([]v1alpha1.Admission{place}, identity.Status.Admissions); diff != "" {
		t.Errorf("recorded (-want +got):\n%s", diff)
	}
}
