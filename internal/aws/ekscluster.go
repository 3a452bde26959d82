package aws

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	ekstypes "github.com/aws/aws-sdk-go-v2/service/eks/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/crossvpc/crossvpc/internal/aws/ekstoken"
)

// EKSCluster is one EKS cluster, as an identity sees it.
type EKSCluster struct {
	// Tokens are taken by the cluster's API server.
	Tokens *ekstoken.Source

	clients      *Clients
	identity     Identity
	region, name string
}

// EKSCluster gives a cluster in a region of the identity's account. It asks nobody.
func (c *Clients) EKSCluster(id Identity, region, name string) *EKSCluster {
	return &EKSCluster{
		Tokens:  ekstoken.New(c.session(id).cfg.Credentials, region, name, c.clock),
		clients: c, identity: id, region: region, name: name,
	}
}

// EKSDescription is what DescribeCluster says about reaching a cluster.
type EKSDescription struct {
	// Status is ACTIVE, CREATING, …
	Status string
	// Endpoint is the address of the API server; empty: there is none yet.
	Endpoint string
	// CA is the bundle that the API server's certificate verifies with, in PEM form.
	CA []byte
	// Public is whether the endpoint can be reached from outside of the VPC, by PublicCIDRs.
	Public      bool
	PublicCIDRs []string
	// ConfigMapOnly: the cluster takes no access entries (authenticationMode CONFIG_MAP).
	ConfigMapOnly bool
	// VPCID is the cluster's VPC, and ServiceCIDR the block of its Services; empty: EKS did not say.
	VPCID, ServiceCIDR string
}

// Describe asks EKS.
func (e *EKSCluster) Describe(ctx context.Context) (EKSDescription, error) {
	out, err := e.clients.EKS(e.identity, e.region).DescribeCluster(ctx, &eks.DescribeClusterInput{Name: &e.name})
	if err != nil {
		return EKSDescription{}, fmt.Errorf("describing EKS cluster %s: %w", e.name, err)
	}
	found := EKSDescription{Status: string(out.Cluster.Status), Endpoint: awssdk.ToString(out.Cluster.Endpoint)}
	if authority := out.Cluster.CertificateAuthority; authority != nil {
		if found.CA, err = base64.StdEncoding.DecodeString(awssdk.ToString(authority.Data)); err != nil {
			return EKSDescription{}, fmt.Errorf("reading the certificate authority of EKS cluster %s: %w", e.name, err)
		}
	}
	if network := out.Cluster.ResourcesVpcConfig; network != nil {
		found.Public, found.PublicCIDRs = network.EndpointPublicAccess, network.PublicAccessCidrs
		found.VPCID = awssdk.ToString(network.VpcId)
	}
	if access := out.Cluster.AccessConfig; access != nil {
		found.ConfigMapOnly = access.AuthenticationMode == ekstypes.AuthenticationModeConfigMap
	}
	if network := out.Cluster.KubernetesNetworkConfig; network != nil {
		found.ServiceCIDR = awssdk.ToString(network.ServiceIpv4Cidr)
	}
	return found, nil
}

// Principal is the ARN that an access entry of the identity has: of the role, not of
// its session. Of a role that the environment gave, the path is not known.
func (e *EKSCluster) Principal(ctx context.Context) (string, error) {
	if e.identity.RoleARN != "" {
		return e.identity.RoleARN, nil
	}
	caller, err := e.clients.STS(e.identity).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", fmt.Errorf("asking who identity %q is: %w", e.identity.Name, err)
	}
	return roleOf(awssdk.ToString(caller.Arn)), nil
}

// roleOf turns arn:aws:sts::111:assumed-role/name/session into arn:aws:iam::111:role/name.
func roleOf(caller string) string {
	parsed, err := arn.Parse(caller)
	session, assumed := strings.CutPrefix(parsed.Resource, "assumed-role/")
	if err != nil || !assumed {
		return caller
	}
	name, _, _ := strings.Cut(session, "/")
	parsed.Service, parsed.Resource = "iam", "role/"+name
	return parsed.String()
}

// EKSAccessEntry is what a cluster knows about a principal.
type EKSAccessEntry struct {
	Exists bool
	Groups []string
	// AWSTime is what AWS's own clock said; zero: it did not say.
	AWSTime time.Time
}

// AccessEntry asks EKS for the access entry of a principal; that there is none is no error.
func (e *EKSCluster) AccessEntry(ctx context.Context, principal string) (EKSAccessEntry, error) {
	out, err := e.clients.EKS(e.identity, e.region).DescribeAccessEntry(ctx, &eks.DescribeAccessEntryInput{ClusterName: &e.name, PrincipalArn: &principal})
	if _, none := errors.AsType[*ekstypes.ResourceNotFoundException](err); none {
		return EKSAccessEntry{}, nil
	}
	if err != nil {
		return EKSAccessEntry{}, fmt.Errorf("asking for the access entry of %s: %w", principal, err)
	}
	found := EKSAccessEntry{Exists: true, Groups: out.AccessEntry.KubernetesGroups}
	found.AWSTime, _ = awsmiddleware.GetServerTime(out.ResultMetadata)
	return found, nil
}

// LetIn makes the access entry of a principal, as a member of a Kubernetes group. One that is there already is no error, and stays as it is.
func (e *EKSCluster) LetIn(ctx context.Context, principal, group string) error {
	_, err := e.clients.EKS(e.identity, e.region).CreateAccessEntry(ctx, &eks.CreateAccessEntryInput{
		ClusterName: &e.name, PrincipalArn: &principal, KubernetesGroups: []string{group},
	})
	if _, there := errors.AsType[*ekstypes.ResourceInUseException](err); there || err == nil {
		return nil
	}
	return fmt.Errorf("making the access entry of %s: %w", principal, err)
}

// ShutOut deletes the access entry of a principal. That there is none is no error.
func (e *EKSCluster) ShutOut(ctx context.Context, principal string) error {
	_, err := e.clients.EKS(e.identity, e.region).DeleteAccessEntry(ctx, &eks.DeleteAccessEntryInput{ClusterName: &e.name, PrincipalArn: &principal})
	if _, gone := errors.AsType[*ekstypes.ResourceNotFoundException](err); gone || err == nil {
		return nil
	}
	return fmt.Errorf("deleting the access entry of %s: %w", principal, err)
}
