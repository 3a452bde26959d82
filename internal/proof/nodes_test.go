package proof

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// eu is the cluster of the report, and victim the one whose instances it had terminated.
var (
	eu     = Cluster{PeeredCluster: "eu", Name: "eu", VPC: "vpc-eu"}
	victim = Cluster{PeeredCluster: "victim", Name: "victim", VPC: "vpc-victim"}
)

// facts is AWS with an instance of each cluster in a group of its own.
func facts(edit func(AWS)) AWS {
	f := AWS{
		Instances: map[string]Instance{
			"i-eu":     {ID: "i-eu", Zone: "eu-west-1a", Group: "eu-nodes"},
			"i-victim": {ID: "i-victim", Zone: "eu-west-1a", Group: "victim-nodes"},
		},
		Groups: map[string]Group{
			"eu-nodes":     {Name: "eu-nodes", VPCs: []string{"vpc-eu"}, Tags: map[string]string{"kubernetes.io/cluster/eu": "owned"}},
			"victim-nodes": {Name: "victim-nodes", VPCs: []string{"vpc-victim"}, Tags: map[string]string{"kubernetes.io/cluster/victim": "owned"}},
		},
	}
	f.Placed = map[string]Placement{}
	if edit != nil {
		edit(f)
	}
	return f
}

func tagged(tags ...string) func(AWS) {
	return func(f AWS) {
		g := f.Groups["eu-nodes"]
		g.Tags = map[string]string{}
		for i := 0; i < len(tags); i += 2 {
			g.Tags[tags[i]] = tags[i+1]
		}
		f.Groups["eu-nodes"] = g
	}
}

func inVPCs(vpcs ...string) func(AWS) {
	return func(f AWS) {
		g := f.Groups["eu-nodes"]
		g.VPCs = vpcs
		f.Groups["eu-nodes"] = g
	}
}

func placed(vpc string, tags ...string) func(AWS) {
	return func(f AWS) {
		placement := Placement{VPC: vpc, Tags: map[string]string{}}
		for i := 0; i < len(tags); i += 2 {
			placement.Tags[tags[i]] = tags[i+1]
		}
		f.Placed["i-karpenter"] = placement
	}
}

func claims(of Cluster, nodes ...Claim) Claims { return Claims{Cluster: of, Nodes: nodes} }

func TestN4OnlyTheGroupsTagsAndVPCProveAnInstance(t *testing.T) {
	t.Parallel()
	honest := claims(eu, Claim{Node: "a", InstanceID: "i-eu", Zone: "eu-west-1a"})
	for name, c := range map[string]struct {
		own    Claims
		others []Claims
		aws    func(AWS)
		// refused is node: a part of the message, with "(own)" behind it where nothing speaks against the instance.
		refused map[string]string
	}{
		"by the tag of Kubernetes": {own: honest},
		"by the tag of EKS":        {own: honest, aws: tagged("eks:cluster-name", "eu")},
		"by both tags":             {own: honest, aws: tagged("eks:cluster-name", "eu", "kubernetes.io/cluster/eu", "owned")},
		"shared with another":      {own: honest, aws: tagged("kubernetes.io/cluster/eu", "owned", "kubernetes.io/cluster/us", "shared")},
		"the reported input: a node of eu names an instance of victim in another VPC": {
			own:     claims(eu, Claim{Node: "liar", InstanceID: "i-victim", Zone: "eu-west-1a"}),
			others:  []Claims{claims(victim, Claim{Node: "v", InstanceID: "i-victim"})},
			refused: map[string]string{"liar": "Auto Scaling group victim-nodes in vpc-victim, not in the cluster's VPC vpc-eu"},
		},
		"and the victim keeps it": {
			own:    claims(victim, Claim{Node: "v", InstanceID: "i-victim", Zone: "eu-west-1a"}),
			others: []Claims{claims(eu, Claim{Node: "liar", InstanceID: "i-victim", Zone: "eu-west-1a"})},
		},
		"and keeps it, too, where the liar's cluster is in the same VPC": {
			own: claims(Cluster{PeeredCluster: "victim", Name: "victim", VPC: "vpc-victim"}, Claim{Node: "v", InstanceID: "i-victim"}),
			others: []Claims{claims(Cluster{PeeredCluster: "eu", Name: "eu", VPC: "vpc-victim"}, Claim{Node: "liar", InstanceID: "i-victim"}),
				claims(Cluster{PeeredCluster: "nameless", VPC: "vpc-victim"}, Claim{Node: "liar", InstanceID: "i-victim"})},
		},
		"a cluster without a name": {
			own:     claims(Cluster{PeeredCluster: "eu", VPC: "vpc-eu"}, Claim{Node: "a", InstanceID: "i-eu"}),
			refused: map[string]string{"a": "Set spec.clusterName of PeeredCluster eu(own)"},
		},
		"a cluster without a name names an instance in another VPC": {
			own:     claims(Cluster{PeeredCluster: "eu", VPC: "vpc-eu"}, Claim{Node: "a", InstanceID: "i-victim"}),
			refused: map[string]string{"a": "not in the cluster's VPC vpc-eu"},
		},
		"a cluster whose VPC is not known": {
			own:     claims(Cluster{PeeredCluster: "eu", Name: "eu"}, Claim{Node: "a", InstanceID: "i-eu"}),
			refused: map[string]string{"a": "Cannot confirm"},
		},
		"a group without tags":             {own: honest, aws: tagged(), refused: map[string]string{"a": "tag it with kubernetes.io/cluster/eu: owned or eks:cluster-name: eu"}},
		"a group that is only shared":      {own: honest, aws: tagged("kubernetes.io/cluster/eu", "shared"), refused: map[string]string{"a": "does not say whose it is"}},
		"a tag without its value":          {own: honest, aws: tagged("kubernetes.io/cluster/eu", ""), refused: map[string]string{"a": "does not say whose it is"}},
		"a group of another cluster":       {own: honest, aws: tagged("kubernetes.io/cluster/us", "owned"), refused: map[string]string{"a": "that of cluster us, not of eu alone"}},
		"a name that only begins the same": {own: honest, aws: tagged("kubernetes.io/cluster/eu-2", "owned"), refused: map[string]string{"a": "that of cluster eu-2"}},
		"a name in capitals":               {own: honest, aws: tagged("kubernetes.io/cluster/EU", "owned"), refused: map[string]string{"a": "that of cluster EU"}},
		"EKS says another cluster":         {own: honest, aws: tagged("eks:cluster-name", "us"), refused: map[string]string{"a": "that of cluster us"}},
		"tags that contradict each other":  {own: honest, aws: tagged("kubernetes.io/cluster/eu", "owned", "eks:cluster-name", "us"), refused: map[string]string{"a": "that of cluster eu, us, not of eu alone"}},
		"a group in two VPCs":              {own: honest, aws: inVPCs("vpc-eu", "vpc-victim"), refused: map[string]string{"a": "in vpc-victim"}},
		"a subnet that EC2 does not show":  {own: honest, aws: inVPCs("", "vpc-eu"), refused: map[string]string{"a": "EC2 does not show the group's subnets"}},
		"a group without subnets":          {own: honest, aws: inVPCs(), refused: map[string]string{"a": "EC2 does not show the group's subnets"}},
		"a group that AWS does not show":   {own: honest, aws: func(f AWS) { delete(f.Groups, "eu-nodes") }, refused: map[string]string{"a": "Cannot confirm"}},
		"another zone than AWS says": {
			own:     claims(eu, Claim{Node: "a", InstanceID: "i-eu", Zone: "eu-west-1b"}),
			refused: map[string]string{"a": "is in zone eu-west-1b, but AWS says that it is in eu-west-1a"},
		},
		"two nodes of the cluster": {
			own:     claims(eu, Claim{Node: "b", InstanceID: "i-eu", Zone: "eu-west-1a"}, Claim{Node: "a", InstanceID: "i-eu", Zone: "eu-west-1a"}),
			refused: map[string]string{"a": "Nodes a, b all name instance i-eu", "b": "Nodes a, b all name instance i-eu"},
		},
		"two nodes, of which one lies about the zone: the other is not disarmed": {
			own:     claims(eu, Claim{Node: "liar", InstanceID: "i-eu", Zone: "eu-west-1c"}, Claim{Node: "a", InstanceID: "i-eu", Zone: "eu-west-1a"}),
			refused: map[string]string{"liar": "zone eu-west-1c"},
		},
		"nodes of two PeeredClusters with equal right": {
			own:     honest,
			others:  []Claims{claims(Cluster{PeeredCluster: "twin", Name: "eu", VPC: "vpc-eu"}, Claim{Node: "t", InstanceID: "i-eu"})},
			refused: map[string]string{"a": "Node t of PeeredCluster twin names instance i-eu too"},
		},
		"a twin with other instances": {
			own:    honest,
			others: []Claims{claims(Cluster{PeeredCluster: "twin", Name: "eu", VPC: "vpc-eu"}, Claim{Node: "t", InstanceID: "i-other"})},
		},
		"a twin that was not read yet": {
			own:     honest,
			others:  []Claims{{Cluster: Cluster{PeeredCluster: "twin", Name: "eu", VPC: "vpc-eu"}, Unread: true}},
			refused: map[string]string{"a": "PeeredCluster twin has the same name eu in the same VPC vpc-eu and was not read yet(own)"},
		},
		"another cluster that was not read yet": {own: honest, others: []Claims{{Cluster: victim, Unread: true}}},
		"Karpenter's: an instance in no group":  {own: claims(eu, Claim{Node: "a", InstanceID: "i-karpenter"}), aws: placed("vpc-eu", "kubernetes.io/cluster/eu", "owned")},
		"Karpenter's, by its other tag":         {own: claims(eu, Claim{Node: "a", InstanceID: "i-karpenter"}), aws: placed("vpc-eu", "eks:eks-cluster-name", "eu")},
		"Karpenter's, of a cluster without a name": {
			own: claims(Cluster{PeeredCluster: "eu", VPC: "vpc-eu"}, Claim{Node: "a", InstanceID: "i-karpenter"}), aws: placed("vpc-eu"),
		},
		"Karpenter's, in another VPC": {
			own: claims(eu, Claim{Node: "liar", InstanceID: "i-karpenter"}), aws: placed("vpc-victim", "kubernetes.io/cluster/victim", "owned"),
			refused: map[string]string{"liar": "Instance i-karpenter is in vpc-victim, not in the cluster's VPC vpc-eu"},
		},
		"Karpenter's, of another cluster in the VPC": {
			own: claims(eu, Claim{Node: "liar", InstanceID: "i-karpenter"}), aws: placed("vpc-eu", "kubernetes.io/cluster/victim", "owned"),
			refused: map[string]string{"liar": "tagged as that of cluster victim"},
		},
		"Karpenter's, and the victim keeps it": {
			own:    claims(Cluster{PeeredCluster: "victim", Name: "victim", VPC: "vpc-eu"}, Claim{Node: "v", InstanceID: "i-karpenter"}),
			others: []Claims{claims(eu, Claim{Node: "liar", InstanceID: "i-karpenter"})},
			aws:    placed("vpc-eu", "kubernetes.io/cluster/victim", "owned"),
		},
		"Karpenter's, without a tag": {
			own: claims(eu, Claim{Node: "liar", InstanceID: "i-karpenter"}), aws: placed("vpc-eu"), refused: map[string]string{"liar": "no tag that says whose it is"},
		},
		"Karpenter's, named by two nodes": {
			own: claims(eu, Claim{Node: "a", InstanceID: "i-karpenter"}, Claim{Node: "b", InstanceID: "i-karpenter"}),
			aws: placed("vpc-eu", "kubernetes.io/cluster/eu", "owned"), refused: map[string]string{"a": "Nodes a, b all name", "b": "Nodes a, b all name"},
		},
		"an instance of which nothing is known, named by two nodes": {
			own:     claims(eu, Claim{Node: "a", InstanceID: "i-lonely"}, Claim{Node: "b", InstanceID: "i-lonely"}),
			refused: map[string]string{"a": "Nodes a, b all name", "b": "Nodes a, b all name"},
		},
		"an instance of which nothing is known": {own: claims(eu, Claim{Node: "a", InstanceID: "i-lonely"})},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := Nodes(c.own, c.others, facts(c.aws))
			if want := slices.Sorted(maps.Keys(c.refused)); !slices.Equal(want, slices.Sorted(maps.Keys(got))) {
				t.Fatalf("refused %v, want %v", got, want)
			}
			for node, part := range c.refused {
				part, own := strings.CutSuffix(part, "(own)")
				if !strings.Contains(got[node].Message, part) || got[node].Foreign == own {
					t.Errorf("node %s: %+v, want it to say %q", node, got[node], part)
				}
			}
		})
	}
}
