package peering

import (
	"strings"
	"testing"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

func TestWhatACKManagesIsUsedOnlyWhereThatIsAcknowledged(t *testing.T) {
	const refused, used = true, false
	table := func(tags map[string]string) func(*scene) {
		return func(s *scene) { s.side(Requester).RouteTables[0].Tags = tags }
	}
	group := func(tags map[string]string) func(*scene) {
		return func(s *scene) { s.side(Requester).Groups[0].Tags = tags }
	}
	ack := map[string]string{"services.k8s.aws/controller-version": "ec2-1.5.0", "services.k8s.aws/namespace": "infra"}
	for name, test := range map[string]struct {
		edit func(*scene)
		want bool
		part string
	}{
		"a table of ACK's controller":        {table(ack), refused, "spec.requester.routes: ACK manages rtb-eu (services.k8s.aws/controller-version=ec2-1.5.0)"},
		"a table with ACK's namespace alone": {table(map[string]string{"services.k8s.aws/namespace": "infra"}), refused, "rtb-eu"},
		"a table of the capability of EKS":   {table(map[string]string{"eks:eks-capability-arn": "arn:aws:eks:…:capability/ack"}), refused, "rtb-eu (eks:eks-capability-arn="},
		"a group of ACK's controller":        {group(ack), refused, "spec.requester.securityGroups: ACK manages sg-eu"},
		"a group of the capability of EKS":   {group(map[string]string{"eks:eks-capability-arn": ""}), refused, "sg-eu"},
		"a table of EKS":                     {table(map[string]string{"alpha.eksctl.io/cluster-name": "prod"}), used, ""},
		"a table that is not selected": {func(s *scene) {
			s.side(Requester).RouteTables = append(s.side(Requester).RouteTables, RouteTable{ID: "rtb-x", Tags: ack})
		}, used, ""},
		"a table that is acknowledged": {func(s *scene) { table(ack)(s); s.Spec.Requester.Routes.ManagedElsewhere = v1alpha1.ManagedAcknowledge }, used, ""},
		"a group whose interfaces have another one": {func(s *scene) {
			group(ack)(s)
			s.side(Requester).Groups = append(s.side(Requester).Groups, SecurityGroup{ID: "sg-other", VPC: s.side(Requester).Groups[0].VPC})
			s.Networks.Requester[0].InterfaceGroups = []v1alpha1.InterfaceGroups{{SecurityGroupIDs: []string{"sg-eu", "sg-other"}}}
		}, used, ""},
		"a group whose interfaces have only the control plane's beside it": {func(s *scene) {
			group(ack)(s)
			s.side(Requester).Groups = append(s.side(Requester).Groups, SecurityGroup{ID: "sg-a", VPC: s.side(Requester).Groups[0].VPC, Tags: map[string]string{eksClusterTag: "prod"}})
			s.Networks.Requester[0].InterfaceGroups = []v1alpha1.InterfaceGroups{{SecurityGroupIDs: []string{"sg-eu", "sg-a"}}}
		}, refused, "spec.requester.securityGroups: ACK manages sg-eu"},
		"a group that is acknowledged": {func(s *scene) {
			group(ack)(s)
			s.Spec.Requester.SecurityGroups.ManagedElsewhere = v1alpha1.ManagedAcknowledge
		}, used, ""},
		"acknowledging a group is about groups": {func(s *scene) {
			table(ack)(s)
			s.Spec.Requester.SecurityGroups.ManagedElsewhere = v1alpha1.ManagedAcknowledge
		}, refused, "rtb-eu"},
		"a table that is only observed": {func(s *scene) { table(ack)(s); s.Spec.Requester.Routes.Tables = v1alpha1.SelectNone }, used, ""},
		"a table with a route of ours":  {func(s *scene) { table(ack)(s); s.made("Created", "rtb-eu 10.12.0.0/16") }, used, ""},
		"a group with a rule of ours": {func(s *scene) {
			group(ack)(s)
			s.record(inventoryRule(rule("", "10.12.0.0/16").key(), "sgr-1", v1alpha1.InventoryCreated))
		}, used, ""},
		"status was lost, and something was made": {func(s *scene) { table(ack)(s); s.Inventory = nil; s.see(ours(StateActive), Requester, Accepter) }, used, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene()
			test.edit(s)
			findings := Preflight(s.Request, s.Snapshot)
			if (len(findings) > 0) != test.want {
				t.Fatalf("it finds %v, want refused: %t", findings, test.want)
			}
			if !test.want {
				return
			}
			judged := FindingsVerdict(findings)
			if judged.Reason != v1alpha1.ReasonManagedElsewhere || !strings.Contains(judged.Message, test.part) || !strings.Contains(judged.Message, "managedElsewhere to Acknowledge") {
				t.Errorf("it says %s: %s", judged.Reason, judged.Message)
			}
			expectSentence(t, judged.Message)
			plan := MakePlan(s.Request, s.Snapshot)
			if len(plan.Routes.Requester.Actions)+len(plan.Rules.Requester.Actions) > 1 {
				t.Error("it would change what is managed elsewhere")
			}
		})
	}
}
