package view

import (
	"fmt"
	"slices"
	"strings"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// Network is a VPC of the drawing.
type Network struct {
	ID, Region, Account string
	Blocks, Clusters    []string
}

// Edge is a VPCPeering of the drawing.
type Edge struct {
	From, To, Name, Connection string
	State                      State
	// Closed says what on the path stops packets, each kind once.
	Closed []string `json:",omitempty"`
}

// closings are what stops packets, in the words of the drawing, by the finding's reason.
var closings = map[string]string{
	v1alpha1.FindingRouteMissing:     "closed: no route",
	v1alpha1.FindingRouteElsewhere:   "shadowed by another route",
	v1alpha1.FindingRouteBlackhole:   "closed: blackhole route",
	v1alpha1.FindingGroupDenies:      "closed: security groups",
	v1alpha1.FindingACLDenies:        "closed: network ACL",
	v1alpha1.FindingACLDeniesAnswers: "closed: network ACL, to answers",
	v1alpha1.FindingPathMTU:          "closed: path MTU discovery",
}

func closed(peering *v1alpha1.VPCPeering) []string {
	if peering.Status.Path == nil {
		return nil
	}
	var all []string
	for _, finding := range peering.Status.Path.Findings {
		if text, known := closings[finding.Reason]; known && !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	return all
}

// Graph is the peered networks.
type Graph struct {
	Networks []Network
	Edges    []Edge
}

// Networks draws VPCPeerings whose two sides are known.
func Networks(peerings []v1alpha1.VPCPeering) Graph {
	known := map[string]*Network{}
	var graph Graph
	for i := range peerings {
		peering := &peerings[i]
		from, to := peering.Status.Requester, peering.Status.Accepter
		if from == nil || to == nil || from.VPCID == "" || to.VPCID == "" {
			continue
		}
		join(known, from)
		join(known, to)
		graph.Edges = append(graph.Edges, Edge{
			From: string(from.VPCID), To: string(to.VPCID), Name: peering.Namespace + "/" + peering.Name,
			Connection: peering.Status.PeeringConnectionID, State: Head(peering).State, Closed: closed(peering),
		})
	}
	for _, network := range known {
		graph.Networks = append(graph.Networks, *network)
	}
	slices.SortFunc(graph.Networks, func(a, b Network) int { return strings.Compare(a.ID, b.ID) })
	slices.SortFunc(graph.Edges, func(a, b Edge) int { return strings.Compare(a.Name, b.Name) })
	return graph
}

func join(known map[string]*Network, side *v1alpha1.SideStatus) {
	network := known[string(side.VPCID)]
	if network == nil {
		network = &Network{ID: string(side.VPCID), Region: string(side.Region), Account: string(side.AccountID), Blocks: side.CIDRBlocks}
		known[network.ID] = network
	}
	for _, cluster := range side.Clusters {
		if !slices.Contains(network.Clusters, cluster) {
			network.Clusters = append(network.Clusters, cluster)
		}
	}
}

// label is what a network's box says.
func (n Network) label(line string) string {
	lines := []string{n.ID, n.Region + ", account " + n.Account, strings.Join(n.Blocks, " ")}
	if len(n.Clusters) > 0 {
		lines = append(lines, "clusters: "+strings.Join(n.Clusters, ", "))
	}
	return strings.Join(lines, line)
}

func (e Edge) label(line string) string {
	lines := []string{e.Name}
	if e.Connection != "" {
		lines = append(lines, e.Connection)
	}
	return strings.Join(slices.Concat(lines, []string{string(e.State)}, e.Closed), line)
}

// Mermaid is the drawing as GitHub renders it. What does not work is dotted.
func (g Graph) Mermaid() string {
	var text strings.Builder
	text.WriteString("flowchart LR\n")
	for _, network := range g.Networks {
		fmt.Fprintf(&text, "  %s[%q]\n", network.ID, network.label("<br/>"))
	}
	for _, edge := range g.Edges {
		arrow := "---"
		if edge.State != Good {
			arrow = "-.-"
		}
		fmt.Fprintf(&text, "  %s %s|%q| %s\n", edge.From, arrow, edge.label("<br/>"), edge.To)
	}
	return text.String()
}

// DOT is the drawing for Graphviz. What does not work is dotted.
func (g Graph) DOT() string {
	var text strings.Builder
	// A viewer without this font draws wider letters than Graphviz has reckoned with: hence the margin.
	const font = `fontname="Helvetica,Arial,sans-serif", fontsize=11`
	text.WriteString("graph crossvpc {\n  rankdir=LR\n  node [shape=box, margin=\"0.3,0.1\", " + font + "]\n  edge [" + font + "]\n")
	for _, network := range g.Networks {
		fmt.Fprintf(&text, "  %q [label=%s]\n", network.ID, quoted(network.label(`\n`)))
	}
	for _, edge := range g.Edges {
		style := "solid"
		if edge.State != Good {
			style = "dotted"
		}
		fmt.Fprintf(&text, "  %q -- %q [label=%s, style=%s]\n", edge.From, edge.To, quoted(edge.label(`\n`)), style)
	}
	text.WriteString("}\n")
	return text.String()
}

// quoted keeps DOT's own line break in a label.
func quoted(label string) string { return `"` + strings.ReplaceAll(label, `"`, `\"`) + `"` }
