package nodesim

import (
	"context"
	"encoding/binary"
	"fmt"
	"net/netip"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
)

var ciliumNodeKind = schema.GroupVersionKind{Group: "cilium.io", Version: "v2", Kind: "CiliumNode"}

// createCiliumNode writes what the agent and Cilium's operator together write (pkg/nodediscovery/eni, pkg/aws/types).
//
// A former node of this name may be about to lose its CiliumNode to the garbage collector. It is taken over then, as the
// agent does, and where the collector was faster it is made again.
func (s *Sim) createCiliumNode(ctx context.Context, m *machine) error {
	raced := func(err error) bool {
		return apierrors.IsNotFound(err) || apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err)
	}
	err := retry.OnError(retry.DefaultBackoff, raced, func() error { return s.putCiliumNode(ctx, m) })
	if err != nil {
		return fmt.Errorf("write CiliumNode %s: %w", m.node, err)
	}
	return nil
}

func (s *Sim) putCiliumNode(ctx context.Context, m *machine) error {
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(ciliumNodeKind)
	object.SetName(m.node)
	_, err := controllerutil.CreateOrUpdate(ctx, s.client, object, func() error {
		object.SetOwnerReferences([]metav1.OwnerReference{{APIVersion: "v1", Kind: "Node", Name: m.node, UID: m.nodeUID}})
		object.Object["spec"] = map[string]any{
			"instance-id": m.instance.id,
			"addresses":   []any{map[string]any{"type": "InternalIP", "ip": m.instance.address.String()}},
			"eni": map[string]any{
				"vpc-id": s.cluster.Network.VPCID, "availability-zone": m.instance.zone, "instance-type": m.instance.kind,
				"node-subnet-id": m.instance.subnet, "first-interface-index": int64(s.options.FirstInterface),
			},
		}
		return nil
	})
	if err != nil {
		return err
	}
	object.Object["status"] = map[string]any{"eni": map[string]any{"enis": s.enis(m)}}
	return s.client.Status().Update(ctx, object)
}

func (s *Sim) enis(m *machine) map[string]any {
	eth0 := m.instance.interfaces[0]
	first := s.eni(m, eth0)
	addresses := []any{eth0.address.String()}
	for _, address := range m.eth0Addresses {
		addresses = append(addresses, address.String())
	}
	first["addresses"] = addresses
	second := s.eni(m, m.eth1)
	second["number"] = int64(1)
	second["prefixes"] = prefixes28(m.prefix)
	return map[string]any{eth0.id: first, m.eth1.id: second}
}

func (s *Sim) eni(m *machine, n networkInterface) map[string]any {
	secondary := []any{}
	for _, block := range m.blocks[1:] {
		secondary = append(secondary, block.String())
	}
	groups := []any{}
	for _, group := range n.groups {
		groups = append(groups, group)
	}
	return map[string]any{
		"id": n.id, "ip": n.address.String(), "mac": n.mac, "availability-zone": m.instance.zone,
		"subnet":          map[string]any{"id": n.subnet, "cidr": s.subnetBlock(n.subnet)},
		"vpc":             map[string]any{"id": s.cluster.Network.VPCID, "primary-cidr": m.blocks[0].String(), "cidrs": secondary},
		"security-groups": groups,
	}
}

func (s *Sim) subnetBlock(id string) string {
	for _, zone := range s.cluster.Network.Zones {
		for _, subnet := range []struct{ ID, Block string }{zone.Nodes, zone.Pods} {
			if subnet.ID == id {
				return subnet.Block
			}
		}
	}
	return ""
}

func prefixes28(prefix netip.Prefix) []any {
	var out []any
	base := prefix.Addr().As4()
	value := binary.BigEndian.Uint32(base[:])
	for n := range 1 << (28 - podsPerNode) {
		binary.BigEndian.PutUint32(base[:], value+uint32(n)<<4)
		out = append(out, netip.PrefixFrom(netip.AddrFrom4(base), 28).String())
	}
	return out
}
