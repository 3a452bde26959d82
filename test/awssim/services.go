package awssim

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/crossvpc/crossvpc/test/awssim/internal/eks"
	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/sts"
)

// Actions are the names of the actions that awssim implements, by service.
func (c *Cloud) Actions() map[string][]string {
	all := map[string][]string{}
	for name, s := range c.services {
		all[name] = slices.Sorted(maps.Keys(s.actions))
	}
	return all
}

// EveryAccount switches throttling for all accounts.
const EveryAccount = sim.EveryAccount

// Role is an IAM role and its trust policy.
type Role = sts.Role

// DeclareRole makes a role that the principals it trusts may assume. An ARN that is no role's is an error, and so is a
// trust policy of which awssim does not know a part.
func (c *Cloud) DeclareRole(role Role) error { return c.sts.Declare(role) }

// RemoveRole deletes a role; its sessions go on until they expire.
func (c *Cloud) RemoveRole(arn string) { c.sts.Remove(arn) }

// SetClusterEndpoint lets a real API server stand behind an EKS cluster: DescribeCluster then shows
// this endpoint and certificate authority (a PEM bundle in base64). An unknown cluster is an error.
func (c *Cloud) SetClusterEndpoint(place Place, name, endpoint, certificateAuthority string) error {
	if !c.eks.SetEndpoint(place, name, endpoint, certificateAuthority) {
		return fmt.Errorf("no EKS cluster %q in %s", name, place)
	}
	return nil
}

// AccessEntry is what an EKS cluster knows about a principal.
type AccessEntry = eks.AccessEntry

// AccessEntries are those of an EKS cluster, as of now.
func (c *Cloud) AccessEntries(place Place, cluster string) []AccessEntry {
	return c.eks.AccessEntries(place, cluster)
}

// Throttle switches the documented request token buckets of EC2 on or off, for an account or for
// EveryAccount. Buckets refill by the Cloud's clock.
func (c *Cloud) Throttle(account string, on bool) { c.world.Throttle.Switch(account, on) }

// SetQuota replaces a quota of an account, by its Service Quotas code ("L-7E9ECCDB"); a code that
// awssim does not know is an error.
func (c *Cloud) SetQuota(account, code string, value int) error {
	if !c.world.Quotas.Set(account, code, value) {
		return fmt.Errorf("awssim knows no quota %q", code)
	}
	return nil
}

// RestoreQuota gives an account AWS's default of a quota again.
func (c *Cloud) RestoreQuota(account, code string) { c.world.Quotas.Restore(account, code) }

// ShareSubnets shares subnets of an owner with another account of its region, as a resource share of AWS RAM does. A subnet
// that the owner does not have is an error.
func (c *Cloud) ShareSubnets(owner Place, with string, subnets ...string) (err error) {
	c.world.Do(func(time.Time) { err = c.ec2.Share(owner, with, subnets...) })
	return err
}

// UnshareSubnets ends that. What the account made there stays.
func (c *Cloud) UnshareSubnets(owner Place, with string, subnets ...string) {
	c.world.Do(func(time.Time) { c.ec2.Unshare(owner, with, subnets...) })
}
