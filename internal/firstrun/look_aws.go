package firstrun

import (
	"context"
	"fmt"

	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/bootstrap"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/plugin/network"
	"github.com/crossvpc/crossvpc/internal/plugin/view"
)

func (s *side) lookAtCaller(ctx context.Context) view.Item {
	account, caller, err := s.cloud.Caller(ctx, me)
	if err != nil {
		return bad(fmt.Sprintf("AWS does not say who you are with profile %q: %v. Log in to it, or name another profile.", s.Profile, err))
	}
	s.seen.account, s.seen.caller = account, caller
	if s.Account != "" && s.Account != s.seen.account {
		return bad(fmt.Sprintf("Profile %q belongs to account %s, and not to %s: %s. Name another profile or account.", s.Profile, s.seen.account, s.Account, s.seen.caller))
	}
	return good(fmt.Sprintf("Account %s: %s.", s.seen.account, s.seen.caller))
}

func (s *side) lookAtEKS(ctx context.Context) view.Item {
	seen, err := s.eks().Describe(ctx)
	if err != nil {
		return bad(message.Sentence(err.Error()))
	}
	s.seen.eks = seen
	switch {
	case seen.Status != "ACTIVE":
		return bad(fmt.Sprintf("EKS cluster %s is %s. Wait until it is ACTIVE.", s.Cluster, seen.Status))
	case s.reachedFromOutside() && seen.ConfigMapOnly:
		return bad("Its authentication mode is CONFIG_MAP, which takes no access entries. Set it to API_AND_CONFIG_MAP: " +
			fmt.Sprintf("aws eks update-cluster-config --region %s --name %s --access-config authenticationMode=API_AND_CONFIG_MAP", s.Region, s.Cluster))
	case s.reachedFromOutside() && !seen.Public:
		return note("Its endpoint is private, so crossvpc cannot reach it before the peering is up. docs/access.md says what to do.")
	case s.reachedFromOutside():
		return good(fmt.Sprintf("It is ACTIVE in %s. Its public endpoint admits %s: the NAT gateway of the hub must be among them.", seen.VPCID, message.List(seen.PublicCIDRs)))
	}
	return good(fmt.Sprintf("It is ACTIVE in %s.", seen.VPCID))
}

// reachedFromOutside: crossvpc runs in the hub.
func (s *side) reachedFromOutside() bool { return s.object != bootstrap.LocalCluster }

func (s *side) lookAtNetwork(ctx context.Context) view.Item {
	if err := s.readNetwork(ctx, aws.AllKinds, s.podGroups()); err != nil {
		return bad(fmt.Sprintf("The VPC cannot be read: %v. Your profile needs the actions of the statement Read in config/iam.", err))
	}
	vpc := s.seen.network.VPC
	if vpc == nil {
		return bad(fmt.Sprintf("Account %s has no %s in %s.", s.seen.account, s.seen.eks.VPCID, s.Region))
	}
	item := good("")
	item.Items = network.Items(vpc.ID, s.Region, s.seen.network)
	return item
}
