package proof

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	nodeA = claims(Cluster{PeeredCluster: "eu", Name: "eu", VPC: "vpc-eu"}, Claim{Node: "a", InstanceID: "i-a"}, Claim{Node: "b", InstanceID: "i-b"})
)

func claimOf(node, instance, id, subnet string, groups ...string) InterfaceClaim {
	return InterfaceClaim{Interface: Interface{ID: id, Subnet: subnet, Groups: groups}, Node: node, Instance: instance}
}

func fact(instance, id, subnet string, groups ...string) InterfaceFact {
	return InterfaceFact{Interface: Interface{ID: id, Subnet: subnet, Groups: groups}, VPC: "vpc-eu", Instance: instance}
}

func ec2(tags map[string]map[string]string, facts ...InterfaceFact) EC2 {
	said := EC2{Interfaces: map[string]InterfaceFact{}, Tags: tags}
	for _, f := range facts {
		said.Interfaces[f.ID] = f
	}
	return said
}

func tagsOf(pairs ...string) map[string]map[string]string {
	all := map[string]map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		if all[pairs[i]] == nil {
			all[pairs[i]] = map[string]string{}
		}
		key, value, _ := strings.Cut(pairs[i+1], "=")
		all[pairs[i]][key] = value
	}
	return all
}

func TestAnInterfaceIsTheClustersOnlyIfEC2AttachesItToAProvenNode(t *testing.T) {
	t.Parallel()
	ours := tagsOf("i-a", "kubernetes.io/cluster/eu=owned", "i-b", "aws:eks:cluster-name=eu")
	nameless, namesake := nodeA, nodeA
	nameless.Cluster.Name = ""
	namesake.Cluster.PeeredCluster = "twin"
	elsewhere := claims(victim, Claim{Node: "liar", InstanceID: "i-a"})
	honest := claimOf("a", "i-a", "eni-a", "subnet-1", "sg-1", "sg-2")
	shown := fact("i-a", "eni-a", "subnet-1", "sg-1", "sg-2")
	for name, c := range map[string]struct {
		own    Claims
		others []Claims
		claim  InterfaceClaim
		said   EC2
		// says is part of the contradiction; empty: it is proven.
		says string
	}{
		"as reported": {own: nodeA, claim: honest, said: ec2(ours, shown)},
		"the database of the report: a real interface of the same VPC, on an instance of its own": {
			own: nodeA, claim: claimOf("a", "i-a", "eni-db", "subnet-db", "sg-db"), said: ec2(ours, fact("i-db", "eni-db", "subnet-db", "sg-db")),
			says: "CiliumNode a reports interface eni-db, which is attached to instance i-db, but Node a names instance i-a, says EC2.",
		},
		"an interface that AWS made for a database": {
			own: nodeA, claim: claimOf("a", "i-a", "eni-rds", "subnet-db", "sg-db"), said: ec2(ours, fact("", "eni-rds", "subnet-db", "sg-db")),
			says: "eni-rds, which is attached to no instance",
		},
		"a database that a Node names, too": {
			own:   claims(nodeA.Cluster, Claim{Node: "db", InstanceID: "i-db"}),
			claim: claimOf("db", "i-db", "eni-db", "subnet-db", "sg-db"), said: ec2(ours, fact("i-db", "eni-db", "subnet-db", "sg-db")),
			says: "instance i-db, which has no tag kubernetes.io/cluster/eu: owned",
		},
		"a database that a Node of a cluster without a name names": {
			own:   claims(nameless.Cluster, Claim{Node: "a", InstanceID: "i-a"}, Claim{Node: "db", InstanceID: "i-db"}),
			claim: claimOf("db", "i-db", "eni-db", "subnet-db", "sg-db"), said: ec2(ours, shown, fact("i-db", "eni-db", "subnet-db", "sg-db")),
			says: "instance i-db, which no tag calls a cluster's",
		},
		"a node of another cluster": {
			own: nodeA, claim: honest, said: ec2(tagsOf("i-a", "kubernetes.io/cluster/us=owned"), shown), says: "tagged as that of cluster us",
		},
		"tags of two clusters": {
			own: nodeA, claim: honest, said: ec2(tagsOf("i-a", "kubernetes.io/cluster/eu=owned", "i-a", "eks:cluster-name=us"), shown), says: "tagged as that of cluster eu, us",
		},
		"a cluster without a name":                      {own: nameless, claim: honest, said: ec2(ours, shown)},
		"a cluster without a name, and without tags":    {own: nameless, claim: honest, said: ec2(tagsOf(), shown)},
		"tags that could not be read":                   {own: nodeA, claim: honest, said: ec2(nil, shown)},
		"another VPC":                                   {own: nodeA, claim: honest, said: ec2(ours, InterfaceFact{Interface: shown.Interface, VPC: "vpc-x", Instance: "i-a"}), says: "is in vpc-x, not in the cluster's VPC vpc-eu"},
		"another subnet":                                {own: nodeA, claim: claimOf("a", "i-a", "eni-a", "subnet-db", "sg-1", "sg-2"), said: ec2(ours, shown), says: "is in subnet subnet-1, not in subnet-db"},
		"other groups":                                  {own: nodeA, claim: claimOf("a", "i-a", "eni-a", "subnet-1", "sg-1", "sg-db"), said: ec2(ours, shown), says: "has the security groups sg-1, sg-2, not sg-1, sg-db"},
		"no subnet and no groups, which claims nothing": {own: nodeA, claim: claimOf("a", "i-a", "eni-a", ""), said: ec2(ours, shown)},
		"one more group":                                {own: nodeA, claim: claimOf("a", "i-a", "eni-a", "subnet-1", "sg-1", "sg-2", "sg-db"), said: ec2(ours, shown), says: "not sg-1, sg-2, sg-db"},
		"a CiliumNode without a Node":                   {own: nodeA, claim: claimOf("ghost", "", "eni-a", "subnet-1", "sg-1", "sg-2"), said: ec2(ours, shown), says: "no Node ghost names an instance"},
		"the interface of another node":                 {own: nodeA, claim: claimOf("b", "i-b", "eni-a", "subnet-1", "sg-1", "sg-2"), said: ec2(ours, shown), says: "but Node b names instance i-b"},
		"an instance that two Nodes name":               {own: claims(nodeA.Cluster, Claim{Node: "a", InstanceID: "i-a"}, Claim{Node: "b", InstanceID: "i-a"}), claim: honest, said: ec2(ours, shown), says: "which Node b names too"},
		"a Node of another VPC's cluster names it":      {own: nodeA, others: []Claims{elsewhere}, claim: honest, said: ec2(ours, shown)},
		"a Node of a twin names it":                     {own: nodeA, others: []Claims{namesake}, claim: honest, said: ec2(ours, shown), says: "Node a of PeeredCluster twin names too"},
		"a Node of a cluster that the tags do not say":  {own: nodeA, others: []Claims{claims(Cluster{PeeredCluster: "liar", Name: "liar", VPC: "vpc-eu"}, Claim{Node: "l", InstanceID: "i-a"})}, claim: honest, said: ec2(ours, shown)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var ledger Ledger
			all := []InterfaceClaim{c.claim}
			ledger.Learn(all, ledger.Ask(all, start), c.own, c.others, c.said, start)
			out := ledger.Judge(all, start)
			if proven := out.Proves(c.claim); proven != (c.says == "") || out.Any() != proven {
				t.Errorf("proven %t: %v", proven, out.Contradictions)
			}
			if c.says != "" && (len(out.Contradictions) != 1 || !strings.Contains(out.Contradictions[0], c.says)) {
				t.Errorf("contradictions %v, want %q", out.Contradictions, c.says)
			}
		})
	}
}

// TestEC2IsAskedForNewPairsAndThenHourly: what nodes report again at each sweep costs nothing.
func TestEC2IsAskedForNewPairsAndThenHourly(t *testing.T) {
	t.Parallel()
	var ledger Ledger
	var all []InterfaceClaim
	var facts []InterfaceFact
	own := claims(Cluster{VPC: "vpc-eu"})
	for i := range 300 {
		node, instance := fmt.Sprintf("n%03d", i), fmt.Sprintf("i-%03d", i)
		own.Nodes = append(own.Nodes, Claim{Node: node, InstanceID: instance})
		all = append(all, claimOf(node, instance, "eni-"+node, "subnet-1", "sg-1"))
		facts = append(facts, fact(instance, "eni-"+node, "subnet-1", "sg-1"))
	}
	asks := func(now time.Time) int {
		due := ledger.Ask(all, now)
		ledger.Learn(all, due, own, nil, ec2(nil, facts...), now)
		return len(due)
	}
	if got := asks(start); got != perPair {
		t.Errorf("%d interfaces of one pair were asked for, want %d", got, perPair)
	}
	if out := ledger.Judge(all, start); len(out.proven) != 300 || out.AskIn != ConfirmedFor {
		t.Errorf("%d proven, next in %s", len(out.proven), out.AskIn)
	}
	for now := start.Add(time.Minute); now.Before(start.Add(ConfirmedFor)); now = now.Add(time.Minute) {
		if got := asks(now); got > 0 {
			t.Fatalf("%d asked for again after %s", got, now.Sub(start))
		}
	}
	if got := asks(start.Add(ConfirmedFor)); got != perPair {
		t.Errorf("%d asked for after an hour", got)
	}
	all[7].Subnet, facts[7].Subnet = "subnet-2", "subnet-2"
	if got := asks(start.Add(ConfirmedFor + time.Minute)); got != 1 {
		t.Errorf("%d asked for, want the one of a new pair", got)
	}
}

// TestLiesBesideATruthDoNotHideIt: ten edited CiliumNodes whose names come first report the pair that an honest one has.
func TestLiesBesideATruthDoNotHideIt(t *testing.T) {
	t.Parallel()
	var ledger Ledger
	honest := claimOf("z", "i-z", "eni-z", "subnet-1", "sg-1")
	own := claims(Cluster{VPC: "vpc-eu"}, Claim{Node: "z", InstanceID: "i-z"})
	all, said := []InterfaceClaim{honest}, ec2(nil, fact("i-z", "eni-z", "subnet-1", "sg-1"))
	for i := range 10 {
		lie := claimOf(fmt.Sprintf("a%d", i), "", fmt.Sprintf("eni-%d", i), "subnet-1", "sg-1")
		all = append(all, lie)
		said.Interfaces[lie.ID] = fact("i-db", lie.ID, "subnet-1", "sg-1")
	}
	now := start
	for range 3 {
		ledger.Learn(all, ledger.Ask(all, now), own, nil, said, now)
		if ledger.Judge(all, now).Proves(honest) {
			return
		}
		now = now.Add(max(ledger.Judge(all, now).AskIn, time.Second))
	}
	t.Errorf("not proven after %s: %v", now.Sub(start), ledger.Judge(all, now).Contradictions)
}

// TestA11WhatEC2HasYetToConfirmIsNoLie: the few interfaces of a pair that EC2 is asked for again may be those of nodes that
// are being terminated. Until the others were asked for, nothing of the pair is forgotten.
func TestA11WhatEC2HasYetToConfirmIsNoLie(t *testing.T) {
	t.Parallel()
	var ledger Ledger
	var all []InterfaceClaim
	said, own := ec2(nil), claims(Cluster{VPC: "vpc-eu"})
	for i := range 2 * perPair {
		node, instance := fmt.Sprintf("n%02d", i), fmt.Sprintf("i-%02d", i)
		own.Nodes = append(own.Nodes, Claim{Node: node, InstanceID: instance})
		all = append(all, claimOf(node, instance, "eni-"+node, "subnet-1", "sg-1"))
		said.Interfaces["eni-"+node] = fact(instance, "eni-"+node, "subnet-1", "sg-1")
	}
	inSubnet := func(i Interface) bool { return i.Subnet == "subnet-1" }
	ledger.Learn(all, ledger.Ask(all, start), own, nil, said, start)
	for _, claim := range all[:perPair] { // detached, before their CiliumNodes are gone
		said.Interfaces[claim.ID] = fact("", claim.ID, "subnet-1", "sg-1")
	}
	now := start.Add(ConfirmedFor)
	ledger.Learn(all, ledger.Ask(all, now), own, nil, said, now)
	out := ledger.Judge(all, now)
	if out.Any() || out.Open != perPair || out.OnlyLies(all, inSubnet) {
		t.Errorf("proven %t, open %d, only lies %t", out.Any(), out.Open, out.OnlyLies(all, inSubnet))
	}
	ledger.Learn(all, ledger.Ask(all, now), own, nil, said, now)
	if out = ledger.Judge(all, now); !out.Proves(all[perPair]) || out.OnlyLies(all, inSubnet) {
		t.Error("the others were asked for, and not proven")
	}
	for _, claim := range all {
		said.Interfaces[claim.ID] = fact("i-db", claim.ID, "subnet-1", "sg-1")
	}
	for range 3 {
		now = now.Add(ConfirmedFor)
		ledger.Learn(all, ledger.Ask(all, now), own, nil, said, now)
		ledger.Learn(all, ledger.Ask(all, now), own, nil, said, now)
	}
	if out = ledger.Judge(all, now); !out.OnlyLies(all, inSubnet) || out.OnlyLies(all, func(Interface) bool { return false }) {
		t.Error("EC2 contradicts all of them")
	}
}

func TestAnInterfaceThatEC2DoesNotShowYetIsNoContradictionForAMinute(t *testing.T) {
	t.Parallel()
	var ledger Ledger
	all := []InterfaceClaim{claimOf("a", "i-a", "eni-a", "subnet-1", "sg-1")}
	for now := start; now.Before(start.Add(3 * time.Minute)); now = now.Add(unseenFor) {
		ledger.Learn(all, ledger.Ask(all, now), nodeA, nil, ec2(nil), now)
		out := ledger.Judge(all, now)
		if out.Any() || out.AskIn > unseenFor || (len(out.Contradictions) > 0) != (now.Sub(start) >= lagFor) {
			t.Errorf("after %s: %v, next in %s", now.Sub(start), out.Contradictions, out.AskIn)
		}
	}
	now := start.Add(4 * time.Minute)
	ledger.Learn(all, ledger.Ask(all, now), nodeA, nil, ec2(nil, fact("i-a", "eni-a", "subnet-1", "sg-1")), now)
	if out := ledger.Judge(all, now); !out.Proves(all[0]) || len(out.Contradictions) > 0 {
		t.Errorf("shown at last: %v", out.Contradictions)
	}
}

// TestWhatNoInterfaceHasAnyMoreLeaves: at once where only a lie speaks for it, else after an hour (A11).
func TestA11WhatNoProvenInterfaceHasAnyMoreLeavesAfterAnHour(t *testing.T) {
	t.Parallel()
	var ledger Ledger
	left := map[string]time.Duration{}
	for now := start; now.Before(start.Add(3 * time.Hour)); now = now.Add(time.Minute) {
		for what, c := range map[string]struct{ proven, lie bool }{
			"proven": {proven: true}, "gone": {}, "lie": {lie: true}, "proven, and reported by a liar, too": {proven: true, lie: true},
			"back after half an hour": {proven: now.Sub(start)%(40*time.Minute) > 30*time.Minute},
		} {
			if _, gone := left[what]; !gone && ledger.Lapsed(what, c.proven, c.lie, now) {
				left[what] = now.Sub(start)
			}
		}
	}
	want := map[string]time.Duration{"gone": time.Hour, "lie": 0}
	if !maps.Equal(want, left) {
		t.Errorf("left %v, want %v (%v)", left, want, slices.Sorted(maps.Keys(left)))
	}
}

func TestAClaimThatChangesIsAskedForAtOnce(t *testing.T) {
	t.Parallel()
	var ledger Ledger
	said := ec2(nil, fact("i-a", "eni-a", "subnet-1", "sg-1"))
	all := []InterfaceClaim{claimOf("a", "", "eni-a", "subnet-1", "sg-1")} // before the Node says what it is on
	ledger.Learn(all, ledger.Ask(all, start), nodeA, nil, said, start)
	if out := ledger.Judge(all, start); out.Any() {
		t.Fatal("proven without a Node")
	}
	all[0].Instance = "i-a"
	ledger.Learn(all, ledger.Ask(all, start.Add(time.Second)), nodeA, nil, said, start.Add(time.Second))
	if out := ledger.Judge(all, start.Add(time.Second)); !out.Proves(all[0]) || len(out.Contradictions) > 0 {
		t.Errorf("not proven: %v", out.Contradictions)
	}
}
