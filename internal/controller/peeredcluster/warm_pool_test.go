package peeredcluster

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	astypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
)

// TestNodesThatRunInAWarmPoolAndJoinedGetTheValueInPlace: a group of self-managed nodes keeps running instances in its warm pool, whose
// user data had them join. Pods run there, so the cluster is not Ready before they have the value, and none of them can be replaced.
func TestNodesThatRunInAWarmPoolAndJoinedGetTheValueInPlace(t *testing.T) {
	w := newWorld(t)
	w.addGroup("eu", w.network, 0)
	ids := w.addWarmPool("eu-nodes", 2)
	w.installs("1.18.0", 0)
	for i, name := range []string{"a", "b"} {
		w.addNodeOn(name, w.providerID(ids[i]))
		w.addPod("web-"+name, name)
	}
	w.peeredCluster(replacing("eu"))
	w.peering("eu-us", "10.12.0.0/16")
	object := w.ready()
	if nodes := object.Status.Nodes; nodes.Total != 2 || nodes.Current != 2 {
		t.Errorf("status counts %+v, want two that run the value", nodes)
	}
	if started := w.startedOn(); len(started) != 2 {
		t.Errorf("started on %v, want both", started)
	}
	if got := w.terminations(); len(got) > 0 {
		t.Errorf("asked to terminate instances of a warm pool: %v", got)
	}
	if err := w.setDesired("eu-nodes", 1); err != nil {
		t.Fatal(err)
	}
	if nodes := w.ready().Status.Nodes; nodes.Current != 2 {
		t.Errorf("one entered service, and status counts %+v", nodes)
	}
}

func (w *world) setDesired(group string, nodes int32) error {
	_, err := w.autoScaling().SetDesiredCapacity(w.t.Context(), &autoscaling.SetDesiredCapacityInput{AutoScalingGroupName: &group, DesiredCapacity: &nodes})
	return err
}

// addWarmPool gives the group a warm pool of so many running instances.
func (w *world) addWarmPool(group string, count int32) []string {
	w.t.Helper()
	_, err := w.autoScaling().PutWarmPool(w.t.Context(), &autoscaling.PutWarmPoolInput{
		AutoScalingGroupName: &group, PoolState: astypes.WarmPoolStateRunning, MaxGroupPreparedCapacity: &count,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	var ids []string
	eventually(w.t, "instances in the warm pool of "+group, func() error {
		out, err := w.autoScaling().DescribeWarmPool(w.t.Context(), &autoscaling.DescribeWarmPoolInput{AutoScalingGroupName: &group})
		if err != nil {
			return err
		}
		ids = nil
		for _, instance := range out.Instances {
			if instance.LifecycleState == astypes.LifecycleStateWarmedRunning {
				ids = append(ids, aws.ToString(instance.InstanceId))
			}
		}
		if len(ids) != int(count) {
			return fmt.Errorf("%d of %d", len(ids), count)
		}
		return nil
	})
	return ids
}
