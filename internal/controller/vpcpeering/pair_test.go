package vpcpeering

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/awssim"
)

// signal is given once and may be waited for by many.
type signal chan struct{}

func (s signal) wait(ctx context.Context) error {
	select {
	case <-s:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// atCreate runs hooks around a process's request for a connection.
type atCreate struct {
	before, after func(context.Context) error
	next          http.Client
}

// Do is the way to AWS.
func (a *atCreate) Do(request *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	request = request.Clone(request.Context())
	request.Body = io.NopCloser(bytes.NewReader(body))
	if !strings.Contains(string(body), "Action=CreateVpcPeeringConnection") {
		return a.next.Do(request)
	}
	ctx := request.Context()
	if err := a.before(ctx); err != nil { //nolint:contextcheck // the request's own
		return nil, err
	}
	response, err := a.next.Do(request)
	if err == nil {
		err = a.after(ctx) //nolint:contextcheck // the request's own
	}
	return response, err
}

// bothCreate runs a reconciliation of each object such that neither sees the other in time: the younger one lists before the older
// one is resolved, the older one before the younger one says that it asks, and both have a request on its way to AWS.
func (w *world) bothCreate(older, younger *v1alpha1.VPCPeering, olderFirst bool) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
	defer cancel()
	listed, olderAsks, youngerAsks, answered, ended := make(signal), make(signal), make(signal), make(signal), make(signal)
	meet := func(own, other signal, first bool) *atCreate {
		return &atCreate{
			before: func(ctx context.Context) error {
				close(own)
				if err := other.wait(ctx); err != nil || first {
					return err
				}
				return answered.wait(ctx)
			},
			after: func(context.Context) error {
				if first {
					close(answered)
				}
				return nil
			},
		}
	}
	slow := interceptor.NewClient(w.kube, interceptor.Funcs{
		List: func(ctx context.Context, kube client.WithWatch, list client.ObjectList, options ...client.ListOption) error {
			if err := kube.List(ctx, list, options...); err != nil {
				return err
			}
			close(listed)
			return olderAsks.wait(ctx)
		},
	})
	w.restartWith(slow, meet(youngerAsks, olderAsks, !olderFirst))
	late := w.reconciler
	w.restartWith(w.kube, meet(olderAsks, youngerAsks, olderFirst))
	go func() {
		defer close(ended)
		_, _ = late.Reconcile(ctx, requestFor(younger))
	}()
	if err := listed.wait(ctx); err != nil {
		w.t.Fatal("the younger one never looked for others")
	}
	_, _ = w.tryReconcile(ctx, older)
	if err := ended.wait(ctx); err != nil {
		w.t.Fatal("the younger one's pass did not end")
	}
	w.restart()
}

func TestA1TwoObjectsThatAskAtTheSameInstantMakeOneConnectionAndOneStepsBack(t *testing.T) {
	for name, reversed := range map[string]bool{"the same way round": false, "seen from the other end": true} {
		for order, olderFirst := range map[string]bool{"the older one's request comes first": true, "the younger one's": false} {
			t.Run(name+", "+order, func(t *testing.T) {
				t.Parallel()
				w := newSmallWorld(t)
				older := w.peering("a-older", nil)
				younger := w.peering("b-younger", func(object *v1alpha1.VPCPeering) {
					if reversed {
						object.Spec.Requester, object.Spec.Accepter = object.Spec.Accepter, object.Spec.Requester
					}
				})
				w.bothCreate(older, younger, olderFirst)
				if asked := w.cloud.Journal(awssim.Query{Action: "CreateVpcPeeringConnection", Code: "OK"}); len(asked) != 2 {
					t.Fatalf("%d requests, want 2: the two did not meet", len(asked))
				}
				w.oneHolds(older, younger)
				w.wantsMade(made{connections: 1, routes: 2, rules: 1})
				if live := w.live(w.pair.Requester); len(live) != 1 {
					t.Errorf("%d live connections, want 1", len(live))
				}
				w.remove(older)
				w.remove(younger)
				w.wantsShape(nil)
			})
		}
	}
}

// oneHolds: within a few reconciliations one object is Ready and stays so, the other one is told that the pair is taken.
func (w *world) oneHolds(a, b *v1alpha1.VPCPeering) {
	w.t.Helper()
	for range 6 {
		for _, object := range []*v1alpha1.VPCPeering{a, b} {
			w.reconcile(object)
		}
		w.clock.toNextSweep()
	}
	a, b = w.read(a), w.read(b)
	if !meta.IsStatusConditionTrue(a.Status.Conditions, v1alpha1.ConditionReady) {
		a, b = b, a
	}
	w.wants(a, v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonReady, "")
	w.wants(b, v1alpha1.ConditionPreflightPassed, metav1.ConditionFalse, v1alpha1.ReasonSamePair, "VPCPeering "+a.Name)
	if id := b.Status.PeeringConnectionID; id != "" {
		w.t.Errorf("%s, which stepped back, names %s", b.Name, id)
	}
}

// nextSecond waits until what is created now is younger than the object; creation times are whole seconds.
func (w *world) nextSecond(object *v1alpha1.VPCPeering) {
	w.t.Helper()
	created := w.read(object).CreationTimestamp
	err := wait.PollUntilContextTimeout(w.t.Context(), 100*time.Millisecond, time.Minute, true, func(ctx context.Context) (bool, error) {
		trial := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "now"}}
		err := w.kube.Create(ctx, trial, client.DryRunAll)
		return created.Before(&trial.CreationTimestamp), err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func TestA1AnOlderObjectThatIsAdmittedLaterTakesNothingFromTheOneThatWorks(t *testing.T) {
	w := newSmallWorld(t)
	older := w.peering("a-older", func(object *v1alpha1.VPCPeering) { object.Spec.Requester.IdentityRef.Name = "later-" + w.namespace })
	w.reconcile(older)
	w.nextSecond(older)
	younger := w.settle(w.peering("b-younger", nil))
	w.edit(older, func(now *v1alpha1.VPCPeering) { now.Spec.Requester.IdentityRef.Name = w.identities["eu"] })
	w.cloud.ClearJournal()
	w.oneHolds(older, younger)
	if writes := w.writes(); len(writes) > 0 {
		t.Errorf("written: %v", writes)
	}
	if !meta.IsStatusConditionTrue(w.read(younger).Status.Conditions, v1alpha1.ConditionReady) {
		t.Errorf("what worked was given up: %s", sentences(w.read(younger)))
	}
	w.remove(younger)
	w.remove(w.settle(older))
	w.wantsShape(nil)
}
