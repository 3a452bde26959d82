package peeredcluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/rollout/driver"
)

// awsAccess is AWS in the account and region of a cluster.
type awsAccess struct {
	clouds *aws.Clients
	// hub has the AWSIdentities.
	hub   client.Reader
	sweep time.Duration
}

// errNoVPC: without region and VPC nothing can be asked of AWS.
var errNoVPC = errors.New("region and VPC of the cluster are not known yet: no CiliumNode reports them; set spec.region and spec.vpcID, or see that nodes are up")

// place is where the cluster is.
func place(s *subject) (region, vpc string, err error) {
	region, vpc = string(s.object.Status.Region), string(s.object.Status.VPCID)
	if region == "" || vpc == "" {
		return "", "", errNoVPC
	}
	return region, vpc, nil
}

// autoScaling gives the Auto Scaling API of the cluster's account and region.
func (a awsAccess) autoScaling(ctx context.Context, s *subject) (driver.AutoScaling, error) {
	region, _, err := place(s)
	if err != nil {
		return nil, err
	}
	identity, err := a.identity(ctx, s)
	if err != nil {
		return nil, err
	}
	return a.clouds.AutoScaling(identity, region), nil
}

// observeVPC reads the cluster's VPC and its route tables, from the same shared
// reads that the VPCPeerings use.
func (a awsAccess) observeVPC(ctx context.Context, h valueHistory) (peering.SideSnapshot, error) {
	region, vpc, err := place(h.subject)
	if err != nil {
		return peering.SideSnapshot{}, err
	}
	identity, err := a.identity(ctx, h.subject)
	if err != nil {
		return peering.SideSnapshot{}, err
	}
	reader, query := a.clouds.Reader(identity, region), aws.Query{
		Owner: "peeredcluster/" + h.object.Name, VPC: vpc,
		Kinds: aws.VPCs | aws.RouteTables, NotBefore: h.start.Truncate(a.sweep),
	}
	seen, err := reader.Side(ctx, query)
	if err != nil {
		return peering.SideSnapshot{}, err
	}
	if query.Kinds = h.doubtful(seen.RouteTables); query.Kinds == 0 {
		return seen, nil
	}
	existing, err := reader.Side(ctx, query)
	if err != nil {
		return peering.SideSnapshot{}, err
	}
	h.forgetDeleted(seen.RouteTables, existing)
	return seen, nil
}

// identity is what the cluster's account is reached through.
func (a awsAccess) identity(ctx context.Context, s *subject) (aws.Identity, error) {
	name := v1alpha1.DefaultName
	if s.object.Spec.IdentityRef != nil {
		name = s.object.Spec.IdentityRef.Name
	}
	found := &v1alpha1.AWSIdentity{}
	err := a.hub.Get(ctx, client.ObjectKey{Name: name}, found)
	if apierrors.IsNotFound(err) {
		return aws.Identity{}, fmt.Errorf("there is no AWSIdentity %s: create it, or name another in spec.identityRef", name)
	}
	if err != nil {
		return aws.Identity{}, fmt.Errorf("reading AWSIdentity %s: %w", name, err)
	}
	if found.Spec.RoleARN != "" && found.Status.ExternalID == "" {
		return aws.Identity{}, fmt.Errorf("AWSIdentity %s is not checked yet", name)
	}
	if ready := meta.FindStatusCondition(found.Status.Conditions, v1alpha1.ConditionReady); ready != nil && ready.Status == metav1.ConditionFalse {
		return aws.Identity{}, fmt.Errorf("AWSIdentity %s is not Ready: %s", name, ready.Message)
	}
	return aws.Identity{Name: found.Name, RoleARN: found.Spec.RoleARN, ExternalID: found.Status.ExternalID}, nil
}

func awsVerdicts(err error) []string {
	var messages []string
	for _, verdict := range aws.Verdicts(err) {
		if verdict.Operation != "" {
			messages = append(messages, verdict.Message)
		}
	}
	return messages
}
