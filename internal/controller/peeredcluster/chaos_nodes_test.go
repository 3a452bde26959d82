package peeredcluster

import (
	"fmt"
	"maps"
	"slices"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	astypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/rollout"
	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

// foreign is what somebody else has in the cluster, which nobody may touch.
func (c *chaosWorld) foreign() {
	c.t.Helper()
	config := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{
		"nodeSelector": map[string]any{}, "defaults": map[string]any{"debug": "true"},
	}}}
	config.SetGroupVersionKind(cilium.KindOf("CiliumNodeConfig", "v2"))
	config.SetNamespace("kube-system")
	config.SetName("theirs")
	c.create(config)
	group := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{"externalCIDRs": []any{"192.0.2.0/24"}}}}
	group.SetGroupVersionKind(cilium.KindOf("CiliumCIDRGroup", "v2"))
	group.SetName("theirs")
	c.create(group)
}

// followGroup gives each instance of the Auto Scaling group its node, and takes away the nodes whose instance is gone.
func (c *chaosWorld) followGroup() {
	c.t.Helper()
	out, err := c.autoScaling().DescribeAutoScalingGroups(c.t.Context(), &autoscaling.DescribeAutoScalingGroupsInput{})
	if err != nil {
		c.t.Fatal(err)
	}
	running := map[string]bool{}
	for _, instance := range out.AutoScalingGroups[0].Instances {
		if instance.LifecycleState == astypes.LifecycleStateInService {
			running[awssdk.ToString(instance.InstanceId)] = true
		}
	}
	for _, node := range c.nodes() {
		id, _ := podrules.InstanceID(node.Spec.ProviderID)
		if !running[id] {
			c.removeNode(&node)
		}
		delete(running, id)
	}
	for _, id := range slices.Sorted(maps.Keys(running)) {
		name := "node-" + id
		c.addNodeOn(name, c.providerID(id))
		c.addPod("web-"+id, name)
	}
}

func (c *chaosWorld) removeNode(node *corev1.Node) {
	c.t.Helper()
	c.world.removeNode(node)
	delete(c.theirs, node.Name)
}

// looksOn checks after each reconciliation what has to hold at any time.
func (c *chaosWorld) looksOn() {
	c.t.Helper()
	now, object := map[string]bool{}, c.present()
	for _, node := range c.nodes() {
		record, _ := rollout.ParseRecord(node.Annotations[rollout.Annotation])
		if record.Held() {
			id, _ := podrules.InstanceID(node.Spec.ProviderID)
			now[id] = true
		}
		if c.theirs[node.Name] && !node.Spec.Unschedulable {
			c.t.Errorf("node %s was uncordoned, and somebody else had cordoned it (N3)", node.Name)
		}
	}
	most := 1
	if object != nil {
		most = int(object.Spec.Rollout.MaxUnavailable)
		for _, replacement := range object.Status.Replacements {
			now[replacement.InstanceID] = true
		}
	}
	for id := range now {
		if !c.inProgress[id] && len(now) > most {
			c.t.Errorf("work on %s began, and now %d nodes are in progress where maxUnavailable is %d (N1)", id, len(now), most)
		}
	}
	c.inProgress = now
}

// cordon is somebody else who cordons a node, or uncordons the one that they had cordoned.
func (c *chaosWorld) cordon(n int) {
	c.t.Helper()
	nodes := c.nodes()
	if len(nodes) == 0 {
		return
	}
	node := nodes[n%len(nodes)]
	switch {
	case c.theirs[node.Name]:
		delete(c.theirs, node.Name)
		c.setCordon(node.Name, false)
	case !node.Spec.Unschedulable:
		c.theirs[node.Name] = true
		c.setCordon(node.Name, true)
	}
}

// removeAgent is somebody who deletes the agent's pod of a node.
func (c *chaosWorld) removeAgent(n int) {
	c.t.Helper()
	var pods corev1.PodList
	if err := c.kube.List(c.t.Context(), &pods, client.MatchingLabels{"k8s-app": "cilium"}); err != nil {
		c.t.Fatal(err)
	}
	if len(pods.Items) > 0 {
		_ = c.kube.Delete(c.t.Context(), &pods.Items[n%len(pods.Items)], client.GracePeriodSeconds(0))
	}
	c.playNodes()
}

// deploy is somebody who deploys a pod; the scheduler does not put it on a cordoned node.
func (c *chaosWorld) deploy(n int) {
	c.t.Helper()
	nodes := c.nodes()
	if node := nodes[n%len(nodes)]; !node.Spec.Unschedulable {
		c.addPod(fmt.Sprintf("late-%d", c.clock.Now().UnixNano()), node.Name)
	}
}

// changeConfigs is somebody who deletes what is ours in Cilium's configuration, or writes another value into it.
func (c *chaosWorld) changeConfigs(n int) {
	c.t.Helper()
	for _, config := range c.nodeConfigs() {
		if config.Metadata.Name == "theirs" {
			continue
		}
		object, err := config.Unstructured("v2")
		if err != nil {
			c.t.Fatal(err)
		}
		c.unseen = true
		if n%2 == 0 {
			_ = c.kube.Delete(c.t.Context(), object)
			continue
		}
		patch := client.RawPatch("application/merge-patch+json", []byte(`{"spec":{"defaults":{"ipv4-native-routing-cidr":"10.11.0.0/16"}}}`))
		_ = c.kube.Patch(c.t.Context(), object, patch)
	}
}
