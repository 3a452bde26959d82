package awssim_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/crossvpc/crossvpc/test/awssim"
)

func TestAParameterThatAnActionDoesNotKnowIsRefused(t *testing.T) {
	_, endpoint := start(t, awssim.Instant())
	_, err := ec2For(endpoint, accountA, regionA).CreateVpc(t.Context(), &ec2.CreateVpcInput{
		CidrBlock: aws.String("10.11.0.0/16"), Ipv4IpamPoolId: aws.String("ipam-pool-1"),
	})
	wantCode(t, err, "UnknownParameter")
	if err == nil || !strings.Contains(err.Error(), "Ipv4IpamPoolId") {
		t.Errorf("error %v does not name the parameter", err)
	}
}

func TestAnUnknownFilterIsRefusedEvenWhereNothingIsFound(t *testing.T) {
	_, endpoint := start(t, awssim.Instant())
	_, err := ec2For(endpoint, accountA, regionA).DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{
		Filters: []types.Filter{{Name: aws.String("colour"), Values: []string{"blue"}}},
	})
	wantCode(t, err, "InvalidParameterValue")
}

func TestAnActionThatIsNotImplementedIsRefused(t *testing.T) {
	_, endpoint := start(t, awssim.Instant())
	_, err := ec2For(endpoint, accountA, regionA).DescribeVolumes(t.Context(), &ec2.DescribeVolumesInput{})
	wantCode(t, err, "InvalidAction")
}

func TestARequiredParameterIsMissed(t *testing.T) {
	_, endpoint := start(t, awssim.Instant())
	_, err := ec2For(endpoint, accountA, regionA).CreateVpc(t.Context(), &ec2.CreateVpcInput{})
	wantCode(t, err, "MissingParameter")
}

func TestADryRunChangesNothingAndSaysSo(t *testing.T) {
	_, endpoint := start(t, awssim.Instant())
	client := ec2For(endpoint, accountA, regionA)
	_, err := client.CreateVpc(t.Context(), &ec2.CreateVpcInput{CidrBlock: aws.String("10.11.0.0/16"), DryRun: aws.Bool(true)})
	wantCode(t, err, "DryRunOperation")
	if found := must[*ec2.DescribeVpcsOutput](t)(client.DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{})); len(found.Vpcs) != 0 {
		t.Errorf("the dry run made %d VPCs", len(found.Vpcs))
	}
}

func TestARequestWithoutASignatureIsRefused(t *testing.T) {
	_, endpoint := start(t, awssim.Instant())
	response, err := http.PostForm(endpoint, url.Values{"Action": {"DescribeVpcs"}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode < 400 || response.StatusCode >= 500 {
		t.Errorf("status %d, want a refusal", response.StatusCode)
	}
}

func TestAnAccessKeyThatNobodyHasIsRefused(t *testing.T) {
	_, endpoint := start(t, awssim.Instant())
	_, err := ec2For(endpoint, "AKIASTRANGER", regionA).DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{})
	wantCode(t, err, "AuthFailure")
}

func TestPagesNeitherRepeatNorHideWhenResourcesComeAndGoBetweenThem(t *testing.T) {
	_, endpoint := start(t, awssim.Instant())
	client := ec2For(endpoint, accountA, regionA)
	before := map[string]bool{}
	for _, block := range []string{"10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16", "10.4.0.0/16", "10.5.0.0/16", "10.6.0.0/16", "10.7.0.0/16"} {
		before[makeVpc(t, client, block)] = true
	}
	first := must[*ec2.DescribeVpcsOutput](t)(client.DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{MaxResults: aws.Int32(5)}))
	gone := *first.Vpcs[4].VpcId
	must[*ec2.DeleteVpcOutput](t)(client.DeleteVpc(t.Context(), &ec2.DeleteVpcInput{VpcId: &gone}))
	makeVpc(t, client, "10.8.0.0/16")
	second := must[*ec2.DescribeVpcsOutput](t)(client.DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{MaxResults: aws.Int32(5), NextToken: first.NextToken}))
	met := map[string]int{}
	for _, v := range append(first.Vpcs, second.Vpcs...) {
		met[*v.VpcId]++
	}
	for id := range before {
		if met[id] != 1 {
			t.Errorf("%s came %d times, want once", id, met[id])
		}
	}
}

func makeVpc(t *testing.T, client *ec2.Client, block string) string {
	t.Helper()
	return *must[*ec2.CreateVpcOutput](t)(client.CreateVpc(t.Context(), &ec2.CreateVpcInput{CidrBlock: &block})).Vpc.VpcId
}

func TestTheSameCallsGiveTheSameIDsWhateverHappensElsewhere(t *testing.T) {
	ids := func(elsewhere int) []string {
		_, endpoint := start(t, awssim.Instant())
		client := ec2For(endpoint, accountA, regionA)
		for range elsewhere {
			makeVpc(t, ec2For(endpoint, accountB, regionB), "10.99.0.0/16")
		}
		return []string{makeVpc(t, client, "10.1.0.0/16"), makeVpc(t, client, "10.2.0.0/16")}
	}
	first, second := ids(0), ids(3)
	if first[0] != second[0] || first[1] != second[1] || first[0] == first[1] {
		t.Errorf("got %v, then %v", first, second)
	}
}
