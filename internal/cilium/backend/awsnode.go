package backend

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/crossvpc/crossvpc/internal/cidr"
	"github.com/crossvpc/crossvpc/internal/cilium"
)

// awsNode sets one variable of Amazon's own plugin, whose DaemonSet rolls it out.
type awsNode struct{ cluster Cluster }

func (awsNode) Name() string            { return AWSNode }
func (b awsNode) Ours() bool            { return b.node() != nil && len(b.node().Ours) > 0 }
func (awsNode) CanHoldBack() bool       { return false }
func (b awsNode) node() *cilium.AWSNode { return b.cluster.Facts.AWSNode }

func (b awsNode) Has(list []netip.Prefix) bool { return slices.Equal(b.node().Ours, list) }

func (b awsNode) Spreads() Spread {
	node := b.node()
	spread := Spread{Busy: node.Rolling, ByHand: node.OnDelete && node.Old}
	switch {
	case spread.ByHand:
		spread.How = "Waiting until somebody deletes the pods of DaemonSet kube-system/aws-node, node by node: its updateStrategy is OnDelete. " +
			"A new pod takes on whatever else was changed in the DaemonSet, too. "
	case node.OnDelete: // just written, or its new pods are not Ready yet
		spread.How = "Waiting for DaemonSet kube-system/aws-node, whose updateStrategy is OnDelete. "
	default:
		spread.How = "DaemonSet kube-system/aws-node rolls out the new value. "
	}
	return spread
}

func (b awsNode) Write(ctx context.Context, wanted Wanted) error { return b.set(ctx, wanted.List) }

func (b awsNode) Withdraw(ctx context.Context) error { return b.set(ctx, nil) }

// set writes the list to the variable, or removes ours, by server-side apply of that
// one variable, which is not forced. One entry of a list in a DaemonSet can be applied,
// because variables are keyed by name.
func (b awsNode) set(ctx context.Context, list []netip.Prefix) error {
	object := &unstructured.Unstructured{Object: map[string]any{}}
	object.SetAPIVersion("apps/v1")
	object.SetKind("DaemonSet")
	object.SetNamespace(cilium.AWSNodeNamespace)
	object.SetName(cilium.AWSNodeName)
	if len(list) > 0 {
		variable := map[string]any{"name": cilium.ExcludeSNATVariable, "value": strings.Join(cidr.Strings(list), ",")}
		container := map[string]any{"name": cilium.AWSNodeName, "env": []any{variable}}
		object.Object["spec"] = map[string]any{"template": map[string]any{"spec": map[string]any{"containers": []any{container}}}}
	}
	if err := b.cluster.apply(ctx, object); err != nil {
		return fmt.Errorf("applying %s to DaemonSet %s/%s: %w", cilium.ExcludeSNATVariable, cilium.AWSNodeNamespace, cilium.AWSNodeName, err)
	}
	return nil
}

func (b awsNode) TakenBackBy(was Memory) string {
	daemonSet := b.cluster.Install.AWSNode
	gone := was.Configured && b.node() != nil && b.node().Ours == nil
	if !was.TakenBack && !gone || daemonSet == nil {
		return ""
	}
	return b.cluster.writer(b.node().Others, daemonSet.ManagedFields, was.Written)
}
