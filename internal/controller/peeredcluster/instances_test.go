package peeredcluster

import (
	"context"
	"fmt"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/google/go-cmp/cmp"

	"github.com/crossvpc/crossvpc/internal/rollout"
	"github.com/crossvpc/crossvpc/internal/rollout/driver"
)

// emptyGroups has groups that want two nodes and have none.
type emptyGroups struct {
	driver.AutoScaling

	names []string
}

func (e emptyGroups) DescribeAutoScalingGroups(_ context.Context, in *autoscaling.DescribeAutoScalingGroupsInput, _ ...func(*autoscaling.Options)) (*autoscaling.DescribeAutoScalingGroupsOutput, error) {
	out := &autoscaling.DescribeAutoScalingGroupsOutput{}
	for _, asked := range in.AutoScalingGroupNames {
		for _, name := range e.names {
			if name == asked {
				out.AutoScalingGroups = append(out.AutoScalingGroups, types.AutoScalingGroup{AutoScalingGroupName: &name, DesiredCapacity: awssdk.Int32(2)})
			}
		}
	}
	return out, nil
}

// TestN1AGroupWithoutANodeIsRememberedOverARestart: what a process remembers of groups is gone with it.
func TestN1AGroupWithoutANodeIsRememberedOverARestart(t *testing.T) {
	t.Parallel()
	var restarted driver.Fleet
	read, err := restarted.Read(t.Context(), emptyGroups{names: []string{"blue", "other"}}, nil, []string{"blue", "deleted"}, time.Now())
	if err != nil || read.Groups["blue"].Desired != 2 {
		t.Fatalf("%v, %+v", err, read.Groups)
	}
	if diff := cmp.Diff([]string{"blue"}, firstGroups(read.Groups)); diff != "" {
		t.Errorf("remembered (-want +got):\n%s", diff)
	}
	many := map[string]rollout.Group{}
	for i := range 2 * mostGroups {
		many[fmt.Sprintf("group-%04d", i)] = rollout.Group{}
	}
	if got := firstGroups(many); len(got) != mostGroups || got[0] != "group-0000" {
		t.Errorf("%d groups from %s, and status takes %d", len(got), got[0], mostGroups)
	}
}
