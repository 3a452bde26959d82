package peeredcluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cluster"
)

// failing has writes in the cluster fail from now on, by their verb and the name of the object (of what is applied: none).
func (w *world) failing(verb string, fails func(name string) bool) *failingWrites {
	w.t.Helper()
	failing := &failingWrites{Connector: w.reconciler.Connector, verb: verb, fails: fails}
	w.reconciler.Connector = failing
	return failing
}

type failingWrites struct {
	Connector
	verb  string
	fails func(name string) bool
	// as is how; nil: an error that says nothing.
	as error
	// failed counts them.
	failed  int
	stopped bool
}

func (f *failingWrites) Connect(ctx context.Context, object *v1alpha1.PeeredCluster) (*cluster.Connection, error) {
	connection, err := f.Connector.Connect(ctx, object)
	if err != nil {
		return nil, err
	}
	shown := connection.Client.(agedClient)
	if _, done := shown.Client.(failingClient); !done {
		connection.Client = agedClient{failingClient{shown.Client, f}}
	}
	return connection, nil
}

func (f *failingWrites) check(verb, name string) error {
	if f.stopped || f.verb != verb || !f.fails(name) {
		return nil
	}
	f.failed++
	return fmt.Errorf("%s %s: %w", verb, name, cmp.Or(f.as, errors.New("the test refuses it")))
}

type failingClient struct {
	client.Client
	writes *failingWrites
}

func (c failingClient) Update(ctx context.Context, object client.Object, options ...client.UpdateOption) error {
	if err := c.writes.check("update", object.GetName()); err != nil {
		return err
	}
	return c.Client.Update(ctx, object, options...)
}

func (c failingClient) Delete(ctx context.Context, object client.Object, options ...client.DeleteOption) error {
	if err := c.writes.check("delete", object.GetName()); err != nil {
		return err
	}
	return c.Client.Delete(ctx, object, options...)
}

func (c failingClient) Apply(ctx context.Context, object runtime.ApplyConfiguration, options ...client.ApplyOption) error {
	if err := c.writes.check("apply", ""); err != nil {
		return err
	}
	return c.Client.Apply(ctx, object, options...)
}

// look reconciles once, also where that fails.
func (w *world) look(name string) {
	w.t.Helper()
	result, err := w.reconciler.Reconcile(w.t.Context(), ctrl.Request{NamespacedName: client.ObjectKey{Name: name}})
	if err == nil {
		w.playNodes()
	}
	w.clock.advance(max(result.RequeueAfter, time.Second))
}
