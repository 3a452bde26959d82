package awssim_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	astypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/crossvpc/crossvpc/test/awssim"
)

// nodeGroup makes an Auto Scaling group of so many instances in a subnet of its own.
func nodeGroup(t *testing.T, url string, size int32) (*autoscaling.Client, *ec2.Client) {
	t.Helper()
	config := configFor(url, accountA, regionA)
	compute, scaling := ec2.NewFromConfig(config), autoscaling.NewFromConfig(config)
	vpc := makeVpc(t, compute, "10.11.0.0/16")
	subnet := must[*ec2.CreateSubnetOutput](t)(compute.CreateSubnet(t.Context(), &ec2.CreateSubnetInput{VpcId: &vpc, CidrBlock: aws.String("10.11.0.0/20")}))
	template := must[*ec2.CreateLaunchTemplateOutput](t)(compute.CreateLaunchTemplate(t.Context(), &ec2.CreateLaunchTemplateInput{
		LaunchTemplateName: aws.String("nodes"),
		LaunchTemplateData: &types.RequestLaunchTemplateData{ImageId: aws.String("ami-1"), InstanceType: types.InstanceTypeM5Large},
	}))
	must[*autoscaling.CreateAutoScalingGroupOutput](t)(scaling.CreateAutoScalingGroup(t.Context(), &autoscaling.CreateAutoScalingGroupInput{
		AutoScalingGroupName: aws.String("nodes"), MinSize: aws.Int32(0), MaxSize: &size, DesiredCapacity: &size,
		VPCZoneIdentifier: subnet.Subnet.SubnetId,
		LaunchTemplate:    &astypes.LaunchTemplateSpecification{LaunchTemplateId: template.LaunchTemplate.LaunchTemplateId},
	}))
	return scaling, compute
}

// seen collects what OnInstance tells, as "state group".
type seen struct {
	mutex  sync.Mutex
	states []string
}

func (s *seen) add(event awssim.InstanceEvent) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.states = append(s.states, event.State+" "+event.Tags["aws:autoscaling:groupName"])
}

func (s *seen) all() []string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return slices.Clone(s.states)
}

// eventually polls until the condition holds.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	err := wait.PollUntilContextTimeout(t.Context(), 5*time.Millisecond, 2*time.Minute, true,
		func(context.Context) (bool, error) { return condition(), nil })
	if err != nil {
		t.Fatalf("never saw: %s", what)
	}
}

func TestWhoFollowsInstancesIsToldOfAReplacementWithoutMakingAnyCall(t *testing.T) {
	cloud, url := start(t, awssim.Realistic())
	scaling, _ := nodeGroup(t, url, 1)
	var told seen
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	cloud.OnInstance(ctx, told.add)
	// Nobody calls the API meanwhile: the clock alone must be enough.
	cloud.Clock().Advance(time.Minute)
	eventually(t, "the instance running", func() bool { return slices.Contains(told.all(), "running nodes") })

	id := cloud.InstancesSince(0)[0].ID
	must[*autoscaling.TerminateInstanceInAutoScalingGroupOutput](t)(scaling.TerminateInstanceInAutoScalingGroup(t.Context(),
		&autoscaling.TerminateInstanceInAutoScalingGroupInput{InstanceId: &id, ShouldDecrementDesiredCapacity: aws.Bool(false)}))
	cloud.Clock().Advance(time.Minute)
	want := []string{"pending nodes", "running nodes", "shutting-down nodes", "terminated nodes", "pending nodes", "running nodes"}
	eventually(t, "the whole replacement", func() bool { return len(told.all()) == len(want) })
	// Termination and replacement overlap; only the order within each instance is AWS's.
	got := told.all()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("told of %v, want %v", got, want)
	}
}

func TestAReplacementComesAfterTheDelayThatIsSet(t *testing.T) {
	timing := awssim.Instant()
	timing.Transitions = map[string]awssim.Duration{"auto-scaling-group/replacing": awssim.Duration(time.Hour)}
	cloud, url := start(t, timing)
	_, compute := nodeGroup(t, url, 1)
	id := cloud.InstancesSince(0)[0].ID
	must[*ec2.TerminateInstancesOutput](t)(compute.TerminateInstances(t.Context(), &ec2.TerminateInstancesInput{InstanceIds: []string{id}}))
	launches := func() int {
		return len(slices.DeleteFunc(cloud.InstancesSince(0), func(e awssim.InstanceEvent) bool { return e.State != "pending" }))
	}
	cloud.Clock().Advance(59 * time.Minute)
	if launches() != 1 {
		t.Errorf("%d launches before the delay was over", launches())
	}
	cloud.Clock().Advance(2 * time.Minute)
	if launches() != 2 {
		t.Errorf("%d launches after the delay, want the first and its replacement", launches())
	}
}

func TestAGroupThatCannotLaunchSaysSoAndTriesAgain(t *testing.T) {
	cloud, url := start(t, awssim.Instant())
	scaling, compute := nodeGroup(t, url, 1)
	id := cloud.InstancesSince(0)[0].ID
	must[*ec2.DeleteLaunchTemplateOutput](t)(compute.DeleteLaunchTemplate(t.Context(), &ec2.DeleteLaunchTemplateInput{LaunchTemplateName: aws.String("nodes")}))
	must[*ec2.TerminateInstancesOutput](t)(compute.TerminateInstances(t.Context(), &ec2.TerminateInstancesInput{InstanceIds: []string{id}}))
	failures := func() int {
		out := must[*autoscaling.DescribeScalingActivitiesOutput](t)(scaling.DescribeScalingActivities(t.Context(), &autoscaling.DescribeScalingActivitiesInput{}))
		count := 0
		for _, activity := range out.Activities {
			if activity.StatusCode == astypes.ScalingActivityStatusCodeFailed && strings.Contains(*activity.Description, "InvalidLaunchTemplateId.NotFound") {
				count++
			}
		}
		return count
	}
	if failures() != 1 {
		t.Errorf("%d failed launches, want 1", failures())
	}
	cloud.Clock().Advance(61 * time.Second)
	if failures() != 2 {
		t.Errorf("%d failed launches a minute later, want 2", failures())
	}
}

func TestInstancesCanBeFollowedOverHTTP(t *testing.T) {
	cloud, url := start(t, awssim.Realistic())
	nodeGroup(t, url, 2)
	cloud.Clock().Advance(time.Minute)
	read := func(since string) []awssim.InstanceEvent {
		request := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/_awssim/instances?since="+since, http.NoBody))
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		var events []awssim.InstanceEvent
		if err := errors.Join(json.NewDecoder(response.Body).Decode(&events), response.Body.Close()); err != nil {
			t.Fatal(err)
		}
		return events
	}
	if all := read("0"); len(all) != 4 || all[0].PrivateIP != "10.11.0.4" || all[0].PrivateDNS != "ip-10-11-0-4.eu-west-1.compute.internal" {
		t.Errorf("got %+v, want two instances pending and running", all)
	}
	if rest := read("3"); len(rest) != 1 || rest[0].Sequence != 4 {
		t.Errorf("got %+v, want the fourth event only", rest)
	}
}

func TestWhatTheCloudIsToldIsChecked(t *testing.T) {
	cloud, _ := start(t, awssim.Instant())
	for name, err := range map[string]error{
		"a role that is none": cloud.DeclareRole(awssim.Role{ARN: "role/x"}),
		"an unknown quota":    cloud.SetQuota(accountA, "L-00000000", 1),
		"a cluster of nobody": cloud.SetClusterEndpoint(awssim.Place{Account: accountA, Region: regionA}, "prod", "https://127.0.0.1", ""),
	} {
		if err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}
