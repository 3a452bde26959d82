package nodesim

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/test/controlplane"
)

// AgentNotReadyTaint keeps pods off a node whose agent is not up (operator/watchers/node_taint.go in Cilium).
const AgentNotReadyTaint = "node.cilium.io/agent-not-ready"

// podsPerNode is the length of a node's prefix of pod addresses: four of the /28s that EC2 delegates.
const podsPerNode = 26

func (s *Sim) register(ctx context.Context, m *machine) (err error) {
	if m.blocks, err = s.vpcBlocks(ctx); err != nil {
		return err
	}
	if m.eth1, err = s.addInterface(ctx, m.instance); err != nil {
		return err
	}
	if m.eth0Addresses, err = s.addAddresses(ctx, m.instance); err != nil {
		return err
	}
	if err = s.choosePrefix(m); err != nil {
		return err
	}
	node := s.nodeFor(m)
	if s.machineOf(node.Name) != nil {
		return fmt.Errorf("register node %s: its predecessor of that name is not gone yet", node.Name)
	}
	if err := s.createNode(ctx, node); err != nil {
		return fmt.Errorf("register node %s: %w", node.Name, err)
	}
	s.mu.Lock()
	m.node, m.nodeUID = node.Name, node.UID
	s.mu.Unlock()
	return s.createCiliumNode(ctx, m)
}

// createNode finds the instance's Node as it is where an earlier attempt made it and got no further.
func (s *Sim) createNode(ctx context.Context, node *corev1.Node) error {
	err := s.client.Create(ctx, node)
	if !apierrors.IsAlreadyExists(err) {
		return err
	}
	id := node.Spec.ProviderID
	if readErr := s.reader.Get(ctx, client.ObjectKeyFromObject(node), node); readErr != nil || node.Spec.ProviderID != id {
		return errors.Join(err, readErr)
	}
	return nil
}

// vpcBlocks lists the VPC's blocks, the primary first.
func (s *Sim) vpcBlocks(ctx context.Context) ([]netip.Prefix, error) {
	id := s.cluster.Network.VPCID
	out, err := s.ec2.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{VpcIds: []string{id}})
	if err != nil || len(out.Vpcs) != 1 {
		return nil, fmt.Errorf("blocks of %s: %d VPCs: %w", id, len(out.Vpcs), err)
	}
	primary := aws.ToString(out.Vpcs[0].CidrBlock)
	texts := []string{primary}
	for _, a := range out.Vpcs[0].CidrBlockAssociationSet {
		if block := aws.ToString(a.CidrBlock); block != primary {
			texts = append(texts, block)
		}
	}
	var blocks []netip.Prefix
	for _, text := range texts {
		block, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("block of %s: %w", id, err)
		}
		blocks = append(blocks, block)
	}
	return blocks, nil
}

// choosePrefix gives the machine the first free prefix of its zone's pod subnet.
func (s *Sim) choosePrefix(m *machine) error {
	zone, err := s.zone(m.instance.zone)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := map[netip.Prefix]bool{}
	for _, other := range s.machines {
		taken[other.prefix] = true
	}
	subnet := netip.MustParsePrefix(zone.Pods.Block)
	for n := range 1 << (podsPerNode - subnet.Bits()) {
		if prefix := nthPrefix(subnet, n); n > 0 && !taken[prefix] { // AWS keeps the first addresses of a subnet
			m.prefix = prefix
			return nil
		}
	}
	return fmt.Errorf("subnet %s has no free /%d", zone.Pods.Block, podsPerNode)
}

func nthPrefix(subnet netip.Prefix, n int) netip.Prefix {
	base := subnet.Masked().Addr().As4()
	value := binary.BigEndian.Uint32(base[:]) + uint32(n)<<(32-podsPerNode)
	binary.BigEndian.PutUint32(base[:], value)
	return netip.PrefixFrom(netip.AddrFrom4(base), podsPerNode)
}

func (s *Sim) nodeFor(m *machine) *corev1.Node {
	region := s.cluster.Network.Region
	domain := region + ".compute.internal"
	if region == "us-east-1" {
		domain = "ec2.internal"
	}
	name := "ip-" + strings.ReplaceAll(m.instance.address.String(), ".", "-") + "." + domain
	capacity := corev1.ResourceList{
		corev1.ResourceCPU: resource.MustParse("2"), corev1.ResourceMemory: resource.MustParse("8Gi"), corev1.ResourcePods: resource.MustParse("29"),
	}
	node := &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{
			controlplane.NodeLabel:           controlplane.NodeLabelValue,
			corev1.LabelHostname:             name,
			corev1.LabelTopologyZone:         m.instance.zone,
			corev1.LabelTopologyRegion:       region,
			corev1.LabelInstanceTypeStable:   m.instance.kind,
			corev1.LabelOSStable:             "linux",
			corev1.LabelArchStable:           "amd64",
			"eks.amazonaws.com/nodegroup":    m.instance.group,
			"eks.amazonaws.com/capacityType": "ON_DEMAND",
		}},
		Spec: corev1.NodeSpec{
			ProviderID: "aws:///" + m.instance.zone + "/" + m.instance.id,
			PodCIDR:    m.prefix.String(), PodCIDRs: []string{m.prefix.String()},
			Taints: []corev1.Taint{{Key: AgentNotReadyTaint, Effect: corev1.TaintEffectNoSchedule}},
		},
		Status: corev1.NodeStatus{
			Addresses: []corev1.NodeAddress{
				{Type: corev1.NodeInternalIP, Address: m.instance.address.String()},
				{Type: corev1.NodeHostName, Address: name},
				{Type: corev1.NodeInternalDNS, Address: name},
			},
			Capacity: capacity, Allocatable: capacity,
			NodeInfo: corev1.NodeSystemInfo{KubeletVersion: "v1.37.2-eks-crossvpc", OSImage: "Amazon Linux 2023", OperatingSystem: "linux", Architecture: "amd64"},
		},
	}
	if m.instance.nodePool != "" {
		asForKarpenter(node)
	}
	return node
}

// unregisteredTaint keeps everything off a node until Karpenter has given it its labels and taints.
const unregisteredTaint = "karpenter.sh/unregistered"

// asForKarpenter makes of it what the kubelet of an instance of Karpenter's registers.
func asForKarpenter(node *corev1.Node) {
	delete(node.Labels, "eks.amazonaws.com/nodegroup")
	delete(node.Labels, "eks.amazonaws.com/capacityType")
	node.Spec.Taints = append(node.Spec.Taints, corev1.Taint{Key: unregisteredTaint, Effect: corev1.TaintEffectNoExecute})
}

// unregistered: what Karpenter does to the node now would bring back a startup taint that was taken off before.
func unregistered(node *corev1.Node) bool {
	return slices.ContainsFunc(node.Spec.Taints, func(t corev1.Taint) bool { return t.Key == unregisteredTaint })
}

// unregister does what happens when an instance is gone: the kubelet falls silent, then the node lifecycle controller
// of the cloud finds no instance and deletes the Node; its CiliumNode and pods follow.
func (s *Sim) unregister(ctx context.Context, m *machine) error {
	if err := s.silence(ctx, m); err != nil {
		return err
	}
	if !pause(ctx, s.options.NodeLinger) {
		return ctx.Err()
	}
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: m.node}}
	if err := s.client.Delete(ctx, node, client.Preconditions{UID: &m.nodeUID}); client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("delete node %s: %w", m.node, err)
	}
	if err := s.deletePods(ctx, m.node); err != nil {
		return err
	}
	if err := s.deleteInterface(ctx, m.eth1.id); err != nil {
		s.options.Log.V(1).Info("the interface went with its instance", "reason", err.Error())
	}
	return nil
}

func (s *Sim) silence(ctx context.Context, m *machine) error {
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: m.node}}
	patch := fmt.Appendf(nil, `{"metadata":{"labels":{%q:null}}}`, controlplane.NodeLabel)
	if err := s.client.Patch(ctx, node, client.RawPatch(types.MergePatchType, patch)); err != nil {
		return client.IgnoreNotFound(err)
	}
	patch = []byte(`{"status":{"conditions":[{"type":"Ready","status":"Unknown","reason":"NodeStatusUnknown",` +
		`"message":"Kubelet stopped posting node status."}]}}`)
	err := s.client.Status().Patch(ctx, node, client.RawPatch(types.StrategicMergePatchType, patch))
	return client.IgnoreNotFound(err)
}

func (s *Sim) deletePods(ctx context.Context, node string) error {
	var pods corev1.PodList
	if err := s.client.List(ctx, &pods, client.MatchingFields{podNodeIndex: node}); err != nil {
		return fmt.Errorf("pods of node %s: %w", node, err)
	}
	for _, pod := range pods.Items {
		err := s.client.Delete(ctx, &pod, client.GracePeriodSeconds(0), client.Preconditions{UID: &pod.UID})
		if err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
			return fmt.Errorf("delete pod %s/%s with its node: %w", pod.Namespace, pod.Name, err)
		}
	}
	return nil
}

// setTaint puts the taint on a node, or takes it off.
func (s *Sim) setTaint(ctx context.Context, name string, tainted bool) error {
	err := retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		var node corev1.Node
		if err := s.reader.Get(ctx, client.ObjectKey{Name: name}, &node); err != nil {
			return err
		}
		before := node.DeepCopy()
		node.Spec.Taints = slices.DeleteFunc(node.Spec.Taints, func(t corev1.Taint) bool { return t.Key == AgentNotReadyTaint })
		if tainted {
			node.Spec.Taints = append(node.Spec.Taints, corev1.Taint{Key: AgentNotReadyTaint, Effect: corev1.TaintEffectNoSchedule})
		}
		return s.client.Patch(ctx, &node, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{}))
	})
	if client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("taint of node %s: %w", name, err)
	}
	return nil
}
