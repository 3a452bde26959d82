package peeredcluster

import (
	"context"
	"fmt"
	"net/netip"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/cilium"
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
// selection, the value reaches every agent that starts from now on. That it is
// there is noted after the write, and that it is gone before: an agent made in
// between is taken for an older one.
func (p *pass) writeUnheld(ctx context.Context, revision string, reachesSome, released bool) error {
	value := netip.Prefix{}
	if reachesSome {
		value = p.valueOf(revision)
	}
	if !value.IsValid() {
		p.noteInForce(value)
		if err := p.persist(ctx); err != nil {
			return err
		}
	}
	if value != p.observed.facts.Applied {
		if err := p.writeConfigMap(ctx, value); err != nil {
			return err
		}
	}
	if !value.IsValid() {
		return nil
	}
	p.noteInForce(value)
	if released {
		p.noteReleased(revision)
	}
	return p.persist(ctx)
}
