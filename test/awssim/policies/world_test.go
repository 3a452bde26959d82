package policies

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/crossvpc/crossvpc/internal/partition"
	"github.com/crossvpc/crossvpc/test/awssim"
)

const (
	root        = "../../.."
	ownAccount  = "111111111111"
	peerAccount = "222222222222"
	// lenderAccount owns the VPC that is shared with the first account.
	lenderAccount = "333333333333"

	installation = "prod"
	roleKey      = "AKIAROLE"

	managedBy = "networking.crossvpc.io/managed-by"
	peerVPC   = "networking.crossvpc.io/peer-vpc"
)

// clients are one principal's in one region.
type clients struct {
	ec2         *ec2.Client
	eks         *eks.Client
	autoscaling *autoscaling.Client
	sts         *sts.Client
}

// world is two accounts: the role under test is in the first, which also has a VPC and a cluster that are none of its
// business, and so has the second.
type world struct {
	t                *testing.T
	ctx              context.Context
	cloud            *awssim.Cloud
	role             string
	me               clients
	owner, peerOwner clients
	own, other       string
	// home is the VPC that the cluster is in.
	home           string
	peer, stranger string
	ownPlace       Place
	peerPlace      Place
}

func newWorld(t *testing.T, ownRegion, peerRegion string) *world {
	t.Helper()
	w := &world{t: t, ctx: t.Context(), cloud: awssim.New(awssim.Options{})}
	id := partition.Of(ownRegion).ID
	w.role = "arn:" + id + ":iam::" + ownAccount + ":role/crossvpc"
	w.cloud.RegisterKey(roleKey, awssim.Principal{
		Account: ownAccount, RoleARN: w.role, ARN: "arn:" + id + ":sts::" + ownAccount + ":assumed-role/crossvpc/test", UserID: "AROATEST:test",
	})
	w.me, w.owner, w.peerOwner = w.as(roleKey, ownRegion), w.as(ownAccount, ownRegion), w.as(peerAccount, peerRegion)
	w.own, w.other = w.vpc(w.owner, "10.11.0.0/16"), w.vpc(w.owner, "10.21.0.0/16")
	w.home = w.own
	w.peer, w.stranger = w.vpc(w.peerOwner, "10.12.0.0/16"), w.vpc(w.peerOwner, "10.22.0.0/16")
	w.ownPlace = Place{id, ownRegion, ownAccount, w.own, "prod"}
	w.peerPlace = Place{id, peerRegion, peerAccount, w.peer, "far"}
	return w
}

func (w *world) as(key, region string) clients {
	config := aws.Config{
		Region: region, BaseEndpoint: aws.String("http://awssim"), HTTPClient: httpClient(w.cloud), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(key, "secret", ""),
	}
	return clients{ec2.NewFromConfig(config), eks.NewFromConfig(config), autoscaling.NewFromConfig(config), sts.NewFromConfig(config)}
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) vpc(by clients, block string) string {
	out, err := by.ec2.CreateVpc(w.ctx, &ec2.CreateVpcInput{CidrBlock: &block})
	w.ok(err)
	return *out.Vpc.VpcId
}

// lend makes the role's own VPC one that another account owns and shares with its account.
func (w *world) lend() {
	lender := w.as(lenderAccount, w.ownPlace.Region)
	w.own = w.vpc(lender, "10.11.0.0/16")
	w.ownPlace.VPC = w.own
	subnet, err := lender.ec2.CreateSubnet(w.ctx, &ec2.CreateSubnetInput{VpcId: &w.own, CidrBlock: aws.String("10.11.0.0/24")})
	w.ok(err)
	w.ok(w.cloud.ShareSubnets(awssim.Place{Account: lenderAccount, Region: w.ownPlace.Region}, ownAccount, *subnet.Subnet.SubnetId))
}

func (w *world) table(vpc string) string {
	out, err := w.owner.ec2.CreateRouteTable(w.ctx, &ec2.CreateRouteTableInput{VpcId: &vpc})
	w.ok(err)
	return *out.RouteTable.RouteTableId
}

func (w *world) group(vpc string) string {
	out, err := w.owner.ec2.CreateSecurityGroup(w.ctx, &ec2.CreateSecurityGroupInput{VpcId: &vpc, GroupName: aws.String("nodes"), Description: aws.String("nodes")})
	w.ok(err)
	return *out.GroupId
}

// rule makes a rule with tags in a new group of the VPC, as somebody else.
func (w *world) rule(vpc string, tags map[string]string) string {
	group := w.group(vpc)
	out, err := authorize(w.ctx, w.owner, group, tags)
	w.ok(err)
	return *out.SecurityGroupRules[0].SecurityGroupRuleId
}

// connection makes an active connection from a VPC here to one there, or the other way round, and gives the view of the role's account tags.
func (w *world) connection(here, there string, tags map[string]string) string {
	return w.connect(w.owner, here, w.peerOwner, there, w.peerPlace, tags)
}

func (w *world) connectionFrom(there, here string, tags map[string]string) string {
	return w.connect(w.peerOwner, there, w.owner, here, w.ownPlace, tags)
}

func (w *world) connect(from clients, requester string, to clients, accepter string, place Place, tags map[string]string) string {
	id, err := request(w.ctx, from, requester, accepter, place, nil)
	w.ok(err)
	_, err = to.ec2.AcceptVpcPeeringConnection(w.ctx, &ec2.AcceptVpcPeeringConnectionInput{VpcPeeringConnectionId: &id})
	w.ok(err)
	if len(tags) > 0 {
		w.ok(tag(w.ctx, w.owner, id, tags))
	}
	return id
}

func (w *world) pending(there, here string) string {
	id, err := request(w.ctx, w.peerOwner, there, here, w.ownPlace, nil)
	w.ok(err)
	return id
}

// denied says whether the error is the one of a missing right.
func denied(err error) bool {
	failure, ok := errors.AsType[smithy.APIError](err)
	return ok && (failure.ErrorCode() == "UnauthorizedOperation" || failure.ErrorCode() == "AccessDenied" || failure.ErrorCode() == "AccessDeniedException")
}

func tagsOf(tags map[string]string) []types.Tag {
	list := make([]types.Tag, 0, len(tags))
	for key, value := range tags {
		list = append(list, types.Tag{Key: &key, Value: &value})
	}
	return list
}

func tag(ctx context.Context, by clients, id string, tags map[string]string) error {
	_, err := by.ec2.CreateTags(ctx, &ec2.CreateTagsInput{Resources: []string{id}, Tags: tagsOf(tags)})
	return err
}

func untag(ctx context.Context, by clients, id, key string) error {
	_, err := by.ec2.DeleteTags(ctx, &ec2.DeleteTagsInput{Resources: []string{id}, Tags: []types.Tag{{Key: &key}}})
	return err
}

func specification(kind types.ResourceType, tags map[string]string) []types.TagSpecification {
	if len(tags) == 0 {
		return nil
	}
	return []types.TagSpecification{{ResourceType: kind, Tags: tagsOf(tags)}}
}

func request(ctx context.Context, by clients, from, to string, place Place, tags map[string]string) (string, error) {
	out, err := by.ec2.CreateVpcPeeringConnection(ctx, &ec2.CreateVpcPeeringConnectionInput{
		VpcId: &from, PeerVpcId: &to, PeerOwnerId: &place.Account, PeerRegion: &place.Region,
		TagSpecifications: specification(types.ResourceTypeVpcPeeringConnection, tags),
	})
	if err != nil {
		return "", err
	}
	return *out.VpcPeeringConnection.VpcPeeringConnectionId, nil
}

func authorize(ctx context.Context, by clients, group string, tags map[string]string) (*ec2.AuthorizeSecurityGroupIngressOutput, error) {
	return by.ec2.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: &group, TagSpecifications: specification(types.ResourceTypeSecurityGroupRule, tags),
		IpPermissions: []types.IpPermission{{IpProtocol: aws.String("-1"), IpRanges: []types.IpRange{{CidrIp: aws.String("10.12.0.0/16")}}}},
	})
}
