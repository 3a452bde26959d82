package peeredcluster

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/controller/object"
)

// other is a PeeredCluster beside the one of the world, as its own reconciliations left it.
func (w *world) other(name string, change func(*v1alpha1.PeeredClusterStatus)) {
	w.t.Helper()
	object := &v1alpha1.PeeredCluster{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec:       v1alpha1.PeeredClusterSpec{Access: v1alpha1.ClusterAccess{EKS: &v1alpha1.EKSAccess{Name: name, Region: "us-east-1"}}},
	}
	w.create(object)
	object.Status.ClusterID, object.Status.ObservedGeneration = "uid-of-"+name, object.Generation
	object.Status.Nodes = &v1alpha1.NodeCounts{Total: 5, Current: 2, Stale: 3}
	w.say(object, v1alpha1.ConditionReachable, metav1.ConditionTrue, v1alpha1.ReasonReachable)
	w.say(object, v1alpha1.ConditionNodesUpToDate, metav1.ConditionFalse, v1alpha1.ReasonProgressing)
	change(&object.Status)
	w.saveStatus(object)
}

func (w *world) say(object *v1alpha1.PeeredCluster, condition string, status metav1.ConditionStatus, reason string) {
	meta.SetStatusCondition(&object.Status.Conditions, metav1.Condition{
		Type: condition, Status: status, Reason: reason, ObservedGeneration: object.Generation, LastTransitionTime: stored(w.clock.Now()),
	})
}

func (w *world) saveStatus(object *v1alpha1.PeeredCluster) {
	w.t.Helper()
	if err := w.kube.Status().Update(w.t.Context(), object); err != nil {
		w.t.Fatal(err)
	}
}

// becomes changes what another PeeredCluster says of itself.
func (w *world) becomes(name string, change func(*v1alpha1.PeeredCluster)) {
	w.t.Helper()
	object := &v1alpha1.PeeredCluster{}
	if err := w.kube.Get(w.t.Context(), client.ObjectKey{Name: name}, object); err != nil {
		w.t.Fatal(err)
	}
	change(object)
	w.saveStatus(object)
}

func (w *world) finished(name string) {
	w.becomes(name, func(object *v1alpha1.PeeredCluster) {
		object.Status.Rollout, object.Status.Nodes = nil, &v1alpha1.NodeCounts{Total: 5, Current: 5}
		w.say(object, v1alpha1.ConditionNodesUpToDate, metav1.ConditionTrue, v1alpha1.ReasonUpToDate)
	})
}

func (w *world) rolling(status *v1alpha1.PeeredClusterStatus) {
	status.Rollout = &v1alpha1.RolloutStatus{Turn: &v1alpha1.RolloutTurn{State: v1alpha1.TurnRolling, Since: stored(w.clock.Now())}}
	status.Nodes.InProgress = 1
}

func (w *world) queued(since time.Duration) func(*v1alpha1.PeeredClusterStatus) {
	return func(status *v1alpha1.PeeredClusterStatus) {
		status.Rollout = &v1alpha1.RolloutStatus{Turn: &v1alpha1.RolloutTurn{State: v1alpha1.TurnQueued, Since: stored(w.clock.Now().Add(since))}}
	}
}

func turnState(object *v1alpha1.PeeredCluster) v1alpha1.RolloutTurnState { return turnOf(object).State }

// TestN8ClustersTakeTurns: of three clusters one renews nodes, the next has waited longer than this one, and
// only when both are done it begins. Waiting is in progress to kstatus, and no fault.
func TestN8ClustersTakeTurns(t *testing.T) {
	w := newWorld(t)
	w.installs("1.18.0", 2)
	w.other("us", w.rolling)
	w.other("asia", w.queued(-time.Minute))
	w.peeredCluster(nil)
	w.peering("eu-us", "10.12.0.0/16")
	object := w.reason(v1alpha1.ConditionNodesUpToDate, v1alpha1.ReasonWaitingForTurn,
		"Waits for PeeredClusters us (2 of 5 nodes, Progressing), asia", "at most 1 cluster renews nodes at once", "--max-clusters-at-once")
	w.expectUntouched()
	if turnState(object) != v1alpha1.TurnQueued || !meta.IsStatusConditionTrue(object.Status.Conditions, v1alpha1.ConditionReconciling) ||
		meta.FindStatusCondition(object.Status.Conditions, v1alpha1.ConditionStalled) != nil {
		t.Errorf("turn %v:%s", turnOf(object), sentences(object))
	}
	if preview := object.Status.Rollout.Preview; preview == nil || len(preview.WaitsFor) != 2 || preview.WaitsFor[0] != "us" || preview.WaitsFor[1] != "asia" {
		t.Errorf("preview: %+v", preview)
	}
	queuedSince := turnOf(object).Since

	w.clock.advance(time.Minute)
	w.finished("us")
	object = w.reason(v1alpha1.ConditionNodesUpToDate, v1alpha1.ReasonWaitingForTurn, "Waits for PeeredCluster asia (2 of 5 nodes")
	if got := turnOf(object).Since; !got.Equal(queuedSince) {
		t.Errorf("it waits since %s, and now since %s: it lost its place", queuedSince, got)
	}
	w.finished("asia")
	w.until("its first node is begun on", w.isCordoned)
	if object = w.read(); turnState(object) != v1alpha1.TurnRolling {
		t.Errorf("nodes are renewed, and the turn is %+v", turnOf(object))
	}

	// Another one that has nodes in progress, as when an earlier release ran, takes no turn away.
	w.becomes("us", func(object *v1alpha1.PeeredCluster) {
		object.Status.Nodes = &v1alpha1.NodeCounts{Total: 5, Current: 3, InProgress: 1}
		w.say(object, v1alpha1.ConditionNodesUpToDate, metav1.ConditionFalse, v1alpha1.ReasonProgressing)
	})
	object = w.ready()
	if turnState(object) != "" || len(w.cordoned()) > 0 {
		t.Errorf("it is done, and the turn is %+v, cordoned %v", turnOf(object), w.cordoned())
	}
}

// TestN8WhoCannotGoOnIsNotWaitedFor: each of them once had the turn.
func TestN8WhoCannotGoOnIsNotWaitedFor(t *testing.T) {
	w := newWorld(t)
	w.installs("1.18.0", 1)
	w.other("paused", func(status *v1alpha1.PeeredClusterStatus) { status.Rollout = &v1alpha1.RolloutStatus{} })
	w.other("stuck", func(status *v1alpha1.PeeredClusterStatus) {
		w.rolling(status)
		status.Rollout.Turn.State = v1alpha1.TurnLapsed
	})
	w.other("silent", func(status *v1alpha1.PeeredClusterStatus) {
		w.rolling(status)
		status.Nodes.InProgress = 0
		meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionReachable).Status = metav1.ConditionFalse
	})
	w.other("away-and-queued", func(status *v1alpha1.PeeredClusterStatus) {
		w.queued(-time.Hour)(status)
		meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionReachable).Status = metav1.ConditionUnknown
	})
	w.peeredCluster(nil)
	w.peering("eu-us", "10.12.0.0/16")
	w.reason(v1alpha1.ConditionNodesUpToDate, v1alpha1.ReasonWaitingForTurn, "Waits for PeeredCluster silent")
	w.clock.advance(3 * time.Minute)
	w.ready()
}

// TestN8AClusterComesAfterItsCanaryCluster also when that is up to date, but does not count the peering yet
// that both are for.
func TestN8AClusterComesAfterItsCanaryCluster(t *testing.T) {
	w := newWorld(t)
	w.installs("1.18.0", 1)
	w.other("us", func(*v1alpha1.PeeredClusterStatus) {})
	w.finished("us")
	w.peeredCluster(func(spec *v1alpha1.PeeredClusterSpec) { spec.Rollout.After = []v1alpha1.LocalName{{Name: "us"}} })
	peering := w.peering("eu-us", "10.12.0.0/16")
	peering.Status.Requester.CIDRBlocks, peering.Status.Accepter.Clusters = []string{"10.11.0.0/16"}, []string{"us"}
	if err := w.kube.Status().Update(t.Context(), peering); err != nil {
		t.Fatal(err)
	}
	other := &v1alpha1.PeeredCluster{}
	if err := w.kube.Get(t.Context(), client.ObjectKey{Name: "us"}, other); err != nil {
		t.Fatal(err)
	}
	other.Spec.AllowedNamespaces.Names = []string{"default"}
	if err := w.kube.Update(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	w.reason(v1alpha1.ConditionNodesUpToDate, v1alpha1.ReasonWaitingForTurn, "us (its spec has just changed)", "spec.rollout.after names it")
	w.finished("us")
	w.reason(v1alpha1.ConditionNodesUpToDate, v1alpha1.ReasonWaitingForTurn, "us (it does not count VPCPeering default/eu-us yet)")
	w.expectUntouched()
	w.becomes("us", func(object *v1alpha1.PeeredCluster) {
		object.Status.Peerings = []v1alpha1.ClusterPeering{{Namespace: "default", Name: "eu-us", UID: string(peering.UID), CIDRBlocks: peering.Status.Requester.CIDRBlocks}}
	})
	w.ready()
}

// TestAnOrderThatCanNeverBeFollowedIsNamed also while nothing is to be renewed.
func TestAnOrderThatCanNeverBeFollowedIsNamed(t *testing.T) {
	w := newWorld(t)
	w.installs("1.18.0", 1)
	w.peeredCluster(func(spec *v1alpha1.PeeredClusterSpec) { spec.Rollout.After = []v1alpha1.LocalName{{Name: "us"}} })
	w.reason(v1alpha1.ConditionReady, v1alpha1.ReasonInvalidOrder, "PeeredCluster us, which does not exist")
	w.peering("eu-us", "10.12.0.0/16")
	object := w.reason(v1alpha1.ConditionNodesUpToDate, v1alpha1.ReasonInvalidOrder, "PeeredCluster us, which does not exist")
	w.expectUntouched()
	if !meta.IsStatusConditionTrue(object.Status.Conditions, v1alpha1.ConditionStalled) {
		t.Errorf("a person is needed:%s", sentences(object))
	}
	w.other("us", func(*v1alpha1.PeeredClusterStatus) {})
	w.finished("us")
	w.ready()
}

func TestAClusterDoesNotComeAfterItself(t *testing.T) {
	w := newWorld(t)
	object := &v1alpha1.PeeredCluster{ObjectMeta: metav1.ObjectMeta{Name: "self"}, Spec: v1alpha1.PeeredClusterSpec{
		Access:  v1alpha1.ClusterAccess{Local: &v1alpha1.LocalAccess{}},
		Rollout: v1alpha1.RolloutPolicy{After: []v1alpha1.LocalName{{Name: "self"}}},
	}}
	if err := w.kube.Create(t.Context(), object); err == nil {
		t.Error("the API server takes a PeeredCluster that comes after itself")
	}
}

// TestN8AClusterWhoseStepsFailDoesNotKeepTheTurn: it tries again after those that wait.
func TestN8AClusterWhoseStepsFailDoesNotKeepTheTurn(t *testing.T) {
	w := newWorld(t)
	w.installs("1.18.0", 1)
	allow := w.forbid("nodes", "nodes belong to the platform team", admissionv1.Update)
	w.untilRefused(true, w.touchesNode)
	w.peeredCluster(nil)
	w.peering("eu-us", "10.12.0.0/16")
	w.reason(v1alpha1.ConditionNodesUpToDate, v1alpha1.ReasonForbidden, "nodes belong to the platform team")
	object := w.until("it is noted that it does not go on", func(object *v1alpha1.PeeredCluster) bool { return !turnOf(object).Idle.IsZero() })
	if turnState(object) != v1alpha1.TurnRolling {
		t.Errorf("a step that failed once costs the turn: %+v", turnOf(object))
	}
	w.other("us", w.queued(0))
	w.clock.advance(3 * time.Minute)
	w.reason(v1alpha1.ConditionNodesUpToDate, v1alpha1.ReasonWaitingForTurn, "Waits for PeeredCluster us")
	w.expectUntouched()
	allow()
	w.untilRefused(false, w.touchesNode)
	w.finished("us")
	w.ready()
}

// TestN8ATurnThatCouldNotBeWrittenIsNotGiven: what reports the failure would write it, after another has begun.
func TestN8ATurnThatCouldNotBeWrittenIsNotGiven(t *testing.T) {
	for name, was := range map[string]*v1alpha1.RolloutStatus{
		"it asks for the first time": {Strategy: v1alpha1.RolloutRecyclePods},
		"it has waited":              {Turn: &v1alpha1.RolloutTurn{State: v1alpha1.TurnQueued, Since: metav1.Unix(1e9, 0)}},
	} {
		t.Run(name, func(t *testing.T) {
			scheme := runtime.NewScheme()
			if err := v1alpha1.AddToScheme(scheme); err != nil {
				t.Fatal(err)
			}
			eu := &v1alpha1.PeeredCluster{ObjectMeta: metav1.ObjectMeta{Name: "eu"}, Status: v1alpha1.PeeredClusterStatus{Rollout: was}}
			down := true
			kube := fake.NewClientBuilder().WithScheme(scheme).WithObjects(eu).WithStatusSubresource(eu).WithInterceptorFuncs(interceptor.Funcs{
				SubResourcePatch: func(ctx context.Context, c client.Client, sub string, object client.Object, patch client.Patch, options ...client.SubResourcePatchOption) error {
					if down {
						return errors.New("the server is currently unable to handle the request")
					}
					return c.SubResource(sub).Patch(ctx, object, patch, options...)
				},
			}).Build()
			if err := kube.Get(t.Context(), client.ObjectKeyFromObject(eu), eu); err != nil {
				t.Fatal(err)
			}
			asks := &configuration{valueHistory: valueHistory{subject: &subject{Draft: object.NewDraft(kube, eu), start: time.Unix(2e9, 0)}}}
			before := turnOf(eu)
			giver := turns{hub: kube, live: kube, atOnce: 1, given: &sync.Mutex{}}
			if answer, err := giver.ask(t.Context(), asks); err == nil {
				t.Fatalf("nothing can be written, and the answer is %+v", answer)
			}
			if got := turnOf(eu); got != before {
				t.Errorf("the next write says %+v, and the turn was %+v", got, before)
			}
			down = false
			if answer, err := giver.ask(t.Context(), asks); err != nil || !answer.Begins || turnState(eu) != v1alpha1.TurnRolling {
				t.Errorf("the server answers again: %+v, %v, turn %+v", answer, err, turnOf(eu))
			}
		})
	}
}
