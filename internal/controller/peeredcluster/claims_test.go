package peeredcluster

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	astypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/scene"
)

// TestN4NodesThatNameInstancesOfAnotherClusterHaveNoneTerminated is the reported input: whoever may create Nodes in cluster
// eu names both instances of cluster victim, in another VPC, and asks for ReplaceNodes.
func TestN4NodesThatNameInstancesOfAnotherClusterHaveNoneTerminated(t *testing.T) {
	w := newWorld(t)
	victims := w.addGroup("victim", w.addVPC("victim", "10.13.0.0/16"), 2)
	w.installs("1.18.0", 1)
	for i, id := range victims {
		w.addNodeOn("liar-"+string(rune('a'+i)), "aws:///eu-west-1a/"+id)
	}
	w.peeredCluster(replacing("eu"))
	w.peering("eu-us", "10.12.0.0/16")
	w.blocked("liar-a", "victim-nodes in vpc-", "not in the cluster's VPC "+w.network.VPCID)
	if got := w.terminations(); len(got) > 0 {
		t.Errorf("instances of victim were terminated: %v", got)
	}
}

// TestN4OnlyNodesOfTheNamedClustersGroupsAreReplaced: the same nodes, by what the spec and the group's tags say.
func TestN4OnlyNodesOfTheNamedClustersGroupsAreReplaced(t *testing.T) {
	for name, c := range map[string]struct {
		spec, tagged string
		// says is part of the message of the blocked node; empty: it is replaced.
		says string
	}{
		"named and tagged":    {spec: "eu", tagged: "eu"},
		"nobody said a name":  {tagged: "eu", says: "Set spec.clusterName of PeeredCluster eu"},
		"of another cluster":  {spec: "eu", tagged: "other", says: "tagged as that of cluster other, not of eu alone"},
		"another name inside": {spec: "eu-2", tagged: "eu", says: "not of eu-2 alone"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			ids := w.addGroup(c.tagged, w.network, 2)
			w.installs("1.18.0", 0)
			w.addNodeOn("a", w.providerID(ids[0]))
			w.addNodeOn("b", w.providerID(ids[1]))
			w.peeredCluster(replacing(c.spec))
			w.peering("eu-us", "10.12.0.0/16")
			if c.says == "" {
				w.until("an instance terminated", func(*v1alpha1.PeeredCluster) bool { return len(w.terminations()) > 0 })
				return
			}
			w.blocked("a", c.says)
			if got := w.terminations(); len(got) > 0 {
				t.Errorf("instances were terminated: %v", got)
			}
		})
	}
}

// TestN4AnInstanceThatTwoNodesNameIsNobodys also where both nodes are of the cluster.
func TestN4AnInstanceThatTwoNodesNameIsNobodys(t *testing.T) {
	w := newWorld(t)
	ids := w.addGroup("eu", w.network, 1)
	w.installs("1.18.0", 0)
	w.addNodeOn("a", w.providerID(ids[0]))
	w.addNodeOn("b", w.providerID(ids[0]))
	w.peeredCluster(replacing("eu"))
	w.peering("eu-us", "10.12.0.0/16")
	w.blocked("a", "Nodes a, b all name instance "+ids[0])
	if got := w.terminations(); len(got) > 0 {
		t.Errorf("instances were terminated: %v", got)
	}
}

func replacing(name string) func(*v1alpha1.PeeredClusterSpec) {
	return func(spec *v1alpha1.PeeredClusterSpec) {
		spec.ClusterName, spec.Rollout.Strategy = name, v1alpha1.RolloutReplaceNodes
	}
}

// addVPC makes a further VPC in the account and region of the world's.
func (w *world) addVPC(name, block string) *scene.Network {
	w.t.Helper()
	network, err := scene.AddNetwork(w.t.Context(), w.accounts, scene.NetworkSpec{
		Account: w.network.Account, Region: w.network.Region, Name: name, Blocks: []string{block}, Zones: 1, Tables: 1,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return network
}

// addGroup makes the Auto Scaling group of a cluster's nodes and gives their instances.
func (w *world) addGroup(cluster string, network *scene.Network, nodes int32) []string {
	w.t.Helper()
	name := cluster + "-nodes"
	template, err := w.ec2.CreateLaunchTemplate(w.t.Context(), &ec2.CreateLaunchTemplateInput{
		LaunchTemplateName: &name, LaunchTemplateData: &ec2types.RequestLaunchTemplateData{
			ImageId: aws.String(scene.Image), InstanceType: ec2types.InstanceTypeM5Large, SecurityGroupIds: network.GroupIDs(scene.NodeGroup),
		},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	_, err = w.autoScaling().CreateAutoScalingGroup(w.t.Context(), &autoscaling.CreateAutoScalingGroupInput{
		AutoScalingGroupName: &name, MinSize: aws.Int32(0), MaxSize: aws.Int32(9), DesiredCapacity: &nodes,
		VPCZoneIdentifier: &network.Zones[0].Nodes.ID,
		LaunchTemplate:    &astypes.LaunchTemplateSpecification{LaunchTemplateId: template.LaunchTemplate.LaunchTemplateId, Version: aws.String("$Latest")},
		Tags:              []astypes.Tag{{Key: aws.String(scene.ClusterTag(cluster)), Value: aws.String("owned"), PropagateAtLaunch: aws.Bool(true)}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	var ids []string
	eventually(w.t, "the instances of "+cluster+" in service", func() error {
		groups, err := w.autoScaling().DescribeAutoScalingGroups(w.t.Context(), &autoscaling.DescribeAutoScalingGroupsInput{AutoScalingGroupNames: []string{name}})
		if err != nil {
			return err
		}
		ids = nil
		for _, instance := range groups.AutoScalingGroups[0].Instances {
			if instance.LifecycleState == astypes.LifecycleStateInService {
				ids = append(ids, aws.ToString(instance.InstanceId))
			}
		}
		if len(ids) < int(nodes) {
			return fmt.Errorf("%d of %d", len(ids), nodes)
		}
		return nil
	})
	slices.Sort(ids)
	return ids
}

func (w *world) autoScaling() *autoscaling.Client {
	w.t.Helper()
	config, err := w.accounts.Config(w.t.Context(), w.network.Account, w.network.Region)
	if err != nil {
		w.t.Fatal(err)
	}
	return autoscaling.NewFromConfig(config)
}

func (w *world) providerID(id string) string { return "aws:///" + w.network.Zones[0].Name + "/" + id }

// blocked reconciles until the node is Unmanaged for a reason with these parts.
func (w *world) blocked(node string, parts ...string) {
	w.t.Helper()
	w.until(node+" Unmanaged", func(object *v1alpha1.PeeredCluster) bool {
		return slices.ContainsFunc(object.Status.BlockedNodes, func(blocked v1alpha1.BlockedNode) bool {
			missing := slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(blocked.Message, part) })
			return blocked.Name == node && blocked.Reason == "Unmanaged" && !missing
		})
	})
}

func (w *world) terminations() []awssim.Entry {
	return w.cloud.Journal(awssim.Query{Action: "TerminateInstanceInAutoScalingGroup"})
}
