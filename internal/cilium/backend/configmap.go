package backend

import (
	"context"
	"fmt"
	"net/netip"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/crossvpc/crossvpc/internal/cilium"
)

// configMap sets one key of Cilium's own ConfigMap.
type configMap struct{ cluster Cluster }

func (configMap) Name() string        { return ConfigMap }
func (b configMap) Ours() bool        { return b.cluster.Facts.Applied.IsValid() }
func (configMap) CanHoldBack() bool   { return false }
func (b configMap) namespace() string { return b.cluster.Install.Namespace }

// Write makes every agent that starts from now on read the value; the selection has no effect.
func (b configMap) Write(ctx context.Context, wanted Wanted) error {
	if wanted.Value == b.cluster.Facts.Applied {
		return nil
	}
	return b.set(ctx, wanted.Value)
}

func (b configMap) Withdraw(ctx context.Context) error { return b.set(ctx, netip.Prefix{}) }

// set has the ConfigMap set the option to the value, or to nothing of ours, by
// server-side apply of that one key. It is never forced: who holds the key already
// keeps it, and the API server says who that is. An apply without the key gives up
// what we had.
func (b configMap) set(ctx context.Context, value netip.Prefix) error {
	object := &unstructured.Unstructured{Object: map[string]any{}}
	object.SetAPIVersion("v1")
	object.SetKind("ConfigMap")
	object.SetNamespace(b.namespace())
	object.SetName(cilium.ConfigMapName)
	if value.IsValid() {
		object.Object["data"] = map[string]any{cilium.NativeRoutingKey: value.String()}
	}
	if err := b.cluster.apply(ctx, object); err != nil {
		return fmt.Errorf("applying %s to ConfigMap %s/%s: %w", cilium.NativeRoutingKey, b.namespace(), cilium.ConfigMapName, err)
	}
	return nil
}

func (b configMap) TakenBackBy(was Memory) string {
	wrote := was.ToConfigMap && was.InForce != "" && was.InForce == was.Desired && !strings.HasPrefix(was.Source, "CiliumNodeConfig/")
	if !was.TakenBack && (!wrote || b.Ours()) {
		return ""
	}
	entries := b.cluster.Install.Managed[b.namespace()+"/"+cilium.ConfigMapName]
	return b.cluster.writer(b.cluster.Facts.KeyHolders, entries, was.Written)
}
