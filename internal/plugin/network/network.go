// Package network shows what a VPC has that a peering rests on: its blocks, its encryption control, and what is in use
// of AWS's quotas. It is pure: what was read in, a part of a tree out.
package network

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/crossvpc/crossvpc/internal/cidr"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/plugin/view"
)

// Items are what is known of a VPC in a region. Its quotas are counted of what was read: without rules none is in use.
func Items(vpc, region string, seen peering.SideSnapshot) []view.Item {
	return []view.Item{
		{Name: "Blocks", State: view.Good, Message: blocks(seen.VPC) + "."},
		{Name: "Encryption control", State: view.Good, Message: encryption(seen.VPC.Encryption)},
		{Name: "Quotas in use", State: view.Good, Message: quotas(vpc, region, seen)},
	}
}

func blocks(vpc *peering.VPC) string { return cidr.Join(vpc.AssociatedBlocks()) }

func encryption(control peering.Encryption) string {
	if control.Mode == "" {
		return "The VPC has none."
	}
	return fmt.Sprintf("Mode %s (%s), exclusion of peering %s.", control.Mode, control.State, cmp.Or(control.PeeringExclusion, "disabled"))
}

// quotas counts what a peering adds to. What an account may have is its own: AWS's defaults change, and people raise them.
func quotas(vpc, region string, seen peering.SideSnapshot) string {
	fullest := fullestTable(seen.RouteTables)
	return fmt.Sprintf("%s (L-7E9ECCDB); at most %s in one table, %s (L-93826ACB); of the pods' groups %s (L-0EA8095F). Yours allow: aws service-quotas get-service-quota --service-code vpc --region %s --quota-code CODE.",
		message.Count(connectionsOf(vpc, seen.Connections), "peering connection"), message.Count(len(fullest.Routes), "route"), cmp.Or(fullest.ID, "there is none"),
		cmp.Or(strings.Join(ingressRules(seen.Rules), ", "), "none has an ingress rule"), region)
}

// connectionsOf counts those that are active or asked for.
func connectionsOf(vpc string, connections []peering.Connection) int {
	count := 0
	for _, c := range connections {
		if (c.State == peering.StateActive || c.State == peering.StatePending) && (c.Requester.VPC == vpc || c.Accepter.VPC == vpc) {
			count++
		}
	}
	return count
}

func fullestTable(tables []peering.RouteTable) (fullest peering.RouteTable) {
	for _, table := range tables {
		if len(table.Routes) >= len(fullest.Routes) {
			fullest = table
		}
	}
	return fullest
}

func ingressRules(rules []peering.SecurityGroupRule) []string {
	counts := map[string]int{}
	for _, rule := range rules {
		if !rule.Egress {
			counts[rule.GroupID]++
		}
	}
	var said []string
	for group, count := range counts {
		said = append(said, fmt.Sprintf("%s has %s", group, message.Count(count, "ingress rule")))
	}
	slices.Sort(said)
	return said
}
