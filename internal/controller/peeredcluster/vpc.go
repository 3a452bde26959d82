package peeredcluster

import (
	"context"
	"errors"
	"time"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/controller/object"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/rollout/driver"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// awsAccess is AWS in the account and region of a cluster.
type awsAccess struct {
	clouds     *aws.Clients
	identities object.Identities
	sweep      time.Duration
}

// errNoVPC: without region and VPC nothing can be asked of AWS.
var errNoVPC = errors.New("the region and VPC of the cluster are not known yet: no CiliumNode reports them; set spec.region and spec.vpcID, or check that its nodes are up")

// place is where the cluster is.
func place(s *subject) (region, vpc string, err error) {
	region, vpc = string(s.Object.Status.Region), string(s.Object.Status.VPCID)
	if region == "" || vpc == "" {
		return "", "", errNoVPC
	}
	return region, vpc, nil
}

// whereabouts are the identity and the region that EC2 is asked with and in.
func (a awsAccess) whereabouts(ctx context.Context, s *subject) (identity aws.Identity, region string, err error) {
	region, _, err = place(s)
	if err != nil {
		return aws.Identity{}, "", err
	}
	identity, err = a.identity(ctx, s)
	return identity, region, err
}

// reader reads EC2 in the cluster's account and region.
func (a awsAccess) reader(ctx context.Context, s *subject) (*aws.Reader, error) {
	identity, region, err := a.whereabouts(ctx, s)
	if err != nil {
		return nil, err
	}
	return a.clouds.Reader(identity, region), nil
}

// autoScaling gives the Auto Scaling API of the cluster's account and region.
func (a awsAccess) autoScaling(ctx context.Context, s *subject) (driver.AutoScaling, error) {
	identity, region, err := a.whereabouts(ctx, s)
	if err != nil {
		return nil, err
	}
	return a.clouds.AutoScaling(identity, region), nil
}

// subnetVPCs asks EC2 for the VPCs of subnets; one that EC2 does not show is missing.
func (a awsAccess) subnetVPCs(ctx context.Context, s *subject, ids []string) (map[string]string, error) {
	reader, err := a.reader(ctx, s)
	if err != nil {
		return nil, err
	}
	return reader.SubnetVPCs(ctx, ids)
}

// observeVPC reads the cluster's VPC and its route tables.
func (a awsAccess) observeVPC(ctx context.Context, h valueHistory) (peering.SideSnapshot, error) {
	seen, err := a.observe(ctx, h, aws.VPCs|aws.RouteTables)
	if err != nil {
		return peering.SideSnapshot{}, err
	}
	kinds := h.doubtful(seen.RouteTables)
	if kinds == 0 {
		return seen, nil
	}
	existing, err := a.observe(ctx, h, kinds)
	if err != nil {
		return peering.SideSnapshot{}, err
	}
	h.forgetDeleted(seen.RouteTables, existing)
	return seen, nil
}

// observe reads kinds of the cluster's VPC, from the same shared reads that the
// VPCPeerings use.
func (a awsAccess) observe(ctx context.Context, h valueHistory, kinds aws.Kind) (peering.SideSnapshot, error) {
	region, vpc, err := place(h.subject)
	if err != nil {
		return peering.SideSnapshot{}, err
	}
	identity, err := a.identity(ctx, h.subject)
	if err != nil {
		return peering.SideSnapshot{}, err
	}
	return a.clouds.Reader(identity, region).Side(ctx, aws.Query{
		Owner: "peeredcluster/" + h.Object.Name, VPC: vpc, Kinds: kinds, NotBefore: h.start.Truncate(a.sweep),
	})
}

// identity is what the cluster's account is reached through.
func (a awsAccess) identity(ctx context.Context, s *subject) (aws.Identity, error) {
	user := "PeeredCluster " + s.Object.Name
	found, refusal, err := a.identities.Find(ctx, object.IdentityName(s.Object.Spec.IdentityRef), user)
	if err != nil {
		return aws.Identity{}, err
	}
	if refusal == nil {
		refusal = object.Checked(found, user)
	}
	if vpc := s.Object.Status.VPCID; refusal == nil && !object.PermitsVPC(found, vpc) {
		refusal = &object.Refusal{Verdict: verdict.Newf(verdict.Stalled, v1alpha1.ReasonVPCNotAllowed,
			"AWSIdentity %s does not list %s, the VPC of %s. Its owner must add it to spec.allowedVPCIDs.", found.Name, vpc, user)}
	}
	if refusal != nil {
		return aws.Identity{}, refusal
	}
	return object.Credentials(found), nil
}
