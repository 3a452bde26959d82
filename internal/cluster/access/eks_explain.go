package access

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// group is the Kubernetes group that config/cluster binds its roles to.
const group = "crossvpc"

// whyRefused tells what a 401 means from what EKS knows about the principal.
func (c *eksCluster) whyRefused(entry Entry, err error) *Error {
	where := fmt.Sprintf("EKS cluster %s in %s", c.Name, c.Region)
	if c.described != nil && c.described.ConfigMapOnly {
		return Errorf(v1alpha1.ReasonAccessEntryMissing, err,
			"%s does not accept %s and takes no access entries (authenticationMode CONFIG_MAP). Allow them with `aws eks update-cluster-config --region %s --name %s --access-config authenticationMode=API_AND_CONFIG_MAP`, then run `%s`",
			where, c.who(), c.Region, c.Name, c.createEntry())
	}
	off := time.Duration(0)
	if !entry.AWSTime.IsZero() {
		off = c.clock.Now().Sub(entry.AWSTime).Round(time.Minute)
	}
	switch {
	case err != nil:
		return Errorf(v1alpha1.ReasonTokenRefused, err,
			"%s does not accept %s. It needs an access entry: `%s`. crossvpc could not read whether there is one (eks:DescribeAccessEntry). If there is, check the clock of the operator's node.",
			where, c.who(), c.createEntry())
	case !entry.Exists:
		return Errorf(v1alpha1.ReasonAccessEntryMissing, nil,
			"%s has no access entry for %s. Run `%s`.", where, c.who(), c.createEntry())
	case off.Abs() >= mostSkew:
		return Errorf(v1alpha1.ReasonTokenRefused, nil,
			"%s refuses the token of %s, because the operator's clock is %s. Set the clock of its node (chrony, or the Amazon Time Sync Service at 169.254.169.123).",
			where, c.who(), skewed(off))
	default:
		return Errorf(v1alpha1.ReasonTokenRefused, nil,
			"%s refuses the token of %s although its access entry exists. A new access entry takes effect within a minute. If this stays, the role was deleted and created again (make the entry again: `aws eks delete-access-entry --region %s --cluster-name %s --principal-arn %s`, then `%s`), or the API server does not accept tokens for a cluster named %s.",
			where, c.who(), c.Region, c.Name, c.who(), c.createEntry(), c.Name)
	}
}

func skewed(off time.Duration) string {
	minutes := int(off.Abs().Minutes())
	if off < 0 {
		return fmt.Sprintf("%d minutes behind the clock of AWS", minutes)
	}
	return fmt.Sprintf("%d minutes ahead of the clock of AWS", minutes)
}

func (c *eksCluster) who() string { return cmp.Or(c.principal, "<ARN of the operator's role>") }

func (c *eksCluster) createEntry() string {
	return fmt.Sprintf("aws eks create-access-entry --region %s --cluster-name %s --principal-arn %s --kubernetes-groups %s", c.Region, c.Name, c.who(), group)
}

// explain finds the words for what an EKS cluster has special remedies for.
func (c *eksCluster) explain(f Failure) *Error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch f.Problem {
	case Reserved:
		return Errorf(v1alpha1.ReasonClusterUnreachable, f.Cause, "EKS cluster %s in %s: %s, and the name in %s resolves to one.", c.Name, c.Region, ErrReserved, f.Server)
	case Unverified:
		return Errorf(v1alpha1.ReasonClusterUnreachable, f.Cause,
			"API server %s shows a certificate that the CA of EKS cluster %s in %s does not verify. crossvpc reads both from EKS again. If this stays, something between crossvpc and the cluster intercepts TLS.", f.Server, c.Name, c.Region)
	case Forbidden:
		return Errorf(v1alpha1.ReasonForbidden, f.Cause,
			"API server %s denies a permission that crossvpc needs: %s. In that cluster run `kubectl apply -k config/cluster`, and make sure that its access entry names the group: `aws eks update-access-entry --region %s --cluster-name %s --principal-arn %s --kubernetes-groups %s`",
			f.Server, f.Said, c.Region, c.Name, c.who(), group)
	case Silent:
		return Errorf(v1alpha1.ReasonClusterUnreachable, f.Cause, "API server %s %s. %s", f.Server, f.Said, c.whereToLook())
	default:
		return nil
	}
}

// whereToLook is about the address that was dialled: that of a private endpoint is
// inside of the cluster's VPC.
// https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html
func (c *eksCluster) whereToLook() string {
	address := c.dialled.address()
	open := fmt.Sprintf("`aws eks update-cluster-config --region %s --name %s --resources-vpc-config endpointPublicAccess=true,endpointPrivateAccess=true,publicAccessCidrs=%s`",
		c.Region, c.Name, strings.Join(append(c.publicCIDRs(), "<the operator's public address>/32"), ","))
	switch {
	case !address.IsValid():
		return "Check the address and the route to it."
	case address.IsPrivate():
		return fmt.Sprintf("The address that was dialled, %s, is a private one in the cluster's VPC, which no other VPC reaches before the peering is up. Give the operator's address public access (%s), or run crossvpc where it can reach both clusters.", address, open)
	case c.described != nil && c.described.Public:
		return fmt.Sprintf("The address that was dialled is %s. The endpoint's public access must admit the operator's address (%s).", address, open)
	default:
		return fmt.Sprintf("The address that was dialled is %s. Check the security groups and the route to it.", address)
	}
}

// publicCIDRs are those that are kept when one is added; one that admits everybody
// admits the operator, too.
func (c *eksCluster) publicCIDRs() []string {
	if c.described == nil || !c.described.Public {
		return nil
	}
	return append([]string{}, c.described.PublicCIDRs...)
}
