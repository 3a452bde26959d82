package firstrun

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/bootstrap"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/peering"
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
	item.Items = []view.Item{
		{Name: "Blocks", State: view.Good, Message: blocksOf(vpc) + "."},
		{Name: "Encryption control", State: view.Good, Message: encryptionOf(vpc.Encryption)},
		{Name: "Quotas in use", State: view.Good, Message: s.quotas()},
	}
	return item
}

func encryptionOf(control peering.Encryption) string {
	if control.Mode == "" {
		return "The VPC has none."
	}
	return fmt.Sprintf("Mode %s (%s), exclusion of peering %s.", control.Mode, control.State, cmp.Or(control.PeeringExclusion, "disabled"))
}

// quotas counts what a peering adds to. What an account may have is its own: AWS's defaults change, and people raise them.
func (s *side) quotas() string {
	live := 0
	for _, c := range s.seen.network.Connections {
		if (c.State == peering.StateActive || c.State == peering.StatePending) && (c.Requester.VPC == s.seen.eks.VPCID || c.Accepter.VPC == s.seen.eks.VPCID) {
			live++
		}
	}
	fullest := peering.RouteTable{}
	for _, table := range s.seen.network.RouteTables {
		if len(table.Routes) >= len(fullest.Routes) {
			fullest = table
		}
	}
	rules := map[string]int{}
	for _, rule := range s.seen.network.Rules {
		if !rule.Egress {
			rules[rule.GroupID]++
		}
	}
	var perGroup []string
	for group, count := range rules {
		perGroup = append(perGroup, fmt.Sprintf("%s has %s", group, message.Count(count, "ingress rule")))
	}
	slices.Sort(perGroup)
	said := fmt.Sprintf("%s (L-7E9ECCDB); at most %s in one table, %s (L-93826ACB); of the pods' groups %s (L-0EA8095F). Yours allow: aws service-quotas get-service-quota --service-code vpc --region %s --quota-code CODE",
		message.Count(live, "peering connection"), message.Count(len(fullest.Routes), "route"), fullest.ID, cmp.Or(strings.Join(perGroup, ", "), "none has an ingress rule"), s.Region)
	return said + "."
}
