package aws_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/test/awssim"
)

const (
	payingAccount = "222222222222"
	otherAccount  = "333333333333"
)

// assumed is an identity of an account, whose role exists.
func assumed(t *testing.T, cloud *awssim.Cloud, account, name string) aws.Identity {
	t.Helper()
	arn := "arn:aws:iam::" + account + ":role/" + name
	if err := cloud.DeclareRole(awssim.Role{ARN: arn, Principals: []string{"111111111111"}}); err != nil {
		t.Fatal(err)
	}
	return aws.Identity{Name: name, RoleARN: arn}
}

// flood makes the same write as fast as it may until the context is done, by some workers for each identity.
func flood(ctx context.Context, group *sync.WaitGroup, clients *aws.Clients, identity aws.Identity, action peering.Action) {
	for range 8 {
		group.Go(func() {
			for ctx.Err() == nil {
				_, _ = clients.Apply(ctx, identity, "eu-west-1", action) // what it acts on is gone, which is as good
			}
		})
	}
}

// during counts the calls of an action that were made between two moments after the beginning.
func during(cloud *awssim.Cloud, query awssim.Query, began time.Time, from, to time.Duration) int {
	calls := 0
	for _, entry := range cloud.Journal(query) {
		if after := entry.Start.Sub(began); after >= from && after < to {
			calls++
		}
	}
	return calls
}

func wantRate(t *testing.T, what string, calls int, over time.Duration, low, high float64) {
	t.Helper()
	if rate := float64(calls) / over.Seconds(); rate < low || rate > high {
		t.Errorf("%s: %.1f calls a second, want %.1f to %.1f", what, rate, low, high)
	}
}

// Two identities of one account share what AWS lets the account do; another action, and another account, have their own.
func TestPaceWritesBeginAtTwentyASecondFallToFiveWhenThrottledAndClimbAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud, clients := inProcess()
		first, second, other := assumed(t, cloud, payingAccount, "first"), assumed(t, cloud, payingAccount, "second"), assumed(t, cloud, otherAccount, "first")
		route := peering.DeleteRoute{On: peering.Requester, RouteTableID: "rtb-0123456789abcdef0", Destination: netip.MustParsePrefix("10.1.0.0/16")}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		began := time.Now()
		var group sync.WaitGroup
		flood(ctx, &group, clients, first, route)
		flood(ctx, &group, clients, second, route)
		flood(ctx, &group, clients, other, route)
		flood(ctx, &group, clients, first, peering.DeleteConnection{On: peering.Requester, ID: "pcx-0123456789abcdef0"})
		<-time.After(time.Minute)
		// One refusal, as AWS makes it when the account's bucket is empty.
		if _, err := cloud.Inject(awssim.Fault{Service: "ec2", Action: "DeleteRoute", Account: payingAccount, Effect: awssim.ErrorAnswer, Code: "RequestLimitExceeded", Status: http.StatusServiceUnavailable}); err != nil {
			t.Fatal(err)
		}
		group.Wait()
		own := awssim.Query{Action: "DeleteRoute", Account: payingAccount}
		const span = 20 * time.Second
		wantRate(t, "at the beginning, both identities", during(cloud, own, began, 30*time.Second, 50*time.Second), span, 19, 21)
		wantRate(t, "after the refusal, both identities", during(cloud, own, began, 65*time.Second, 85*time.Second), span, 4, 6)
		wantRate(t, "halfway up, both identities", during(cloud, own, began, 140*time.Second, 160*time.Second), span, 10, 16)
		wantRate(t, "at the end, both identities", during(cloud, own, began, 270*time.Second, 290*time.Second), span, 19, 21)
		wantRate(t, "another action of the account", during(cloud, awssim.Query{Action: "DeleteVpcPeeringConnection"}, began, 65*time.Second, 85*time.Second), span, 19, 21)
		wantRate(t, "the action of another account", during(cloud, awssim.Query{Action: "DeleteRoute", Account: otherAccount}, began, 65*time.Second, 85*time.Second), span, 19, 21)
	})
}

// What EC2 takes and gives at most (EC2 API, Filter and the Describe actions' MaxResults).
const (
	mostFilterValues = 200
	mostTablesOnPage = 100
	tablesOfVPC      = 4
)

// TestPaceIdleReadsGrowByPagesOfTheLargestSizeOnly has one peering for each VPC of a region, which is what grows most.
func TestPaceIdleReadsGrowByPagesOfTheLargestSizeOnly(t *testing.T) {
	for _, peerings := range []int{1, 20, 300} {
		t.Run(strconv.Itoa(peerings), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cloud, clients := inProcess()
				vpcs := manyVPCs(t, cloud, peerings)
				sweep := time.Now().Truncate(time.Minute).Add(time.Minute)
				<-time.After(time.Until(sweep))
				for _, vpc := range vpcs {
					clients.Reader(aws.Identity{}, "eu-west-1").Want(aws.Query{Owner: vpc.id, VPC: vpc.id, Groups: []string{vpc.group}, Kinds: aws.AllKinds})
				}
				cloud.ClearJournal()
				for _, vpc := range vpcs {
					query := aws.Query{Owner: vpc.id, VPC: vpc.id, Groups: []string{vpc.group}, Kinds: aws.AllKinds, NotBefore: sweep}
					if _, err := clients.Reader(aws.Identity{}, "eu-west-1").Side(t.Context(), query); err != nil {
						t.Fatal(err)
					}
				}
				got := map[string]int{}
				for _, entry := range cloud.Journal(awssim.Query{Service: "ec2"}) {
					got[entry.Action]++
				}
				t.Logf("figures: a sweep at %d peerings: %v", peerings, got)
				if want := idleCalls(peerings); !maps.Equal(got, want) {
					t.Errorf("a sweep costs %v, want %v", got, want)
				}
			})
		})
	}
}

// idleCalls are one list of each kind, for as many VPCs as a filter takes, and its pages.
func idleCalls(vpcs int) map[string]int {
	want := map[string]int{"DescribeVpcPeeringConnections": 1}
	for rest := vpcs; rest > 0; rest -= mostFilterValues {
		for _, action := range []string{"DescribeVpcs", "DescribeSecurityGroups", "DescribeSecurityGroupRules"} {
			want[action]++
		}
		want["DescribeRouteTables"] += (min(rest, mostFilterValues)*tablesOfVPC + mostTablesOnPage - 1) / mostTablesOnPage
	}
	return want
}

type smallVPC struct{ id, group string }

// manyVPCs have three tables beside the main one, and one group.
func manyVPCs(t *testing.T, cloud *awssim.Cloud, n int) []smallVPC {
	t.Helper()
	api := ec2.New(ec2.Options{
		Region: "eu-west-1", BaseEndpoint: awssdk.String("http://aws"), HTTPClient: &http.Client{Transport: cloud.RoundTripper()},
		Credentials: credentials.NewStaticCredentialsProvider("111111111111", "any", ""),
	})
	made := make([]smallVPC, n)
	for i := range made {
		vpc, err := api.CreateVpc(t.Context(), &ec2.CreateVpcInput{CidrBlock: awssdk.String(fmt.Sprintf("10.%d.%d.0/24", i/256, i%256))})
		if err != nil {
			t.Fatal(err)
		}
		id := awssdk.ToString(vpc.Vpc.VpcId)
		for range tablesOfVPC - 1 {
			if _, err := api.CreateRouteTable(t.Context(), &ec2.CreateRouteTableInput{VpcId: &id}); err != nil {
				t.Fatal(err)
			}
		}
		group, err := api.CreateSecurityGroup(t.Context(), &ec2.CreateSecurityGroupInput{VpcId: &id, GroupName: awssdk.String("pods"), Description: awssdk.String("pods")})
		if err != nil {
			t.Fatal(err)
		}
		made[i] = smallVPC{id, awssdk.ToString(group.GroupId)}
	}
	return made
}
