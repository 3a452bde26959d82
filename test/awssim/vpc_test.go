package awssim_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/crossvpc/crossvpc/test/awssim"
)

func TestAVPCHasAMainRouteTableWithItsLocalRoute(t *testing.T) {
	_, url := start(t, awssim.Instant())
	client := ec2For(url, accountA, regionA)
	made, err := client.CreateVpc(t.Context(), &ec2.CreateVpcInput{
		CidrBlock: aws.String("10.11.3.4/16"),
		TagSpecifications: []types.TagSpecification{{
			ResourceType: types.ResourceTypeVpc, Tags: []types.Tag{{Key: aws.String("Name"), Value: aws.String("eu")}},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := aws.ToString(made.Vpc.CidrBlock); got != "10.11.0.0/16" {
		t.Errorf("block is %s, want it without host bits", got)
	}
	tables, err := client.DescribeRouteTables(t.Context(), &ec2.DescribeRouteTablesInput{Filters: []types.Filter{
		{Name: aws.String("vpc-id"), Values: []string{aws.ToString(made.Vpc.VpcId)}},
		{Name: aws.String("association.main"), Values: []string{"true"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if len(tables.RouteTables) != 1 || len(tables.RouteTables[0].Routes) != 1 ||
		aws.ToString(tables.RouteTables[0].Routes[0].GatewayId) != "local" {
		t.Errorf("got tables %+v, want one with one local route", tables.RouteTables)
	}
}

func TestOtherAccountsAndRegionsDoNotSeeAVPC(t *testing.T) {
	_, url := start(t, awssim.Instant())
	made := must[*ec2.CreateVpcOutput](t)(ec2For(url, accountA, regionA).CreateVpc(t.Context(), &ec2.CreateVpcInput{CidrBlock: aws.String("10.11.0.0/16")}))
	for _, client := range []*ec2.Client{ec2For(url, accountB, regionA), ec2For(url, accountA, regionB)} {
		_, err := client.DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{VpcIds: []string{*made.Vpc.VpcId}})
		wantCode(t, err, "InvalidVpcID.NotFound")
	}
}

func TestAMalformedIDIsNotTheSameAsAMissingOne(t *testing.T) {
	_, url := start(t, awssim.Instant())
	_, err := ec2For(url, accountA, regionA).DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{VpcIds: []string{"vpc-x"}})
	wantCode(t, err, "InvalidVpcID.Malformed")
}
