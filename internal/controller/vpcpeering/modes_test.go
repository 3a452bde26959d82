package vpcpeering

import (
	"slices"
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

func TestAnAdoptedConnectionIsUsedAndNeitherTaggedNorDeleted(t *testing.T) {
	w := newSmallWorld(t)
	id := w.joinByHand()
	before := w.shape()
	w.cloud.ClearJournal()
	object := w.settle(w.peering("eu-us", func(object *v1alpha1.VPCPeering) { object.Spec.AdoptionPolicy = v1alpha1.AdoptUseExisting }))
	if object.Status.PeeringConnectionID != id || !object.Status.Adopted {
		t.Errorf("status has %s, adopted: %t; want %s", object.Status.PeeringConnectionID, object.Status.Adopted, id)
	}
	w.wantsMade(made{connections: 1, routes: 2, rules: 1})
	w.remove(object)
	w.wantsShape(before)
	if order := w.order(); slices.Contains(order, "CreateTags") || slices.Contains(order, "DeleteVpcPeeringConnection") {
		t.Errorf("the connection was touched: %v", order)
	}
}

func TestObserveOnlyNamesWhatIsMissingAndIsContentWhenOthersMadeIt(t *testing.T) {
	w := newSmallWorld(t)
	eu, us := w.makeCluster("eu", w.pair.Requester, nil), w.makeCluster("us", w.pair.Accepter, nil)
	object := w.reconcile(w.peering("eu-us", func(object *v1alpha1.VPCPeering) {
		object.Spec.Requester, object.Spec.Accepter = byCluster(eu), byCluster(us)
		object.Spec.Requester.Routes.Tables, object.Spec.Requester.SecurityGroups.Groups = v1alpha1.SelectNone, v1alpha1.SelectNone
	}))
	group := w.pair.Requester.Groups[scene.PodGroup]
	w.wants(object, v1alpha1.ConditionSecurityGroupsReady, metav1.ConditionFalse, v1alpha1.ReasonMissing, "all traffic from 10.12.0.0/16 in "+group+" (requester)")
	_, err := w.ec2(w.pair.Requester).AuthorizeSecurityGroupIngress(t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: &group, IpPermissions: allFrom("10.12.0.0/16"),
	})
	if err != nil {
		t.Fatal(err)
	}
	w.clock.toNextSweep()
	object = w.reconcile(object)
	w.wants(object, v1alpha1.ConditionRoutesReady, metav1.ConditionFalse, v1alpha1.ReasonMissing, "10.12.0.0/16 in "+w.pair.Requester.Tables[0]+" (requester)")
	for _, table := range w.pair.Requester.Tables {
		_, err := w.ec2(w.pair.Requester).CreateRoute(t.Context(), &ec2.CreateRouteInput{
			RouteTableId: &table, DestinationCidrBlock: awssdk.String("10.12.0.0/16"), VpcPeeringConnectionId: &object.Status.PeeringConnectionID,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	w.clock.toNextSweep()
	object = w.reconcile(object)
	w.wants(object, v1alpha1.ConditionRoutesReady, metav1.ConditionTrue, v1alpha1.ReasonInPlace, "")
	if made := object.Status.Inventory.Requester; len(made.Routes)+len(made.SecurityGroupRules) > 0 {
		t.Errorf("recorded as ours: %+v", made)
	}
	w.delete(object)
	w.wants(w.reconcile(object), v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonForeignRoutes, w.pair.Requester.Tables[0])
}

func TestPlanModeChangesNothingAndItsHashIsStable(t *testing.T) {
	w := newWorld(t)
	w.cloud.ClearJournal()
	object := w.reconcile(w.peering("eu-us", func(object *v1alpha1.VPCPeering) { object.Spec.Mode = v1alpha1.ModePlan }))
	w.wants(object, v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonPlanned, "nothing was changed")
	plan := strings.Join(object.Status.Plan.Actions, "\n")
	t.Logf("plan %s:\n%s", object.Status.Plan.Hash, plan)
	for _, part := range []string{"Request a peering connection from requester " + w.pair.Requester.VPCID, "Accept the connection", "Let " + w.pair.Accepter.Groups[scene.PodGroup] + " (accepter) admit", "Route 10.14.0.0/16 in " + w.pair.Requester.Tables[2] + " (requester) to the connection"} {
		if !strings.Contains(plan, part) {
			t.Errorf("the plan lacks %q", part)
		}
	}
	hash := object.Status.Plan.Hash
	w.restart()
	w.clock.toNextSweep()
	if again := w.reconcile(object).Status.Plan.Hash; again != hash {
		t.Errorf("hash %s, then %s", hash, again)
	}
	if writes := w.writes(); len(writes) > 0 {
		t.Errorf("written: %v", writes)
	}
	w.edit(object, func(now *v1alpha1.VPCPeering) { now.Spec.Mode = v1alpha1.ModeApply })
	object = w.settle(object)
	if object.Status.Plan != nil {
		t.Errorf("the plan is still there after Apply")
	}
	w.remove(object)
	w.wantsShape(nil)
}

func TestAPlanTellsWhatBlocksIt(t *testing.T) {
	w := newSmallWorld(t)
	object := w.reconcile(w.peering("eu-us", func(object *v1alpha1.VPCPeering) {
		object.Spec.Mode = v1alpha1.ModePlan
		withDNS(object)
	}))
	w.wants(object, v1alpha1.ConditionPreflightPassed, metav1.ConditionFalse, v1alpha1.ReasonDNSAttributes, "enableDnsHostnames")
	if object.Status.Plan == nil || !strings.HasPrefix(object.Status.Plan.Actions[0], "Blocked: ") {
		t.Errorf("the plan does not say what is in the way: %+v", object.Status.Plan)
	}
	w.cloud.ClearJournal()
	w.remove(object)
	if writes := w.writes(); len(writes) > 0 {
		t.Errorf("written: %v", writes)
	}
}

func TestPausedNothingIsRepairedAndDeletionStillWorks(t *testing.T) {
	w := newSmallWorld(t)
	object := w.settle(w.peering("eu-us", nil))
	w.edit(object, func(now *v1alpha1.VPCPeering) { now.Spec.Paused = true })
	w.deleteByHand(object.Status.PeeringConnectionID)
	w.clock.toNextSweep()
	w.cloud.ClearJournal()
	w.reconcile(object)
	if calls := w.cloud.Journal(awssim.Query{}); len(calls) > 0 {
		t.Errorf("paused it called AWS: %s", figures(w.byAction(awssim.Query{})))
	}
	w.remove(object)
	w.wantsShape(nil)
}

func TestOrphanedEverythingStaysAndTheClustersKeepCoveringIt(t *testing.T) {
	w := newSmallWorld(t)
	cluster := w.makeCluster("eu", w.pair.Requester, nil)
	object := w.reconcile(w.peering("eu-us", func(object *v1alpha1.VPCPeering) {
		object.Spec.Requester = byCluster(cluster)
		object.Spec.DeletionPolicy = v1alpha1.DeletionOrphan
	}))
	w.reportCluster(cluster, func(status *v1alpha1.PeeredClusterStatus) {
		status.Peerings = []v1alpha1.ClusterPeering{{Namespace: object.Namespace, Name: object.Name, CIDRBlocks: []string{"10.12.0.0/16"}}}
	})
	was := w.shape()
	w.cloud.ClearJournal()
	w.remove(object)
	if calls := w.cloud.Journal(awssim.Query{}); len(calls) > 0 {
		t.Errorf("AWS was called: %s", figures(w.byAction(awssim.Query{})))
	}
	w.wantsShape(was)
	if err := w.kube.Get(t.Context(), client.ObjectKeyFromObject(cluster), cluster); err != nil {
		t.Fatal(err)
	}
	if !cluster.Status.Peerings[0].Orphaned {
		t.Error("the cluster is not told that the peering stays")
	}
}

// TestA4ANewObjectOfTheNameOfAnOrphanLeavesWhatThatOneMade: it joins another VPC, and its owner tag is the same.
func TestA4ANewObjectOfTheNameOfAnOrphanLeavesWhatThatOneMade(t *testing.T) {
	w := newSmallWorld(t)
	w.remove(w.settle(w.peering("eu-us", func(object *v1alpha1.VPCPeering) { object.Spec.DeletionPolicy = v1alpha1.DeletionOrphan })))
	was := w.shape()
	other, err := scene.AddNetwork(t.Context(), w.accounts, scene.NetworkSpec{
		Account: scene.AccepterAccount, Region: scene.AccepterRegion, Name: "other", Blocks: []string{"10.99.0.0/16"}, Zones: 1, Tables: 1, Groups: []string{scene.PodGroup},
	})
	if err != nil {
		t.Fatal(err)
	}
	object := w.settle(w.peering("eu-us", func(object *v1alpha1.VPCPeering) { object.Spec.Accepter = w.side("us", other) }))
	w.wantsMade(made{connections: 2, routes: 4, rules: 2}, made{connections: 2, routes: 3, rules: 2})
	w.remove(object)
	w.wantsShape(was)
}

func TestDNSResolutionIsTurnedOnAndOffOnEachSide(t *testing.T) {
	w := newSmallWorld(t)
	w.nameHosts()
	object := w.settle(w.peering("eu-us", func(object *v1alpha1.VPCPeering) { object.Spec.Accepter.DNSResolution = v1alpha1.DNSEnabled }))
	options := func() (requester, accepter bool) {
		connection := w.live(w.pair.Requester)[0]
		return awssdk.ToBool(connection.RequesterVpcInfo.PeeringOptions.AllowDnsResolutionFromRemoteVpc), awssdk.ToBool(connection.AccepterVpcInfo.PeeringOptions.AllowDnsResolutionFromRemoteVpc)
	}
	if requester, accepter := options(); requester || !accepter {
		t.Errorf("requester %t, accepter %t; want the accepter alone", requester, accepter)
	}
	w.edit(object, func(now *v1alpha1.VPCPeering) {
		now.Spec.Requester.DNSResolution, now.Spec.Accepter.DNSResolution = v1alpha1.DNSEnabled, v1alpha1.DNSDisabled
	})
	w.settle(object)
	if requester, accepter := options(); !requester || accepter {
		t.Errorf("requester %t, accepter %t; want the requester alone", requester, accepter)
	}
}

func TestOnAConnectionThatTheAccepterRequestedEachSidesDNSOptionIsThatOfItsOwnVPC(t *testing.T) {
	for name, accepter := range map[string]scene.NetworkSpec{"across accounts": scene.CanonicalAccepter(), "in one account and region": neighbour()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorldOf(t, scene.CanonicalRequester(), accepter)
			w.nameHosts()
			w.join(w.pair.Accepter, w.pair.Requester)
			object := w.settle(w.peering("eu-us", func(object *v1alpha1.VPCPeering) {
				object.Spec.AdoptionPolicy, object.Spec.Requester.DNSResolution = v1alpha1.AdoptUseExisting, v1alpha1.DNSEnabled
				if accepter.Account == scene.RequesterAccount {
					object.Spec.Accepter.IdentityRef = object.Spec.Requester.IdentityRef
				}
			}))
			w.wants(object, v1alpha1.ConditionDNSReady, metav1.ConditionTrue, v1alpha1.ReasonInPlace, "")
			connection := w.live(w.pair.Requester)[0]
			if ofAccepter := connection.RequesterVpcInfo.PeeringOptions; ofAccepter != nil && awssdk.ToBool(ofAccepter.AllowDnsResolutionFromRemoteVpc) {
				t.Error("names of the accepter's VPC resolve: nobody asked for it")
			}
			if options := connection.AccepterVpcInfo.PeeringOptions; options == nil || !awssdk.ToBool(options.AllowDnsResolutionFromRemoteVpc) {
				t.Error("names of the requester's VPC do not resolve")
			}
		})
	}
}

// neighbour is an accepter in the requester's own account and region.
func neighbour() scene.NetworkSpec {
	spec := scene.CanonicalAccepter()
	spec.Account, spec.Region = scene.RequesterAccount, scene.RequesterRegion
	return spec
}

func TestIPv6BlocksAreRoutedAndOpenedLikeIPv4Ones(t *testing.T) {
	w := newSmallWorld(t)
	for _, network := range w.networks() {
		_, err := w.ec2(network).AssociateVpcCidrBlock(t.Context(), &ec2.AssociateVpcCidrBlockInput{VpcId: &network.VPCID, AmazonProvidedIpv6CidrBlock: awssdk.Bool(true)})
		if err != nil {
			t.Fatal(err)
		}
	}
	object := w.settle(w.peering("eu-us", nil))
	w.wantsMade(made{connections: 1, routes: 4, rules: 2})
	if blocks := object.Status.Accepter.CIDRBlocks; len(blocks) != 2 || !strings.Contains(blocks[1], "::/56") {
		t.Errorf("the accepter's blocks are %v, want an IPv6 one beside 10.12.0.0/16", blocks)
	}
	w.remove(object)
	w.wantsShape(nil)
}

func TestTagsAreOnTheConnectionOfBothSidesAndOnRules(t *testing.T) {
	w := newSmallWorld(t)
	object := w.settle(w.peering("eu-us", func(object *v1alpha1.VPCPeering) { object.Spec.Tags = map[string]v1alpha1.TagValue{"team": "network"} }))
	for _, line := range w.shape() {
		if !strings.Contains(line, "routes") && !strings.Contains(line, "team=network") {
			t.Errorf("without the tag: %s", line)
		}
	}
	w.edit(object, func(now *v1alpha1.VPCPeering) { now.Spec.Tags["team"] = "platform" })
	w.settle(object)
	for _, line := range w.connectionsOf(w.pair.Accepter) {
		if !strings.Contains(line, "team=platform") {
			t.Errorf("the tag did not change: %s", line)
		}
	}
}

// TestTagsOfTheSpecAreFollowedAndOnlyOursAreTakenOff on all that can carry tags, by itself and after a restart; what others
// tagged stays.
func TestTagsOfTheSpecAreFollowedAndOnlyOursAreTakenOff(t *testing.T) {
	w := newSmallWorld(t)
	object := w.settle(w.peering("eu-us", func(object *v1alpha1.VPCPeering) {
		object.Spec.Tags = map[string]v1alpha1.TagValue{"team": "network", "cost": "1"}
	}))
	theirs := []string{object.Status.PeeringConnectionID, object.Status.Inventory.Requester.SecurityGroupRules[0].RuleID}
	if _, err := w.ec2(w.pair.Requester).CreateTags(t.Context(), &ec2.CreateTagsInput{Resources: theirs, Tags: []ec2types.Tag{{Key: awssdk.String("audit"), Value: awssdk.String("x")}}}); err != nil {
		t.Fatal(err)
	}
	w.edit(object, func(now *v1alpha1.VPCPeering) { now.Spec.Tags = map[string]v1alpha1.TagValue{"team": "platform"} })
	w.restart()
	w.reconcile(object)
	w.clock.toNextSweep()
	object = w.settle(object)
	audited := 0
	for _, line := range w.shape() {
		if strings.Contains(line, " routes ") {
			continue
		}
		if !strings.Contains(line, "team=platform") || strings.Contains(line, "cost=") {
			t.Errorf("spec.tags is not followed: %s", line)
		}
		if strings.Contains(line, "audit=x") {
			audited++
		}
	}
	if audited != len(theirs) {
		t.Errorf("%d things have the tag of somebody else, want %d", audited, len(theirs))
	}
	w.clock.toNextSweep()
	object = w.reconcile(object)
	if keys := object.Status.TagKeys; !slices.Equal(keys, []string{"team"}) {
		t.Errorf("keys on record are %v, want those of the spec", keys)
	}
	w.cloud.ClearJournal()
	w.clock.toNextSweep()
	w.reconcile(object)
	if writes := w.writes(); len(writes) > 0 {
		t.Errorf("at rest it writes %v", writes)
	}
}

func TestExcludedBlocksAreNotRouted(t *testing.T) {
	w := newWorld(t)
	object := w.settle(w.peering("eu-us", nil))
	w.edit(object, func(now *v1alpha1.VPCPeering) { now.Spec.Requester.Routes.ExcludeCIDRs = []string{"10.14.0.0/15"} })
	w.settle(object)
	if routes := w.routesOf(w.pair.Requester); len(routes) != 3 || strings.Contains(strings.Join(routes, "\n"), "10.14.0.0/16") {
		t.Errorf("the requester routes %v", routes)
	}
}

// TestC7NodesThatAreStaleCountAlsoWhereNothingIsToBeWritten: somebody else set the value, and the nodes are from before it.
func TestC7NodesThatAreStaleCountAlsoWhereNothingIsToBeWritten(t *testing.T) {
	w := newSmallWorld(t)
	eu := w.makeCluster("eu", w.pair.Requester, nil)
	object := w.reconcile(w.peering("eu-us", func(object *v1alpha1.VPCPeering) { object.Spec.Requester = byCluster(eu) }))
	report := func(nodes metav1.ConditionStatus, reason string) {
		w.reportCluster(eu, func(status *v1alpha1.PeeredClusterStatus) {
			status.Peerings = []v1alpha1.ClusterPeering{{Namespace: w.namespace, Name: "eu-us", CIDRBlocks: w.pair.Accepter.Blocks}}
			meta.SetStatusCondition(&status.Conditions, metav1.Condition{Type: v1alpha1.ConditionCiliumConfigured, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonNotRequired})
			meta.SetStatusCondition(&status.Conditions, metav1.Condition{Type: v1alpha1.ConditionNodesUpToDate, Status: nodes, Reason: reason})
		})
		object = w.reconcile(object)
	}
	report(metav1.ConditionFalse, v1alpha1.ReasonNodesStale)
	w.wants(object, v1alpha1.ConditionNodesUpToDate, metav1.ConditionFalse, v1alpha1.ReasonNodesStale, eu.Name)
	w.wants(object, v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonNodesStale, "")
	report(metav1.ConditionTrue, v1alpha1.ReasonNotRequired)
	w.settle(object)
}

func TestAutoPicksTheTablesAndGroupsOfThePods(t *testing.T) {
	w := newWorld(t)
	eu, us := w.makeCluster("eu", w.pair.Requester, nil), w.makeCluster("us", w.pair.Accepter, nil)
	w.reportCluster(eu, func(status *v1alpha1.PeeredClusterStatus) {
		// Of a time before this peering: it says nothing about its nodes.
		for _, step := range []string{v1alpha1.ConditionCiliumConfigured, v1alpha1.ConditionNodesUpToDate} {
			meta.SetStatusCondition(&status.Conditions, metav1.Condition{Type: step, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonNotRequired})
		}
		status.Network.SubnetIDs = []string{w.pair.Requester.Zones[0].Pods.ID, w.pair.Requester.Zones[1].Pods.ID}
	})
	object := w.reconcile(w.peering("eu-us", func(object *v1alpha1.VPCPeering) {
		object.Spec.Requester, object.Spec.Accepter = byCluster(eu), byCluster(us)
	}))
	w.wants(object, v1alpha1.ConditionRoutesReady, metav1.ConditionTrue, v1alpha1.ReasonInPlace, "10 routes in 5 route tables")
	w.wants(object, v1alpha1.ConditionSecurityGroupsReady, metav1.ConditionTrue, v1alpha1.ReasonInPlace, "4 rules in 2 security groups")
	w.wants(object, v1alpha1.ConditionCiliumConfigured, metav1.ConditionFalse, v1alpha1.ReasonWaitingForCluster, "Waiting for PeeredCluster "+eu.Name)
	w.wants(object, v1alpha1.ConditionNodesUpToDate, metav1.ConditionFalse, v1alpha1.ReasonWaitingForCluster, "Waiting for PeeredCluster "+eu.Name)
	w.remove(object)
	w.wantsShape(nil)
}
