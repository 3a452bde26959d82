package peeredcluster

import (
	"context"
	"fmt"
	"net/netip"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/rollout"
)

// writeConfigMap has Cilium's ConfigMap set the option to the value, or to nothing
// of ours, by server-side apply of that one key. It is never forced: who holds the
// key already keeps it, and the API server says who that is. An apply without the
// key gives up what we had.
func (p *pass) writeConfigMap(ctx context.Context, value netip.Prefix) error {
	object := &unstructured.Unstructured{Object: map[string]any{}}
	object.SetAPIVersion("v1")
	object.SetKind("ConfigMap")
	object.SetNamespace(p.object.Spec.Cilium.Namespace)
	object.SetName(cilium.ConfigMapName)
	if value.IsValid() {
		object.Object["data"] = map[string]any{cilium.NativeRoutingKey: value.String()}
	}
	if err := p.applyOurs(ctx, object); err != nil {
		return fmt.Errorf("applying %s to ConfigMap %s/%s: %w", cilium.NativeRoutingKey, object.GetNamespace(), object.GetName(), err)
	}
	return nil
}

// applyOurs applies fields of an object that is there and is somebody else's.
func (p *pass) applyOurs(ctx context.Context, object *unstructured.Unstructured) error {
	return p.connection.Client.Apply(ctx, client.ApplyConfigurationFromUnstructured(object), client.FieldOwner(p.owner().FieldManager()))
}

// writeUnheld is writeSelection where nodes can't be told apart: whatever the
// selection, the value reaches every agent that starts from now on. One that
// reaches nobody is taken back, and the one before it returns. What is wider is
// noted after the write, what is narrower before: an agent made in between is taken
// for one that has the narrower.
func (p *pass) writeUnheld(ctx context.Context, selection rollout.RevisionSelection) error {
	value := p.valueOf(selection.Revision)
	if selection.Mode == cilium.SelectNone {
		value = p.valueBefore(value)
		p.noteInForce(value)
		if err := p.persist(ctx); err != nil {
			return err
		}
	}
	if value != p.observed.Facts.Applied {
		if err := p.writeConfigMap(ctx, value); err != nil {
			return err
		}
	}
	p.noteInForce(value)
	if selection.Mode == cilium.SelectAllBut {
		p.noteReleased(selection.Revision)
	}
	return p.persist(ctx)
}

// valueBefore is what was in force before a value that is taken back.
func (p *pass) valueBefore(value netip.Prefix) netip.Prefix {
	for _, period := range slices.Backward(readHistory(p.ciliumStatus().History)) {
		if period.CIDR != value {
			return period.CIDR
		}
	}
	return netip.Prefix{}
}
