package vpcpeering

import (
	"fmt"
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/scene"
)

// badInput is a mistake that a person can make, and what the object answers.
type badInput struct {
	// scene changes the two networks before they are made.
	scene func(requester, accepter *scene.NetworkSpec)
	// before happens in AWS and in the cluster before the object is created.
	before func(w *world)
	edit   func(w *world, object *v1alpha1.VPCPeering)
	// condition is False with the reason, and its message has all the parts.
	condition, reason string
	parts             func(w *world) []string
	// writes are the calls that may change something; none for what is found before the first write.
	writes bool
}

func words(parts ...string) func(*world) []string { return func(*world) []string { return parts } }

var badInputs = map[string]badInput{
	"overlapping primary blocks": {
		scene:     func(_, accepter *scene.NetworkSpec) { accepter.Blocks = []string{"10.11.0.0/16"} },
		condition: v1alpha1.ConditionPreflightPassed, reason: v1alpha1.ReasonOverlappingCIDRs,
		parts: func(w *world) []string {
			return []string{"10.11.0.0/16 (primary block of " + w.pair.Requester.VPCID, "10.11.0.0/16 (primary block of " + w.pair.Accepter.VPCID, "Re-address"}
		},
	},
	"overlapping secondary blocks": {
		scene:     func(_, accepter *scene.NetworkSpec) { accepter.Blocks = []string{"10.12.0.0/16", "10.13.0.0/16"} },
		condition: v1alpha1.ConditionPreflightPassed, reason: v1alpha1.ReasonOverlappingCIDRs,
		parts: func(w *world) []string {
			return []string{"10.13.0.0/16 (secondary block of " + w.pair.Requester.VPCID, "10.13.0.0/16 (secondary block of " + w.pair.Accepter.VPCID, "disassociate"}
		},
	},
	"overlapping carrier-grade NAT blocks": {
		scene: func(requester, accepter *scene.NetworkSpec) {
			requester.Blocks = []string{"10.11.0.0/16", "100.64.0.0/16"}
			accepter.Blocks = []string{"10.12.0.0/16", "100.64.0.0/16"}
		},
		condition: v1alpha1.ConditionPreflightPassed, reason: v1alpha1.ReasonOverlappingCIDRs,
		parts: words("100.64.0.0/16 (secondary block of vpc-", "disassociate the block if it is unused"),
	},
	"a VPC that does not exist": {
		edit:      func(_ *world, object *v1alpha1.VPCPeering) { object.Spec.Accepter.VPCID = "vpc-0123456789abcdef0" },
		condition: v1alpha1.ConditionPreflightPassed, reason: v1alpha1.ReasonVPCNotFound,
		parts: words("vpc-0123456789abcdef0", "us-east-1", scene.AccepterAccount, "accepter", "delete this VPCPeering and create another"),
	},
	"the wrong region": {
		edit:      func(_ *world, object *v1alpha1.VPCPeering) { object.Spec.Accepter.Region = "us-west-2" },
		condition: v1alpha1.ConditionPreflightPassed, reason: v1alpha1.ReasonVPCNotFound,
		parts: func(w *world) []string { return []string{w.pair.Accepter.VPCID, "us-west-2", scene.AccepterAccount} },
	},
	"an unknown security group and an edge table, both at once": {
		before: func(w *world) { w.makeEdgeTable(w.pair.Requester, w.pair.Requester.Tables[0]) },
		edit: func(_ *world, object *v1alpha1.VPCPeering) {
			object.Spec.Accepter.SecurityGroups.SecurityGroupIDs = []string{"sg-0123456789abcdef0"}
		},
		condition: v1alpha1.ConditionPreflightPassed, reason: v1alpha1.ReasonSelection,
		parts: func(w *world) []string {
			return []string{"sg-0123456789abcdef0 is not a security group of " + w.pair.Accepter.VPCID, "accepter.securityGroups.securityGroupIDs",
				w.pair.Requester.Tables[0] + " is associated with a gateway", "requester.routes.routeTableIDs", "Name the tables of subnets."}
		},
	},
	"an unknown route table": {
		edit: func(_ *world, object *v1alpha1.VPCPeering) {
			object.Spec.Accepter.Routes.RouteTableIDs = []string{"rtb-0123456789abcdef0"}
		},
		condition: v1alpha1.ConditionPreflightPassed, reason: v1alpha1.ReasonSelection,
		parts: func(w *world) []string {
			return []string{"rtb-0123456789abcdef0 is not a route table of " + w.pair.Accepter.VPCID}
		},
	},
	"tags that nothing carries": {
		edit: func(_ *world, object *v1alpha1.VPCPeering) {
			object.Spec.Accepter.Routes = v1alpha1.SideRoutes{Tables: v1alpha1.SelectSelected, RouteTableTags: map[string]v1alpha1.TagValue{"use": "pods"}}
			object.Spec.Accepter.SecurityGroups = v1alpha1.SideSecurityGroups{Groups: v1alpha1.SelectSelected, SecurityGroupTags: map[string]v1alpha1.TagValue{"use": "pods"}}
		},
		condition: v1alpha1.ConditionPreflightPassed, reason: v1alpha1.ReasonSelection,
		parts: words("No route table of vpc-", "No security group of vpc-", "carries use=pods."),
	},
	"more group rules than status can record": {
		scene: func(_, accepter *scene.NetworkSpec) {
			for i := range 26 {
				accepter.Groups = append(accepter.Groups, fmt.Sprintf("more-%d", i))
			}
		},
		edit: func(_ *world, object *v1alpha1.VPCPeering) {
			for port := range int32(20) {
				object.Spec.Accepter.SecurityGroups.Ingress = append(object.Spec.Accepter.SecurityGroups.Ingress, ingress("TCP", &port, &port)...)
			}
		},
		condition: v1alpha1.ConditionPreflightPassed, reason: v1alpha1.ReasonSelection,
		parts: words("spec.accepter.securityGroups: Status would have to record 1040 rules, and at most 1000 fit.", "Select fewer groups"),
	},
	"DNS resolution where host names are off": {
		edit:      func(_ *world, object *v1alpha1.VPCPeering) { withDNS(object) },
		condition: v1alpha1.ConditionPreflightPassed, reason: v1alpha1.ReasonDNSAttributes,
		parts: func(w *world) []string {
			return []string{w.pair.Requester.VPCID + " (requester) has enableDnsHostnames off", w.pair.Accepter.VPCID + " (accepter) has enableDnsHostnames off", "Turn it on"}
		},
	},
	"different partitions": {
		edit:      func(_ *world, object *v1alpha1.VPCPeering) { object.Spec.Accepter.Region = "cn-north-1" },
		condition: v1alpha1.ConditionPreflightPassed, reason: v1alpha1.ReasonSideMismatch,
		parts: words("eu-west-1 and cn-north-1 are in different AWS partitions"),
	},
	"a foreign peering of the pair": {
		before:    func(w *world) { w.joinByHand() },
		condition: v1alpha1.ConditionPeeringActive, reason: v1alpha1.ReasonForeignPeering,
		parts: func(w *world) []string {
			return []string{awssdk.ToString(w.live(w.pair.Requester)[0].VpcPeeringConnectionId), "already joins", "adoptionPolicy: UseExisting", "or delete it"}
		},
	},
	"a foreign route to the same block": {
		before: func(w *world) {
			w.routeByHand(w.pair.Requester, w.pair.Requester.Tables[0], "10.12.0.0/16")
		},
		condition: v1alpha1.ConditionRoutesReady, reason: v1alpha1.ReasonRouteConflict, writes: true,
		parts: func(w *world) []string {
			return []string{w.pair.Requester.Tables[0] + " (requester) already routes 10.12.0.0/16 to igw-", "Remove that route", "excludeCIDRs"}
		},
	},
	"a foreign route to the same block by prefix list": {
		before: func(w *world) {
			w.routeByList(w.pair.Requester, w.pair.Requester.Tables[0], "172.16.0.0/12", "10.12.0.0/16")
		},
		condition: v1alpha1.ConditionRoutesReady, reason: v1alpha1.ReasonRouteConflict, writes: true,
		parts: func(w *world) []string {
			return []string{w.pair.Requester.Tables[0] + " (requester) already routes 10.12.0.0/16 to igw-", "by prefix list pl-", "Remove that route", "excludeCIDRs"}
		},
	},
	"no more routes in a table": {
		before:    func(w *world) { w.quota(scene.AccepterAccount, "L-93826ACB", 3) },
		condition: v1alpha1.ConditionRoutesReady, reason: v1alpha1.ReasonQuotaReached, writes: true,
		parts: func(w *world) []string {
			return []string{"ec2:CreateRoute", "RouteLimitExceeded", "Service Quotas", w.pair.Accepter.Tables[0], "(accepter)", "which has 3 routes"}
		},
	},
	"no more rules in a group": {
		before:    func(w *world) { w.quota(scene.AccepterAccount, "L-0EA8095F", 1) },
		condition: v1alpha1.ConditionSecurityGroupsReady, reason: v1alpha1.ReasonQuotaReached, writes: true,
		parts: func(w *world) []string {
			return []string{"ec2:AuthorizeSecurityGroupIngress", "RulesPerSecurityGroupLimitExceeded", "Service Quotas",
				"Cannot let " + w.pair.Accepter.Groups[scene.PodGroup] + " (accepter) admit", "beside 0 ingress rules"}
		},
	},
	"no more peerings in the account": {
		before:    func(w *world) { w.quota(scene.RequesterAccount, "L-7E9ECCDB", 0) },
		condition: v1alpha1.ConditionPeeringActive, reason: v1alpha1.ReasonQuotaReached, writes: true,
		parts: words("LimitExceeded", "Service Quotas"),
	},
}

func TestA7BadInputIsSaidInOneSentenceAndDeletedWithoutATrace(t *testing.T) {
	for name, bad := range badInputs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requester, accepter := scene.CanonicalRequester(), scene.CanonicalAccepter()
			if bad.scene != nil {
				bad.scene(&requester, &accepter)
			}
			w := newWorldOf(t, requester, accepter)
			if bad.before != nil {
				bad.before(w)
			}
			untouched := w.shape()
			object := w.peering("eu-us", func(object *v1alpha1.VPCPeering) {
				if bad.edit != nil {
					bad.edit(w, object)
				}
			})
			w.cloud.ClearJournal()
			object = w.reconcile(object)
			w.wantsRefused(object, bad)
			if calls := w.writes(); len(calls) > 0 && !bad.writes {
				t.Errorf("written all the same: %v", calls)
			}
			w.remove(object)
			w.wantsShape(untouched)
		})
	}
}

func (w *world) wantsRefused(object *v1alpha1.VPCPeering, bad badInput) {
	w.t.Helper()
	w.t.Logf("%s", describe(meta.FindStatusCondition(object.Status.Conditions, bad.condition)))
	for _, part := range bad.parts(w) {
		w.wants(object, bad.condition, metav1.ConditionFalse, bad.reason, part)
		w.wants(object, v1alpha1.ConditionReady, metav1.ConditionFalse, bad.reason, part)
	}
	w.wants(object, v1alpha1.ConditionStalled, metav1.ConditionTrue, bad.reason, "")
	if found := meta.FindStatusCondition(object.Status.Conditions, v1alpha1.ConditionReconciling); found != nil {
		w.t.Errorf("Reconciling beside Stalled: %s", describe(found))
	}
}

// writes are the calls to EC2 that change something, since the journal was cleared.
func (w *world) writes() []string {
	var calls []string
	for _, entry := range w.cloud.Journal(awssim.Query{Service: "ec2"}) {
		if !strings.HasPrefix(entry.Action, "Describe") {
			calls = append(calls, entry.Action+" "+entry.Code)
		}
	}
	return calls
}

func (w *world) quota(account, code string, value int) {
	w.t.Helper()
	if err := w.cloud.SetQuota(account, code, value); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) makeGateway(network *scene.Network) string {
	w.t.Helper()
	api := w.ec2(network)
	out, err := api.CreateInternetGateway(w.t.Context(), &ec2.CreateInternetGatewayInput{})
	if err != nil {
		w.t.Fatal(err)
	}
	_, err = api.AttachInternetGateway(w.t.Context(), &ec2.AttachInternetGatewayInput{InternetGatewayId: out.InternetGateway.InternetGatewayId, VpcId: &network.VPCID})
	if err != nil {
		w.t.Fatal(err)
	}
	return *out.InternetGateway.InternetGatewayId
}

func (w *world) makeEdgeTable(network *scene.Network, table string) {
	w.t.Helper()
	_, err := w.ec2(network).AssociateRouteTable(w.t.Context(), &ec2.AssociateRouteTableInput{RouteTableId: &table, GatewayId: awssdk.String(w.makeGateway(network))})
	if err != nil {
		w.t.Fatal(err)
	}
}

// routeByHand routes a block to an internet gateway.
func (w *world) routeByHand(network *scene.Network, table, block string) {
	w.t.Helper()
	_, err := w.ec2(network).CreateRoute(w.t.Context(), &ec2.CreateRouteInput{RouteTableId: &table, DestinationCidrBlock: &block, GatewayId: awssdk.String(w.makeGateway(network))})
	if err != nil {
		w.t.Fatal(err)
	}
}

// routeByList routes blocks to an internet gateway by a prefix list.
func (w *world) routeByList(network *scene.Network, table string, blocks ...string) {
	w.t.Helper()
	list := &ec2.CreateManagedPrefixListInput{AddressFamily: awssdk.String("IPv4"), MaxEntries: awssdk.Int32(10), PrefixListName: awssdk.String("partners")}
	for _, block := range blocks {
		list.Entries = append(list.Entries, ec2types.AddPrefixListEntry{Cidr: &block})
	}
	made, err := w.ec2(network).CreateManagedPrefixList(w.t.Context(), list)
	if err != nil {
		w.t.Fatal(err)
	}
	_, err = w.ec2(network).CreateRoute(w.t.Context(), &ec2.CreateRouteInput{
		RouteTableId: &table, DestinationPrefixListId: made.PrefixList.PrefixListId, GatewayId: awssdk.String(w.makeGateway(network)),
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// joinByHand makes and accepts a connection of the pair that is nobody's.
func (w *world) joinByHand() string { return w.join(w.pair.Requester, w.pair.Accepter) }

// join has one VPC request a connection, and the other accept it.
func (w *world) join(from, to *scene.Network) string {
	w.t.Helper()
	out, err := w.ec2(from).CreateVpcPeeringConnection(w.t.Context(), &ec2.CreateVpcPeeringConnectionInput{
		VpcId: &from.VPCID, PeerVpcId: &to.VPCID, PeerOwnerId: &to.Account, PeerRegion: &to.Region,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	id := out.VpcPeeringConnection.VpcPeeringConnectionId
	if _, err := w.ec2(to).AcceptVpcPeeringConnection(w.t.Context(), &ec2.AcceptVpcPeeringConnectionInput{VpcPeeringConnectionId: id}); err != nil {
		w.t.Fatal(err)
	}
	return *id
}

// deleteByHand deletes a connection behind the operator's back.
func (w *world) deleteByHand(id string) {
	w.t.Helper()
	if _, err := w.ec2(w.pair.Accepter).DeleteVpcPeeringConnection(w.t.Context(), &ec2.DeleteVpcPeeringConnectionInput{VpcPeeringConnectionId: &id}); err != nil {
		w.t.Fatal(err)
	}
}

// setAllowed changes who may use an identity; its Ready condition then speaks of the new generation.
func (w *world) setAllowed(side string, change func(*v1alpha1.AWSIdentity)) {
	w.t.Helper()
	identity := &v1alpha1.AWSIdentity{}
	if err := w.kube.Get(w.t.Context(), client.ObjectKey{Name: w.identities[side]}, identity); err != nil {
		w.t.Fatal(err)
	}
	change(identity)
	status := identity.Status
	if err := w.kube.Update(w.t.Context(), identity); err != nil {
		w.t.Fatal(err)
	}
	identity.Status = status
	for i := range identity.Status.Conditions {
		identity.Status.Conditions[i].ObservedGeneration = identity.Generation
	}
	if err := w.kube.Status().Update(w.t.Context(), identity); err != nil {
		w.t.Fatal(err)
	}
}
