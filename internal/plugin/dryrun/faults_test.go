package dryrun

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/plugin/diagnosis"
	"github.com/crossvpc/crossvpc/test/scene"
)

// world is a pair of VPCs with a cluster each, whose pods reach each other.
type world struct {
	*asker
	live    []client.Object
	peering *v1alpha1.VPCPeering
	// connection joins them.
	connection string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{asker: newAsker(t)}
	w.join()
	for _, network := range []*scene.Network{w.pair.Requester, w.pair.Accepter} {
		w.open(network)
	}
	objects := w.objects("{identityRef: {name: eu},", "{clusterRefs: [{name: local}], identityRef: {name: eu},",
		"{identityRef: {name: us},", "{clusterRefs: [{name: far}], identityRef: {name: us},")
	for _, identity := range objects.Identities {
		w.live = append(w.live, identity)
	}
	w.live = append(w.live, w.cluster("local", "eu", w.pair.Requester), w.cluster("far", "us", w.pair.Accepter))
	w.peering = objects.Peerings[0]
	w.peering.UID, w.peering.Generation = "live", 1
	status := &w.peering.Status
	status.ObservedGeneration = 1
	for _, kind := range v1alpha1.VPCPeeringSteps() {
		meta.SetStatusCondition(&status.Conditions, metav1.Condition{Type: kind, Status: metav1.ConditionTrue, Reason: "Reason"})
	}
	w.live = append(w.live, w.peering)
	return w
}

func (w *world) cluster(name, identity string, network *scene.Network) *v1alpha1.PeeredCluster {
	subnets := []string{}
	for _, zone := range network.Zones {
		subnets = append(subnets, zone.Pods.ID)
	}
	c := &v1alpha1.PeeredCluster{ObjectMeta: metav1.ObjectMeta{Name: name}}
	c.Spec.Region, c.Spec.VPCID = v1alpha1.Region(network.Region), v1alpha1.VPCID(network.VPCID)
	c.Spec.IdentityRef = &v1alpha1.LocalName{Name: identity}
	c.Spec.AllowedNamespaces.Names = []string{"dry"}
	c.Status.Region, c.Status.VPCID = c.Spec.Region, c.Spec.VPCID
	c.Status.Network = &v1alpha1.ClusterNetwork{SubnetIDs: subnets, InterfaceGroups: []v1alpha1.InterfaceGroups{{SecurityGroupIDs: network.GroupIDs(scene.PodGroup)}}}
	for _, kind := range v1alpha1.PeeredClusterSteps() {
		meta.SetStatusCondition(&c.Status.Conditions, metav1.Condition{Type: kind, Status: metav1.ConditionTrue, Reason: "Reason"})
	}
	return c
}

// ec2 acts as a person with all rights in the network's account.
func (w *world) ec2(network *scene.Network) *ec2.Client {
	config, err := scene.KeyPerAccount(os.Getenv("AWS_ENDPOINT_URL")).Config(w.t.Context(), network.Account, network.Region)
	w.must(err)
	return ec2.NewFromConfig(config)
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// soon tries until AWS agrees: what was made is not there at once.
func (w *world) soon(try func(context.Context) error) {
	w.t.Helper()
	var last error
	err := wait.PollUntilContextTimeout(w.t.Context(), 20*time.Millisecond, 2*time.Minute, true, func(ctx context.Context) (bool, error) {
		last = try(ctx)
		return last == nil, nil
	})
	if err != nil {
		w.t.Fatal(last)
	}
}

// join makes the connection, and waits until both regions show it as active.
func (w *world) join() {
	from, to := w.pair.Requester, w.pair.Accepter
	made, err := w.ec2(from).CreateVpcPeeringConnection(w.t.Context(), &ec2.CreateVpcPeeringConnectionInput{
		VpcId: &from.VPCID, PeerVpcId: &to.VPCID, PeerOwnerId: &to.Account, PeerRegion: &to.Region,
	})
	w.must(err)
	w.connection = *made.VpcPeeringConnection.VpcPeeringConnectionId
	accepter := w.ec2(to)
	w.soon(func(ctx context.Context) error {
		_, err := accepter.AcceptVpcPeeringConnection(ctx, &ec2.AcceptVpcPeeringConnectionInput{VpcPeeringConnectionId: &w.connection})
		return err
	})
}

// other is the network at the other end.
func (w *world) other(network *scene.Network) *scene.Network {
	if network == w.pair.Requester {
		return w.pair.Accepter
	}
	return w.pair.Requester
}

// open makes routes to the peer in all tables, and lets the peer into the pods' group.
func (w *world) open(network *scene.Network) {
	peer := w.other(network)
	for _, table := range network.Tables {
		for _, block := range peer.Blocks {
			w.route(network, table, block)
		}
	}
	w.admit(network, false, "-1", -1, -1, peer.Blocks...)
}

func (w *world) route(network *scene.Network, table, block string) {
	client := w.ec2(network)
	w.soon(func(ctx context.Context) error {
		_, err := client.CreateRoute(ctx, &ec2.CreateRouteInput{RouteTableId: &table, DestinationCidrBlock: &block, VpcPeeringConnectionId: &w.connection})
		return err
	})
}

func (w *world) unroute(network *scene.Network, table, block string) {
	_, err := w.ec2(network).DeleteRoute(w.t.Context(), &ec2.DeleteRouteInput{RouteTableId: &table, DestinationCidrBlock: &block})
	w.must(err)
}

func permissions(protocol string, first, last int32, blocks []string) []types.IpPermission {
	permission := types.IpPermission{IpProtocol: &protocol}
	if protocol != "-1" {
		permission.FromPort, permission.ToPort = &first, &last
	}
	for _, block := range blocks {
		permission.IpRanges = append(permission.IpRanges, types.IpRange{CidrIp: &block})
	}
	return []types.IpPermission{permission}
}

// admit adds a rule to the pods' group.
func (w *world) admit(network *scene.Network, egress bool, protocol string, first, last int32, blocks ...string) {
	w.t.Helper()
	group, allowed := network.Groups[scene.PodGroup], permissions(protocol, first, last, blocks)
	var err error
	if egress {
		_, err = w.ec2(network).AuthorizeSecurityGroupEgress(w.t.Context(), &ec2.AuthorizeSecurityGroupEgressInput{GroupId: &group, IpPermissions: allowed})
	} else {
		_, err = w.ec2(network).AuthorizeSecurityGroupIngress(w.t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{GroupId: &group, IpPermissions: allowed})
	}
	w.must(err)
}

// shut takes all rules of a direction off the pods' group.
func (w *world) shut(network *scene.Network, egress bool) {
	w.t.Helper()
	group, peer := network.Groups[scene.PodGroup], w.other(network)
	var err error
	if egress {
		_, err = w.ec2(network).RevokeSecurityGroupEgress(w.t.Context(), &ec2.RevokeSecurityGroupEgressInput{GroupId: &group, IpPermissions: permissions("-1", 0, 0, []string{"0.0.0.0/0"})})
	} else {
		_, err = w.ec2(network).RevokeSecurityGroupIngress(w.t.Context(), &ec2.RevokeSecurityGroupIngressInput{GroupId: &group, IpPermissions: permissions("-1", 0, 0, peer.Blocks)})
	}
	w.must(err)
}

// deny adds an entry to the default network ACL, and says how to take it off.
func (w *world) deny(network *scene.Network, number int32, egress bool, protocol string, first, last int32) (cure func()) {
	w.t.Helper()
	in, client := &ec2.CreateNetworkAclEntryInput{RuleNumber: &number, Egress: &egress, Protocol: &protocol, RuleAction: types.RuleActionDeny, CidrBlock: new("0.0.0.0/0")}, w.ec2(network)
	switch protocol {
	case "1":
		in.IcmpTypeCode = &types.IcmpTypeCode{Type: &first, Code: &last}
	case "6", "17":
		in.PortRange = &types.PortRange{From: &first, To: &last}
	}
	found, err := client.DescribeNetworkAcls(w.t.Context(), &ec2.DescribeNetworkAclsInput{Filters: []types.Filter{{Name: new("vpc-id"), Values: []string{network.VPCID}}}})
	w.must(err)
	in.NetworkAclId = found.NetworkAcls[0].NetworkAclId
	_, err = client.CreateNetworkAclEntry(w.t.Context(), in)
	w.must(err)
	return func() {
		_, err := client.DeleteNetworkAclEntry(w.t.Context(), &ec2.DeleteNetworkAclEntryInput{NetworkAclId: in.NetworkAclId, RuleNumber: &number, Egress: &egress})
		w.must(err)
	}
}

// diagnose reads AWS as the asker does, and walks from a pod's address to a peer's.
func (w *world) diagnose() []diagnosis.Step {
	w.t.Helper()
	seen, unread, err := Path(w.t.Context(), Options{Hub: applied{objects: w.live}, Kubeconfig: *clientcmdapi.NewConfig(), Profiles: map[string]string{"eu": "eu", "us": "us"}, Installation: "test"}, w.peering)
	if err != nil || len(unread) > 0 {
		w.t.Fatal(err, unread)
	}
	side := func(network *scene.Network) *v1alpha1.SideStatus {
		return &v1alpha1.SideStatus{VPCID: v1alpha1.VPCID(network.VPCID), CIDRBlocks: network.Blocks}
	}
	now := time.Now()
	return diagnosis.Walk(diagnosis.Evidence{
		Peering: seen, PathReadNow: true, ManagerSeen: now, Now: now,
		From: diagnosis.End{Name: w.pair.Requester.VPCID, Side: side(w.pair.Requester)},
		To:   diagnosis.End{Name: w.pair.Accepter.VPCID, Side: side(w.pair.Accepter)},
	})
}

// wants looks for the first that fails; empty: none does.
func (w *world) wants(code string) {
	w.t.Helper()
	steps := w.diagnose()
	first, _ := diagnosis.First(steps)
	if first.Code != code {
		w.t.Errorf("the first that fails is %q, want %q: %s", first.Code, code, first.Said)
	}
	behind := false
	for _, step := range steps {
		if behind && step.Outcome != diagnosis.NotJudged || code == "" && step.Outcome != diagnosis.Holds {
			w.t.Errorf("%s is %s: %s", step.Code, step.Outcome, step.Said)
		}
		behind = behind || step.Code == code
	}
	w.t.Logf("%s: %s", first.Code, first.Said)
}
