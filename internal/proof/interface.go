package proof

import (
	"fmt"
	"slices"
	"strings"

	"github.com/crossvpc/crossvpc/internal/message"
)

// Interface is a network interface: what a CiliumNode says of it, or what EC2 says.
type Interface struct {
	ID, Subnet string
	// Groups are its security groups, sorted.
	Groups []string
}

// InterfaceClaim is what the CiliumNode of a node says.
type InterfaceClaim struct {
	Interface
	// Node is the node's name, and Instance what the Node object of that name says it is on; empty: nothing.
	Node, Instance string
}

// InterfaceFact is what EC2 says.
type InterfaceFact struct {
	Interface
	VPC string
	// Instance that it is attached to; empty: none.
	Instance string
}

// EC2 is what EC2 said of the interfaces that it was asked for.
type EC2 struct {
	// Interfaces by id. One that EC2 does not show is missing.
	Interfaces map[string]InterfaceFact
	// Tags of the instances that they are attached to; nil: they could not be read.
	Tags map[string]map[string]string
}

// pair is what is confirmed: an interface of the cluster in this subnet has these groups.
func (i Interface) pair() string { return i.Subnet + " " + strings.Join(i.Groups, ",") }

func (c InterfaceClaim) key() string {
	return strings.Join([]string{c.Node, c.Instance, c.ID, c.pair()}, " ")
}

// contradiction says why an interface is not proven to be the node's. Attached to the node's instance is
// not enough: a CiliumNode may name the interface of a database in the same VPC, and a Node its instance.
func (c InterfaceClaim) contradiction(own Claims, others []Claims, fact InterfaceFact, tags tags) string {
	if wrong := c.misplaced(own.Cluster, fact); wrong != "" {
		return wrong
	}
	if wrong := c.untagged(own.Cluster, fact, tags); wrong != "" {
		return wrong
	}
	if rival := rival(c.Node, own, others, fact, tags); rival != "" {
		return c.says("is attached to instance %s, which %s names too", fact.Instance, rival)
	}
	return c.differs(fact)
}

// tags are those of instances.
type tags struct {
	// of instances, by id; nil: they could not be read.
	of map[string]map[string]string
	// used: instances of this cluster were seen that say whose they are.
	used bool
}

func (c InterfaceClaim) misplaced(own Cluster, fact InterfaceFact) string {
	switch {
	case fact.VPC != own.VPC:
		return c.says("is in %s, not in the cluster's VPC %s", fact.VPC, own.VPC)
	case fact.Instance == "":
		return c.says("is attached to no instance")
	case c.Instance == "":
		return c.says("is attached to instance %s, but no Node %s names an instance", fact.Instance, c.Node)
	case c.Instance != fact.Instance:
		return c.says("is attached to instance %s, but Node %s names instance %s", fact.Instance, c.Node, c.Instance)
	}
	return ""
}

// differs: EC2 has the interface in another subnet or with other groups. What a CiliumNode leaves out it does not claim.
func (c InterfaceClaim) differs(fact InterfaceFact) string {
	switch {
	case c.Subnet != "" && c.Subnet != fact.Subnet:
		return c.says("is in subnet %s, not in %s", fact.Subnet, c.Subnet)
	case len(c.Groups) > 0 && !slices.Equal(c.Groups, fact.Groups):
		return c.says("has the security groups %s, not %s", message.List(fact.Groups), message.List(c.Groups))
	}
	return ""
}

// untagged: where the cluster's name is known, the instance says by its tags that it is this cluster's. Where it is
// not, an instance without any such tag is none of the cluster's if others of its instances have one.
func (c InterfaceClaim) untagged(own Cluster, fact InterfaceFact, tags tags) string {
	names := owners(tags.of[fact.Instance])
	switch {
	case tags.of == nil, own.Name == "" && (len(names) > 0 || !tags.used):
	case own.Name == "":
		return c.says("is attached to instance %s, which no tag calls a cluster's, unlike the other nodes' instances", fact.Instance)
	case len(names) == 0:
		return c.says("is attached to instance %s, which has no tag %s", fact.Instance, tagAdvice(own.Name))
	case len(names) > 1 || names[0] != own.Name:
		return c.says("is attached to instance %s, which is tagged as that of cluster %s", fact.Instance, message.List(names))
	}
	return ""
}

// lacksATag: the interface is the node's by everything but the tags of its instance, and nobody else's by those. That is no
// proof, and no contradiction: what was taken over before tags were compared stays.
func (c InterfaceClaim) lacksATag(own Cluster, fact InterfaceFact, of map[string]map[string]string) bool {
	return of != nil && len(owners(of[fact.Instance])) == 0 && c.misplaced(own, fact) == "" && c.differs(fact) == ""
}

// rival is another node that names the instance with no less right; empty: there is none.
func rival(node string, own Claims, others []Claims, fact InterfaceFact, tags tags) string {
	for _, claim := range own.Nodes {
		if claim.InstanceID == fact.Instance && claim.Node != node {
			return "Node " + claim.Node
		}
	}
	owned := owners(tags.of[fact.Instance])
	for _, other := range others {
		if other.Cluster.VPC != fact.VPC || len(owned) > 0 && !slices.Contains(owned, other.Cluster.Name) {
			continue // EC2 contradicts it
		}
		for _, claim := range other.Nodes {
			if claim.InstanceID == fact.Instance {
				return "Node " + claim.Node + " of PeeredCluster " + other.Cluster.PeeredCluster
			}
		}
	}
	return ""
}

// says begins with the CiliumNode, which is what a person has to look at.
func (c InterfaceClaim) says(format string, args ...any) string {
	return fmt.Sprintf("CiliumNode %s reports interface %s, which "+format+", says EC2.", append([]any{c.Node, c.ID}, args...)...)
}
