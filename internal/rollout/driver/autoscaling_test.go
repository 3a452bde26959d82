package driver

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/google/go-cmp/cmp"

	"github.com/crossvpc/crossvpc/internal/rollout"
	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/scene"
)

func TestAGroupThatLaunchesNothingRefuses(t *testing.T) {
	suspended := func(process string) types.AutoScalingGroup {
		return types.AutoScalingGroup{AutoScalingGroupName: aws.String("nodes"), SuspendedProcesses: []types.SuspendedProcess{{ProcessName: &process}}}
	}
	for name, c := range map[string]struct {
		group   types.AutoScalingGroup
		refuses bool
	}{
		"as it should be":          {types.AutoScalingGroup{}, false},
		"Launch suspended":         {suspended("Launch"), true},
		"Terminate suspended":      {suspended("Terminate"), true},
		"something else suspended": {suspended("AZRebalance"), false},
		"being deleted":            {types.AutoScalingGroup{Status: aws.String("Delete in progress")}, true},
	} {
		t.Run(name, func(t *testing.T) {
			got := groupOf(&c.group)
			if (got.Refuses != "") != c.refuses {
				t.Errorf("refuses = %q, want %t", got.Refuses, c.refuses)
			}
			if got.Gone != (c.group.Status != nil) {
				t.Errorf("gone: %t; a suspended process may be resumed, a deletion ends in nothing", got.Gone)
			}
		})
	}
}

func TestWhatAGroupLaunchesIsReadFromEverySpelling(t *testing.T) {
	spec := func(id, version string) *types.LaunchTemplateSpecification {
		return &types.LaunchTemplateSpecification{LaunchTemplateId: &id, LaunchTemplateName: aws.String("name-" + id), Version: &version}
	}
	template := func(id, version string) rollout.Template {
		return rollout.Template{ID: id, Name: "name-" + id, Version: version}
	}
	for name, c := range map[string]struct {
		group types.AutoScalingGroup
		want  []rollout.Template
	}{
		"a launch template":      {types.AutoScalingGroup{LaunchTemplate: spec("lt-1", "$Default")}, []rollout.Template{template("lt-1", "$Default")}},
		"a launch configuration": {types.AutoScalingGroup{LaunchConfigurationName: aws.String("lc-1")}, []rollout.Template{{Name: "lc-1"}}},
		"a mixed instances policy, as of a managed node group": {types.AutoScalingGroup{MixedInstancesPolicy: &types.MixedInstancesPolicy{LaunchTemplate: &types.LaunchTemplate{
			LaunchTemplateSpecification: spec("lt-1", "3"),
			Overrides:                   []types.LaunchTemplateOverrides{{InstanceType: aws.String("m5.large")}, {InstanceType: aws.String("m6g.large"), LaunchTemplateSpecification: spec("lt-arm", "1")}},
		}}}, []rollout.Template{template("lt-1", "3"), template("lt-arm", "1")}},
		"a policy without a template": {types.AutoScalingGroup{MixedInstancesPolicy: &types.MixedInstancesPolicy{}}, nil},
		"nothing":                     {types.AutoScalingGroup{}, nil},
	} {
		if diff := cmp.Diff(c.want, launches(&c.group)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestAGroupThatWasAskedForAndIsNotThereIsGone(t *testing.T) {
	r := newRegion(t, 1)
	var fleet Fleet
	read, err := fleet.Read(t.Context(), r, nil, []string{r.group, "deleted"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"deleted"}, read.Gone); diff != "" {
		t.Errorf("gone (-want +got):\n%s", diff)
	}
	if gone := GoneGroup("deleted"); !gone.Gone || gone.Refuses != "Auto Scaling group deleted does not exist any more" {
		t.Errorf("said of it: %+v", gone)
	}
}

type proverFunc func(node string, instance rollout.Instance, group rollout.Group) string

func (f proverFunc) Unproven(_ context.Context, node string, instance rollout.Instance, group rollout.Group) (string, error) {
	return f(node, instance, group), nil
}

// own proves every instance to be the node's.
var own = proverFunc(func(string, rollout.Instance, rollout.Group) string { return "" })

// region is a simulated AWS with one cluster's Auto Scaling group of running instances.
type region struct {
	*autoscaling.Client
	t     *testing.T
	cloud *awssim.Cloud
	group string
	// subnets are those of the group.
	subnets []string
}

func newRegion(t *testing.T, nodes int) *region {
	t.Helper()
	cloud := awssim.New(awssim.Options{})
	url, err := cloud.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	accounts := scene.KeyPerAccount(url)
	network, err := scene.AddNetwork(t.Context(), accounts, scene.CanonicalRequester())
	if err != nil {
		t.Fatal(err)
	}
	cluster, err := scene.AddCluster(t.Context(), accounts, network, scene.ClusterSpec{Name: "eu", Nodes: nodes})
	if err != nil {
		t.Fatal(err)
	}
	config, err := accounts.Config(t.Context(), network.Account, network.Region)
	if err != nil {
		t.Fatal(err)
	}
	r := &region{Client: autoscaling.NewFromConfig(config), t: t, cloud: cloud, group: cluster.AutoScalingGroup}
	for _, zone := range network.Zones {
		r.subnets = append(r.subnets, zone.Nodes.ID)
	}
	slices.Sort(r.subnets)
	r.eventually("the instances to be in service", func() bool { return len(r.inService()) == nodes })
	return r
}

func (r *region) eventually(what string, done func() bool) {
	r.t.Helper()
	(&stage{t: r.t}).eventually(what, done)
}

func (r *region) inService() []string {
	r.t.Helper()
	out, err := r.DescribeAutoScalingInstances(r.t.Context(), &autoscaling.DescribeAutoScalingInstancesInput{})
	if err != nil {
		r.t.Fatal(err)
	}
	var ids []string
	for _, instance := range out.AutoScalingInstances {
		if aws.ToString(instance.LifecycleState) == "InService" {
			ids = append(ids, aws.ToString(instance.InstanceId))
		}
	}
	return ids
}

func (r *region) terminations() int {
	return len(r.cloud.Journal(awssim.Query{Action: "TerminateInstanceInAutoScalingGroup"}))
}

func TestN4AnInstanceIsReplacedByTheGroupThatAWSNamesForIt(t *testing.T) {
	t.Parallel()
	r := newRegion(t, 2)
	old := r.inService()[0]
	instances, err := Instances(t.Context(), r, []string{old, "i-00000000000000000"})
	if err != nil {
		t.Fatal(err)
	}
	from := rollout.Template{ID: instances[old].From.ID, Name: "eu-nodes", Version: "1"}
	if diff := cmp.Diff(map[string]rollout.Instance{old: {ID: old, Group: r.group, Zone: instances[old].Zone, From: from}}, instances); diff != "" {
		t.Errorf("instances (-want +got):\n%s", diff)
	}
	if !strings.HasPrefix(instances[old].Zone, "eu-west-1") {
		t.Errorf("the instance is in zone %q", instances[old].Zone)
	}

	replacement := rollout.Replacement{InstanceID: old, Group: r.group, Since: time.Unix(0, 0)}
	for range 3 {
		if err := Terminate(t.Context(), r, own, "n", replacement); err != nil {
			t.Fatal(err)
		}
	}
	if got := r.terminations(); got != 1 {
		t.Errorf("%d terminations after 3 calls, want 1", got)
	}
	r.eventually("a successor to be in service", func() bool {
		ids := r.inService()
		return len(ids) == 2 && !slices.Contains(ids, old)
	})
	groups, members, err := Groups(t.Context(), r, []string{r.group, "none"})
	if err != nil {
		t.Fatal(err)
	}
	asked, err := Instances(t.Context(), r, slices.Sorted(maps.Keys(members)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(asked, members); diff != "" || len(members) < 2 {
		t.Errorf("the group's instances (-asked for one by one +named by the group):\n%s", diff)
	}
	from.Version = rollout.LatestVersion
	want := rollout.Group{Desired: 2, Launches: []rollout.Template{from}, Subnets: r.subnets, Tags: map[string]string{"Name": r.group, "kubernetes.io/cluster/eu": "owned"}}
	if diff := cmp.Diff(map[string]rollout.Group{r.group: want}, groups); diff != "" {
		t.Errorf("the group's size, subnets and tags (-want +got):\n%s", diff)
	}
}

func TestN4AnInstanceThatCannotBeProvenIsNotTerminated(t *testing.T) {
	t.Parallel()
	r := newRegion(t, 1)
	id := r.inService()[0]
	if err := Terminate(t.Context(), r, own, "n", rollout.Replacement{InstanceID: id, Group: "another"}); err == nil {
		t.Error("terminated an instance of another group than was planned")
	}
	if err := Terminate(t.Context(), r, own, "n", rollout.Replacement{InstanceID: "i-00000000000000000", Group: r.group}); err != nil {
		t.Errorf("an instance that is gone: %v", err)
	}
	asked := proverFunc(func(node string, instance rollout.Instance, group rollout.Group) string {
		return strings.Join([]string{"it is not that of", node, instance.ID, group.Tags["Name"]}, " ")
	})
	err := Terminate(t.Context(), r, asked, "n", rollout.Replacement{InstanceID: id, Group: r.group})
	if err == nil || !strings.Contains(err.Error(), "it is not that of n "+id+" "+r.group) {
		t.Errorf("an instance that is not the node's, by what AWS says of its group just now: %v", err)
	}
	if got := r.terminations(); got != 0 {
		t.Errorf("%d terminations, want none", got)
	}
}

func TestNoNamesAskForNoGroupsRatherThanForAll(t *testing.T) {
	t.Parallel()
	r := newRegion(t, 1)
	groups, members, err := Groups(t.Context(), r, nil)
	if err != nil || len(groups)+len(members) > 0 {
		t.Errorf("groups %v %v, %v, want none", groups, members, err)
	}
	instances, err := Instances(t.Context(), r, nil)
	if err != nil || len(instances) > 0 {
		t.Errorf("instances %v, %v, want none", instances, err)
	}
}
