package peering

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// rule admits all traffic from a block to the requester's group.
func rule(id, source string, edits ...func(*SecurityGroupRule)) SecurityGroupRule {
	r := SecurityGroupRule{
		ID: id, GroupID: euGroup, Source: prefix(source), Protocol: "-1", FromPort: -1, ToPort: -1,
		Tags: map[string]string{v1alpha1.TagOwner: owner},
	}
	for _, edit := range edits {
		edit(&r)
	}
	return r
}

func foreignRule(r *SecurityGroupRule) { r.Tags = nil }

// toPeer marks a rule as made for a peer's VPC.
func toPeer(vpc string) func(*SecurityGroupRule) {
	return func(r *SecurityGroupRule) {
		r.Tags = map[string]string{v1alpha1.TagOwner: owner, v1alpha1.TagPeerVPC: vpc}
	}
}
func egress(r *SecurityGroupRule) { r.Egress = true }

func TestPlanRules(t *testing.T) {
	port := func(n int32) *int32 { return &n }
	const all = "let sg-eu (requester) admit all traffic from 10.12.0.0/16"
	type want struct{ actions, inPlace, missing, foreign, controlPlane, inventory []string }
	for name, test := range map[string]struct {
		prepare func(*scene)
		want    want
	}{
		"admits all traffic by default, and writes it down first": {
			func(*scene) {}, want{actions: []string{all}, inventory: []string{"sg-eu  all traffic from 10.12.0.0/16 Pending"}},
		},
		"one call a group for every block and protocol, ICMPv6 for IPv6": {
			func(s *scene) {
				s.side(Requester).VPC = vpc("vpc-eu", "10.11.0.0/16", "2001:db8:1::/56")
				s.side(Accepter).VPC = vpc("vpc-us", "10.12.0.0/16", "2001:db8::/56")
				s.Spec.Requester.SecurityGroups.Ingress = []v1alpha1.IngressRule{
					{Protocol: v1alpha1.ProtocolTCP, FromPort: port(443), ToPort: port(443)},
					{Protocol: v1alpha1.ProtocolUDP, FromPort: port(1000), ToPort: port(2000)},
					{Protocol: v1alpha1.ProtocolICMP},
				}
			},
			want{
				actions: []string{"let sg-eu (requester) admit tcp 443 from 10.12.0.0/16, udp 1000-2000 from 10.12.0.0/16, icmp from 10.12.0.0/16, " +
					"tcp 443 from 2001:db8::/56, udp 1000-2000 from 2001:db8::/56, icmpv6 from 2001:db8::/56"},
				inventory: []string{
					"sg-eu  tcp 443 from 10.12.0.0/16 Pending", "sg-eu  udp 1000-2000 from 10.12.0.0/16 Pending", "sg-eu  icmp from 10.12.0.0/16 Pending",
					"sg-eu  tcp 443 from 2001:db8::/56 Pending", "sg-eu  udp 1000-2000 from 2001:db8::/56 Pending", "sg-eu  icmpv6 from 2001:db8::/56 Pending",
				},
			},
		},
		"A4 what an object of the same name left behind for another peer is not withdrawn": {
			func(s *scene) {
				s.side(Requester).Rules = []SecurityGroupRule{
					rule("sgr-1", "10.99.0.0/16", toPeer("vpc-other")), rule("sgr-2", "10.98.0.0/16", toPeer("vpc-us")), rule("sgr-3", "10.12.0.0/16"),
				}
			},
			want{
				inPlace: []string{"sg-eu all traffic from 10.12.0.0/16"}, actions: []string{"remove sgr-2 from sg-eu (requester)"},
				inventory: []string{"sg-eu sgr-3 all traffic from 10.12.0.0/16 Created", "sg-eu sgr-2 all traffic from 10.98.0.0/16 Created"},
			},
		},
		"the same permission twice is asked for once": {
			func(s *scene) {
				s.Spec.Requester.SecurityGroups.Ingress = []v1alpha1.IngressRule{
					{Protocol: v1alpha1.ProtocolTCP}, {Protocol: v1alpha1.ProtocolTCP, FromPort: port(0), ToPort: port(65535)},
				}
			},
			want{actions: []string{"let sg-eu (requester) admit tcp 0-65535 from 10.12.0.0/16"}, inventory: []string{"sg-eu  tcp 0-65535 from 10.12.0.0/16 Pending"}},
		},
		"is content with its own rule": {
			func(s *scene) { s.side(Requester).Rules = []SecurityGroupRule{rule("sgr-1", "10.12.0.0/16")} },
			want{inPlace: []string{"sg-eu all traffic from 10.12.0.0/16"}, inventory: []string{"sg-eu sgr-1 all traffic from 10.12.0.0/16 Created"}},
		},
		"A4 is content with an identical rule of somebody else, and does not record it": {
			func(s *scene) {
				s.side(Requester).Rules = []SecurityGroupRule{rule("sgr-1", "10.12.0.0/16", foreignRule)}
			},
			want{inPlace: []string{"sg-eu all traffic from 10.12.0.0/16"}},
		},
		"A4 a rule whose tags EC2 does not show yet stays on record": {
			func(s *scene) {
				s.side(Requester).Rules = []SecurityGroupRule{rule("sgr-1", "10.12.0.0/16", foreignRule)}
				s.record(inventoryRule(rule("", "10.12.0.0/16").key(), "sgr-1", v1alpha1.InventoryPending))
			},
			want{inPlace: []string{"sg-eu all traffic from 10.12.0.0/16"}, inventory: []string{"sg-eu sgr-1 all traffic from 10.12.0.0/16 Pending"}},
		},
		"A9 so does one whose id was lost with the answer": {
			func(s *scene) {
				s.side(Requester).Rules = []SecurityGroupRule{rule("sgr-1", "10.12.0.0/16", foreignRule)}
				s.record(inventoryRule(rule("", "10.12.0.0/16").key(), "", v1alpha1.InventoryPending))
			},
			want{inPlace: []string{"sg-eu all traffic from 10.12.0.0/16"}, inventory: []string{"sg-eu  all traffic from 10.12.0.0/16 Pending"}},
		},
		"A4 a rule that has tags is judged by them, whatever the record says": {
			func(s *scene) {
				s.side(Requester).Rules = []SecurityGroupRule{rule("sgr-1", "10.12.0.0/16", func(r *SecurityGroupRule) { r.Tags = map[string]string{"team": "db"} })}
				s.record(inventoryRule(rule("", "10.12.0.0/16").key(), "sgr-1", v1alpha1.InventoryPending))
			},
			want{inPlace: []string{"sg-eu all traffic from 10.12.0.0/16"}},
		},
		"A4 a rule that is on record with another id is somebody else's": {
			func(s *scene) {
				s.side(Requester).Rules = []SecurityGroupRule{rule("sgr-2", "10.12.0.0/16", foreignRule)}
				s.record(inventoryRule(rule("", "10.12.0.0/16").key(), "sgr-1", v1alpha1.InventoryCreated))
			},
			want{inPlace: []string{"sg-eu all traffic from 10.12.0.0/16"}},
		},
		"A4 nobody wants it any more, but it is not removed before its tags are seen": {
			func(s *scene) {
				s.side(Requester).Rules = []SecurityGroupRule{rule("sgr-0", "10.12.0.0/16"), rule("sgr-1", "10.99.0.0/16", foreignRule)}
				s.record(inventoryRule(rule("", "10.99.0.0/16").key(), "sgr-1", v1alpha1.InventoryPending))
			},
			want{
				inPlace:   []string{"sg-eu all traffic from 10.12.0.0/16"},
				inventory: []string{"sg-eu sgr-0 all traffic from 10.12.0.0/16 Created", "sg-eu sgr-1 all traffic from 10.99.0.0/16 Pending"},
			},
		},
		"A9 asked for again, since EC2 shows nothing, it keeps the id of the first answer": {
			func(s *scene) {
				s.record(inventoryRule(rule("", "10.12.0.0/16").key(), "sgr-1", v1alpha1.InventoryPending))
			},
			want{actions: []string{all}, inventory: []string{"sg-eu sgr-1 all traffic from 10.12.0.0/16 Pending"}},
		},
		"A9 one that nobody wants any more and EC2 does not show yet stays on record": {
			func(s *scene) {
				s.RulesLately = true
				s.side(Requester).Rules = []SecurityGroupRule{rule("sgr-0", "10.12.0.0/16"), rule("sgr-3", "10.97.0.0/16", foreignRule)}
				s.record(inventoryRule(rule("", "10.99.0.0/16").key(), "sgr-1", v1alpha1.InventoryPending),
					inventoryRule(rule("", "10.98.0.0/16").key(), "sgr-2", v1alpha1.InventoryCreated))
			},
			want{
				inPlace:   []string{"sg-eu all traffic from 10.12.0.0/16"},
				inventory: []string{"sg-eu sgr-0 all traffic from 10.12.0.0/16 Created", "sg-eu sgr-1 all traffic from 10.99.0.0/16 Pending"},
			},
		},
		"but not for good": {
			func(s *scene) {
				s.side(Requester).Rules = []SecurityGroupRule{rule("sgr-0", "10.12.0.0/16")}
				s.record(inventoryRule(rule("", "10.99.0.0/16").key(), "sgr-1", v1alpha1.InventoryPending))
			},
			want{
				inPlace:   []string{"sg-eu all traffic from 10.12.0.0/16"},
				inventory: []string{"sg-eu sgr-0 all traffic from 10.12.0.0/16 Created"},
			},
		},
		"an egress rule admits nobody": {
			func(s *scene) {
				s.side(Requester).Rules = []SecurityGroupRule{rule("sgr-1", "10.12.0.0/16", foreignRule, egress)}
			},
			want{actions: []string{all}, inventory: []string{"sg-eu  all traffic from 10.12.0.0/16 Pending"}},
		},
		"adds only what is missing": {
			func(s *scene) {
				s.side(Accepter).VPC = vpc("vpc-us", "10.12.0.0/16", "10.13.0.0/16")
				s.side(Requester).Rules = []SecurityGroupRule{rule("sgr-1", "10.12.0.0/16")}
			},
			want{
				actions:   []string{"let sg-eu (requester) admit all traffic from 10.13.0.0/16"},
				inPlace:   []string{"sg-eu all traffic from 10.12.0.0/16"},
				inventory: []string{"sg-eu sgr-1 all traffic from 10.12.0.0/16 Created", "sg-eu  all traffic from 10.13.0.0/16 Pending"},
			},
		},
		"A4 removes only rules with its owner tag that nobody wants any more": {
			func(s *scene) {
				s.side(Requester).Rules = []SecurityGroupRule{
					rule("sgr-1", "10.12.0.0/16"),
					rule("sgr-4", "10.99.0.0/16"),
					rule("sgr-3", "10.98.0.0/16"),
					rule("sgr-5", "10.99.0.0/16", foreignRule),
					rule("sgr-6", "10.99.0.0/16", func(r *SecurityGroupRule) { r.Tags = map[string]string{v1alpha1.TagOwner: "inst/network/another"} }),
					rule("sgr-7", "10.99.0.0/16", foreignRule, egress),
					rule("sgr-8", "10.99.0.0/16", egress),
				}
			},
			want{
				actions: []string{"remove sgr-3, sgr-4 from sg-eu (requester)", "remove sgr-8 from sg-eu (requester)"}, inPlace: []string{"sg-eu all traffic from 10.12.0.0/16"},
				inventory: []string{"sg-eu sgr-1 all traffic from 10.12.0.0/16 Created", "sg-eu sgr-3 all traffic from 10.98.0.0/16 Created", "sg-eu sgr-4 all traffic from 10.99.0.0/16 Created", "sg-eu sgr-8 all traffic from 10.99.0.0/16 Created"},
			},
		},
		"removes its rules from a group that is no longer selected": {
			func(s *scene) {
				s.Spec.Requester.SecurityGroups = v1alpha1.SideSecurityGroups{Groups: v1alpha1.SelectSelected, SecurityGroupIDs: []string{"sg-2"}}
				s.side(Requester).Groups = append(s.side(Requester).Groups, SecurityGroup{ID: "sg-2"})
				s.side(Requester).Rules = []SecurityGroupRule{rule("sgr-1", "10.12.0.0/16")}
			},
			want{
				actions:   []string{"let sg-2 (requester) admit all traffic from 10.12.0.0/16", "remove sgr-1 from sg-eu (requester)"},
				inventory: []string{"sg-2  all traffic from 10.12.0.0/16 Pending", "sg-eu sgr-1 all traffic from 10.12.0.0/16 Created"},
			},
		},
		"A11 removes nothing while the peer's blocks are not known": {
			func(s *scene) {
				s.side(Accepter).VPC = nil
				s.side(Requester).Rules = []SecurityGroupRule{rule("sgr-1", "10.12.0.0/16")}
			},
			want{inventory: []string{"sg-eu sgr-1 all traffic from 10.12.0.0/16 Created"}},
		},
		"A11 removes nothing while a cluster has not reported": {
			func(s *scene) {
				s.Networks.Requester = []*v1alpha1.ClusterNetwork{nil}
				s.side(Requester).Rules = []SecurityGroupRule{rule("sgr-1", "10.12.0.0/16")}
			},
			want{inventory: []string{"sg-eu sgr-1 all traffic from 10.12.0.0/16 Created"}},
		},
		"None changes nothing and says what is missing": {
			func(s *scene) {
				s.Spec.Requester.SecurityGroups.Groups = v1alpha1.SelectNone
				s.side(Requester).Rules = []SecurityGroupRule{rule("sgr-2", "10.98.0.0/16")}
			},
			want{missing: []string{"sg-eu all traffic from 10.12.0.0/16"}, inventory: []string{"sg-eu sgr-2 all traffic from 10.98.0.0/16 Created"}},
		},
		"writes to no group of another account, and has nothing of it on record": {
			func(s *scene) {
				s.side(Requester).Groups[0].Owner = "333333333333"
				s.record(inventoryRule(rule("", "10.12.0.0/16").key(), "", v1alpha1.InventoryPending)) // by a version that did
			},
			want{foreign: []string{"sg-eu all traffic from 10.12.0.0/16"}},
		},
		"writes to a group of the account whose identity acts on groups": {
			func(s *scene) {
				s.side(Requester).Groups[0].Owner = "333333333333"
				s.Sides.Requester.GroupsAccount, s.Sides.Requester.GroupsIdentity = "333333333333", "team"
			},
			want{actions: []string{all}, inventory: []string{"sg-eu  all traffic from 10.12.0.0/16 Pending"}},
		},
		"is content with a rule in a group of another account": {
			func(s *scene) {
				s.side(Requester).Groups[0].Owner = "333333333333"
				s.side(Requester).Rules = []SecurityGroupRule{rule("sgr-1", "10.12.0.0/16", foreignRule)}
			},
			want{inPlace: []string{"sg-eu all traffic from 10.12.0.0/16"}},
		},
		"says which group also opens the control plane": {
			func(s *scene) { s.side(Requester).Groups[0].Tags = map[string]string{eksClusterTag: "prod"} },
			want{actions: []string{all}, controlPlane: []string{"sg-eu"}, inventory: []string{"sg-eu  all traffic from 10.12.0.0/16 Pending"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := connected()
			test.prepare(s)
			plan := PlanRules(s.Request, s.Snapshot, Requester)
			expectLines(t, "actions", test.want.actions, lines(plan.Actions))
			expectLines(t, "in place", test.want.inPlace, ruleKeys(plan.InPlace))
			expectLines(t, "missing", test.want.missing, ruleKeys(plan.Missing))
			expectLines(t, "foreign", test.want.foreign, ruleKeys(plan.Foreign))
			expectLines(t, "control plane", test.want.controlPlane, plan.ControlPlane)
			expectLines(t, "inventory", test.want.inventory, ruleRecords(plan.Inventory))
			for _, action := range plan.Actions {
				if authorize, ok := action.(AuthorizeRules); ok && authorize.Tags[v1alpha1.TagOwner] != owner {
					t.Errorf("A2: %s carries no owner tag", authorize)
				}
			}
		})
	}
}

func ruleKeys(found []RuleKey) []string {
	var said []string
	for _, key := range found {
		said = append(said, key.Group+" "+key.Ingress.String())
	}
	return said
}

func ruleRecords(entries []v1alpha1.InventoryRule) []string {
	var said []string
	for _, entry := range entries {
		ingress := Ingress{Source: prefix(entry.Source), Protocol: entry.Protocol, FromPort: entry.FromPort, ToPort: entry.ToPort}
		said = append(said, entry.SecurityGroupID+" "+entry.RuleID+" "+ingress.String()+" "+string(entry.State))
	}
	return said
}

func TestSelectGroupsCoversEveryPodInterface(t *testing.T) {
	sets := func(sets ...[]string) []*v1alpha1.ClusterNetwork {
		n := &v1alpha1.ClusterNetwork{}
		for _, set := range sets {
			n.InterfaceGroups = append(n.InterfaceGroups, v1alpha1.InterfaceGroups{SecurityGroupIDs: set})
		}
		return []*v1alpha1.ClusterNetwork{n}
	}
	groups := []SecurityGroup{
		{ID: "sg-eks", Tags: map[string]string{eksClusterTag: "prod"}},
		{ID: "sg-b", Tags: map[string]string{"role": "node"}},
		{ID: "sg-a", Tags: map[string]string{"role": "node"}},
		{ID: "sg-c"},
	}
	for name, test := range map[string]struct {
		spec      v1alpha1.SideSecurityGroups
		networks  []*v1alpha1.ClusterNetwork
		inventory []string
		want      []string
		wait      bool
	}{
		"a group that is not the EKS cluster group": {networks: sets([]string{"sg-eks", "sg-b"}), want: []string{"sg-b"}},
		"the EKS cluster group where it is alone":   {networks: sets([]string{"sg-eks"}), want: []string{"sg-eks"}},
		"it only for the interfaces that need it":   {networks: sets([]string{"sg-eks", "sg-b"}, []string{"sg-eks"}), want: []string{"sg-b", "sg-eks"}},
		"the fewest groups":                         {networks: sets([]string{"sg-a", "sg-b"}, []string{"sg-b", "sg-c"}, []string{"sg-b"}), want: []string{"sg-b"}},
		"several where no one is on all":            {networks: sets([]string{"sg-a"}, []string{"sg-c"}), want: []string{"sg-a", "sg-c"}},
		"the one that has our rules already":        {networks: sets([]string{"sg-a", "sg-b", "sg-c"}), inventory: []string{"sg-c"}, want: []string{"sg-c"}},
		"else the smallest id":                      {networks: sets([]string{"sg-c", "sg-b", "sg-a"}), want: []string{"sg-a"}},
		"groups that are gone do not count":         {networks: sets([]string{"sg-gone", "sg-b"}, []string{"sg-gone"}), want: []string{"sg-b"}},
		"no cluster, no group":                      {},
		"a cluster that has not reported":           {networks: append(sets([]string{"sg-a"}), nil), want: []string{"sg-a"}, wait: true},
		"Selected by id and tag":                    {spec: v1alpha1.SideSecurityGroups{Groups: v1alpha1.SelectSelected, SecurityGroupIDs: []string{"sg-eks"}, SecurityGroupTags: map[string]v1alpha1.TagValue{"role": "node"}}, want: []string{"sg-a", "sg-b", "sg-eks"}},
		"None looks at what Auto would take":        {spec: v1alpha1.SideSecurityGroups{Groups: v1alpha1.SelectNone}, networks: sets([]string{"sg-eks", "sg-b"}), want: []string{"sg-b"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene()
			s.side(Requester).Groups = groups
			s.Spec.Requester.SecurityGroups = test.spec
			s.Networks.Requester = test.networks
			for _, id := range test.inventory {
				s.Inventory.Requester.SecurityGroupRules = append(s.Inventory.Requester.SecurityGroupRules, v1alpha1.InventoryRule{SecurityGroupID: id})
			}
			selection := SelectGroups(s.Request, s.Snapshot, Requester)
			var got []string
			for _, group := range selection.Items {
				got = append(got, group.ID)
			}
			expectLines(t, "groups", test.want, got)
			if selection.Incomplete != test.wait {
				t.Errorf("incomplete is %t", selection.Incomplete)
			}
		})
	}
}

func TestRulesVerdict(t *testing.T) {
	both := func(s *scene) {
		s.side(Requester).Rules = []SecurityGroupRule{rule("sgr-1", "10.12.0.0/16")}
		s.side(Accepter).Rules = []SecurityGroupRule{rule("sgr-2", "10.11.0.0/16", func(r *SecurityGroupRule) { r.GroupID = usGroup })}
	}
	for name, test := range map[string]struct {
		prepare  func(*scene)
		progress verdict.Progress
		reason   string
		message  string
	}{
		"both sides in place":  {both, verdict.Done, "InPlace", "2 rules in 2 security groups admit the peer."},
		"rules yet to be made": {func(*scene) {}, verdict.Act, "Progressing", "Still to do: let sg-eu (requester) admit all traffic from 10.12.0.0/16"},
		"rules that somebody else makes": {
			func(s *scene) {
				both(s)
				s.side(Requester).Rules = nil
				s.Spec.Requester.SecurityGroups.Groups = v1alpha1.SelectNone
			},
			verdict.Stalled, "Missing", "Group rules are missing, and with securityGroups.groups: None somebody else makes them: all traffic from 10.12.0.0/16 in sg-eu (requester). Add them",
		},
		"rules that only another account can make": {
			func(s *scene) {
				both(s)
				s.side(Requester).Rules = nil
				s.side(Requester).Groups[0].Owner = "333333333333"
			},
			verdict.Stalled, "WrongAccount", "crossvpc cannot add them: all traffic from 10.12.0.0/16 in sg-eu (requester). Security group sg-eu (requester) belongs to account 333333333333, and AWSIdentity eu to account 111111111111. Name an AWSIdentity of account 333333333333 in spec.requester.securityGroups.identityRef",
		},
		"a cluster that has not reported": {
			func(s *scene) { both(s); s.Networks.Requester = []*v1alpha1.ClusterNetwork{nil} },
			verdict.Wait, "ClusterNotResolved", "Waiting for the requester's PeeredClusters to report the security groups of their pods.",
		},
		"two VPCs without clusters": {
			func(s *scene) { s.Networks = Pair[[]*v1alpha1.ClusterNetwork]{} }, verdict.Done, "NotRequired", "No security group is selected on either side.",
		},
		"one open group is also the control plane's": {
			func(s *scene) { both(s); s.side(Accepter).Groups[0].Tags = map[string]string{eksClusterTag: "prod"} },
			verdict.Done, "InPlace", "Note: Security group sg-us (accepter) is an EKS cluster group, so the peer also reaches the control plane's interfaces",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := connected()
			test.prepare(s)
			plans := Pair[RulesPlan]{}
			for _, role := range Roles() {
				*plans.At(role) = PlanRules(s.Request, s.Snapshot, role)
			}
			expectVerdict(t, RulesVerdict(plans), test.progress, test.reason, test.message)
		})
	}
}

func TestIngressReadsAsASentence(t *testing.T) {
	block := prefix("10.1.0.0/16")
	got := map[string]string{}
	for want, ingress := range map[string]Ingress{
		"all traffic from 10.1.0.0/16":        {block, "-1", -1, -1},
		"tcp 443 from 10.1.0.0/16":            {block, "tcp", 443, 443},
		"udp 1-65535 from 10.1.0.0/16":        {block, "udp", 1, 65535},
		"icmp type 8 code 0 from 10.1.0.0/16": {block, "icmp", 8, 0},
		"47 from 10.1.0.0/16":                 {block, "47", -1, -1},
	} {
		got[want] = ingress.String()
	}
	for want, said := range got {
		if diff := cmp.Diff(want, said); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}
