package scene_test

import (
	"context"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/google/go-cmp/cmp"

	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/scene"
)

// accounts leads to a simulated AWS of the test's own, or to the moto server that SCENE_MOTO_URL names.
func accounts(t *testing.T) *scene.Accounts {
	t.Helper()
	if url := os.Getenv("SCENE_MOTO_URL"); url != "" {
		return scene.RolePerAccount(url)
	}
	url, err := awssim.New(awssim.Options{}).Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return scene.KeyPerAccount(url)
}

func client(t *testing.T, a *scene.Accounts, n *scene.Network) aws.Config {
	t.Helper()
	config, err := a.Config(t.Context(), n.Account, n.Region)
	if err != nil {
		t.Fatal(err)
	}
	return config
}

func TestTheCanonicalGraphHasTwoBlocksThreeTablesAndTwoGroupsASide(t *testing.T) {
	t.Parallel()
	a := accounts(t)
	pair, err := scene.Canonical(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []*scene.Network{pair.Requester, pair.Accepter} {
		got := []int{len(n.Blocks), len(n.Zones), len(n.Tables), len(n.Groups)}
		if diff := cmp.Diff([]int{2, 3, 3, 2}, got); diff != "" {
			t.Errorf("%s: blocks, zones, tables, groups (-want +got):\n%s", n.Name, diff)
		}
		if got, want := associatedSubnets(t, a, n), slices.Sorted(slices.Values(n.Subnets())); !slices.Equal(got, want) {
			t.Errorf("%s: subnets associated with a table: %v, want %v", n.Name, got, want)
		}
	}
	if pair.Requester.Region == pair.Accepter.Region || pair.Requester.Account == pair.Accepter.Account {
		t.Error("both sides are in one region or account")
	}
}

func associatedSubnets(t *testing.T, a *scene.Accounts, n *scene.Network) []string {
	t.Helper()
	out, err := ec2.NewFromConfig(client(t, a, n)).DescribeRouteTables(t.Context(), &ec2.DescribeRouteTablesInput{RouteTableIds: n.Tables})
	if err != nil {
		t.Fatal(err)
	}
	var subnets []string
	for _, table := range out.RouteTables {
		for _, association := range table.Associations {
			subnets = append(subnets, aws.ToString(association.SubnetId))
		}
	}
	slices.Sort(subnets)
	return subnets
}

func TestRivalsPairsDoNotOverlap(t *testing.T) {
	t.Parallel()
	pairs, err := scene.Rivals(t.Context(), accounts(t), 3)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, pair := range pairs {
		for _, n := range []*scene.Network{pair.Requester, pair.Accepter} {
			if seen[n.Blocks[0]] || len(n.Tables) != 3 || len(n.Groups) != 1 {
				t.Errorf("%+v: want a block of its own, 3 tables, 1 group", n)
			}
			seen[n.Blocks[0]] = true
		}
	}
}

func TestAClusterHasItsNodesInEveryZone(t *testing.T) {
	t.Parallel()
	a := accounts(t)
	n, err := scene.AddNetwork(t.Context(), a, scene.CanonicalRequester())
	if err != nil {
		t.Fatal(err)
	}
	cluster, err := scene.AddCluster(t.Context(), a, n, scene.ClusterSpec{Name: "eu", Nodes: 3})
	if err != nil {
		t.Fatal(err)
	}
	moto := os.Getenv("SCENE_MOTO_URL") != ""
	// moto makes no security group for a cluster.
	if len(cluster.PodGroups) != 1 || cluster.PodGroups[0] != n.Groups[scene.PodGroup] || cluster.SecurityGroup == "" && !moto {
		t.Errorf("groups: %+v", cluster)
	}
	config := client(t, a, n)
	var subnets []string
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for deadline := time.Now().Add(2 * time.Minute); len(subnets) < 3 && time.Now().Before(deadline); <-ticker.C {
		subnets = running(t, config, cluster)
	}
	want := []string{n.Zones[0].Nodes.ID, n.Zones[1].Nodes.ID, n.Zones[2].Nodes.ID}
	if moto {
		want = slices.Repeat(want[:1], 3) // moto launches everything in the first subnet
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, subnets); diff != "" {
		t.Errorf("subnets of the instances (-want +got):\n%s", diff)
	}
}

func running(t *testing.T, config aws.Config, cluster *scene.Cluster) []string {
	t.Helper()
	out, err := ec2.NewFromConfig(config).DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{Filters: []types.Filter{
		{Name: aws.String("tag:" + scene.ClusterTag(cluster.Name)), Values: []string{"owned"}},
		{Name: aws.String("instance-state-name"), Values: []string{"running"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	var subnets []string
	for _, reservation := range out.Reservations {
		for _, instance := range reservation.Instances {
			subnets = append(subnets, aws.ToString(instance.SubnetId))
		}
	}
	slices.Sort(subnets)
	return subnets
}

func TestAWrongSpecIsRefusedBeforeAnyCall(t *testing.T) {
	t.Parallel()
	for name, spec := range map[string]scene.NetworkSpec{
		"no block":        {},
		"block too small": {Blocks: []string{"10.0.0.0/20"}},
		"too many zones":  {Blocks: []string{"10.0.0.0/16"}, Zones: 5},
		"too many tables": {Blocks: []string{"10.0.0.0/16"}, Zones: 1, Tables: 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := scene.AddNetwork(context.Background(), scene.KeyPerAccount("http://127.0.0.1:1"), spec); err == nil {
				t.Error("no error")
			}
		})
	}
}
