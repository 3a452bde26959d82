package peering

import (
	"slices"
	"strings"
	"testing"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

const otherAccount = "444444444444"

func TestStrayGroupsAreThoseThatNothingKnownStandsInFor(t *testing.T) {
	for name, test := range map[string]struct {
		edit func(*scene)
		want []string
	}{
		"all are listed":                               {func(*scene) {}, nil},
		"the only one on an interface is not":          {func(s *scene) { carries(s, "sg-b") }, []string{"sg-b"}},
		"beside one that is listed it does not matter": {func(s *scene) { carries(s, usGroup, "sg-b") }, nil},
		"selected by the spec": {func(s *scene) {
			s.Spec.Accepter.SecurityGroups = v1alpha1.SideSecurityGroups{Groups: v1alpha1.SelectSelected, SecurityGroupIDs: []string{"sg-c", usGroup}}
		}, []string{"sg-c"}},
		"both, once each": {func(s *scene) {
			carries(s, "sg-b", "sg-c")
			s.Spec.Accepter.SecurityGroups = v1alpha1.SideSecurityGroups{Groups: v1alpha1.SelectSelected, SecurityGroupIDs: []string{"sg-c"}}
		}, []string{"sg-b", "sg-c"}},
		"the cluster did not say": {func(s *scene) { s.Networks.Accepter = []*v1alpha1.ClusterNetwork{nil} }, nil},
		"groups cannot be read": {func(s *scene) {
			carries(s, "sg-b")
			s.Snapshot.Accepter.Groups, s.Snapshot.Accepter.Unread.Groups = nil, true
		}, nil},
	} {
		s := newScene()
		test.edit(s)
		if got := StrayGroups(s.Request, s.Snapshot, Accepter); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

// carries has pod interfaces of the accepter carry these groups alone.
func carries(s *scene, groups ...string) {
	s.Networks.Accepter[0].InterfaceGroups = []v1alpha1.InterfaceGroups{{SecurityGroupIDs: groups}}
}

// strayed is a connected scene whose accepter's pods have one group that AWS shows by its id alone.
func strayed(group SecurityGroup) *scene {
	s := connected()
	s.Sides.Accepter.GroupsIdentity, s.Sides.Accepter.GroupsAccount = "team", us.Account
	carries(s, group.ID)
	s.Snapshot.Accepter.StrayGroups = []SecurityGroup{group}
	return s
}

func TestAGroupThatOnlyItsOwnerOrAnotherVPCHasIsNamedAndNothingIsReady(t *testing.T) {
	for name, test := range map[string]struct {
		group        SecurityGroup
		reason, text string
	}{
		"of another participant": {
			SecurityGroup{ID: "sg-b", VPC: us.VPC, Owner: otherAccount}, v1alpha1.ReasonWrongAccount,
			"Security group sg-b (accepter) belongs to account 444444444444, and AWSIdentity team to account " + us.Account + ". Name an AWSIdentity of account 444444444444 in spec.accepter.securityGroups.identityRef.",
		},
		"of another VPC": {
			SecurityGroup{ID: "sg-v", VPC: "vpc-other", Owner: us.Account}, v1alpha1.ReasonSelection,
			"Security group sg-v (accepter) is of vpc-other, and crossvpc changes groups of vpc-us alone. Put a group of vpc-us on the pods' interfaces too, or set spec.accepter.securityGroups.groups to None and admit the peer yourself.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := strayed(test.group)
			found := Preflight(s.Request, s.Snapshot)
			if len(found) != 1 || found[0] != (Finding{test.reason, test.text}) {
				t.Errorf("found %v", found)
			}
			plan := PlanRules(s.Request, s.Snapshot, Accepter)
			if len(plan.Actions) > 0 || len(plan.Inventory) > 0 {
				t.Errorf("it would be changed: %v", plan.Actions)
			}
			expectVerdict(t, RulesVerdict(Pair[RulesPlan]{Accepter: plan}), verdict.Stalled, test.reason, test.text)
		})
	}
}

func TestAGroupThatCanBeChangedIsPreferredToOneThatCannot(t *testing.T) {
	s := connected()
	carries(s, "sg-a", usGroup)
	s.Snapshot.Accepter.Groups = append(s.Snapshot.Accepter.Groups, SecurityGroup{ID: "sg-a", VPC: us.VPC, Owner: otherAccount})
	if selected := SelectGroups(s.Request, s.Snapshot, Accepter).Items; len(selected) != 1 || selected[0].ID != usGroup {
		t.Errorf("selected %+v", selected)
	}
}

func TestAGroupThatNeitherIdentityOfASharedVPCSeesNeedNotBeMistyped(t *testing.T) {
	s := newScene()
	s.Spec.Accepter.SecurityGroups = v1alpha1.SideSecurityGroups{Groups: v1alpha1.SelectSelected, SecurityGroupIDs: []string{"sg-x"}}
	want := "spec.accepter.securityGroups.securityGroupIDs: sg-x is not a security group of vpc-us. Correct the id."
	if found := Preflight(s.Request, s.Snapshot); len(found) != 1 || found[0].Message != want {
		t.Errorf("found %v", found)
	}
	s.Sides.Accepter.GroupsIdentity, s.Sides.Accepter.GroupsAccount = "team", otherAccount
	if found := Preflight(s.Request, s.Snapshot); len(found) != 1 || !strings.Contains(found[0].Message, "nor team (account 444444444444) sees it") {
		t.Errorf("found %v", found)
	}
}

func TestThePathIsNotCalledClearThroughAGroupWhoseRulesAreNotShown(t *testing.T) {
	s := strayed(SecurityGroup{ID: "sg-b", VPC: us.VPC, Owner: otherAccount})
	path := CheckPath(s.Request, s.Snapshot)
	if want := "the rules of sg-b (accepter), which another account has"; !slices.Contains(path.Unknown, want) {
		t.Errorf("unknown are %q", path.Unknown)
	}
	for _, finding := range path.Findings {
		if strings.Contains(finding.Message, "sg-b") {
			t.Errorf("found of what was not seen: %s", finding.Message)
		}
	}
	s.Snapshot.Accepter.Rules = []SecurityGroupRule{{ID: "sgr-1", GroupID: "sg-b", Egress: true, Source: prefix("0.0.0.0/0"), Protocol: "-1", FromPort: -1, ToPort: -1}}
	if path := CheckPath(s.Request, s.Snapshot); slices.ContainsFunc(path.Unknown, func(said string) bool { return strings.Contains(said, "sg-b") }) {
		t.Errorf("its rules are shown, and unknown are %q", path.Unknown)
	}
}
