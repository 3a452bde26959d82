package e2e

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/e2e/rig"
	"github.com/crossvpc/crossvpc/test/nodesim"
)

// TestWhatIsNotDone tells of clusters and objects with which nothing is to be done, and of everything that holds a
// value back. The us cluster is reached by kubeconfig. It begins with eu pods that nothing masquerades, and with us pods on an overlay.
func TestWhatIsNotDone(t *testing.T) {
	t.Parallel()
	r := start(t, rig.Options{Nodes: 3, Kubeconfig: true, EditSim: func(side string, options *nodesim.Options) {
		options.CiliumConfig = map[string]string{"enable-ipv4-masquerade": "false"}
		if side == "us" {
			options.CiliumConfig = map[string]string{"ipam": "cluster-pool", "routing-mode": "tunnel"}
		}
	}})
	apply(t, r, byKubeconfig(r, objects))
	apply(t, r, peering)
	for _, story := range []struct {
		name string
		tell func(*testing.T, *rig.Rig)
	}{
		{"C1 nothing to do without masquerading and nothing that could be done for an overlay", notRequired},
		{"a cluster can be peered once", duplicateCluster},
		{"kubeconfigs that are missing or hostile", hostileKubeconfigs},
		{"objects in use are kept and their users named", deletionWaits},
		{"of several PeeredClusters made at once one has the cluster", twins},
		{"C3 C6 collateral routes and then OnDelete", collateralThenOnDelete},
		{"C4 another owner and ours changed by hand", otherWriters},
		{"N1 N3 a paused rollout and cordons of others", pausedAndForeignCordons},
	} {
		if !t.Run(story.name, func(t *testing.T) {
			began := time.Now()
			story.tell(t, r)
			t.Logf("took %.1f s", time.Since(began).Seconds())
		}) {
			return
		}
	}
}

func notRequired(t *testing.T, r *rig.Rig) {
	untilCluster(t, r, "local", v1alpha1.ConditionCiliumConfigured, metav1.ConditionTrue, v1alpha1.ReasonNotRequired, "masquerade")
	untilCluster(t, r, "local", v1alpha1.ConditionReady, metav1.ConditionTrue, "")
	untilCluster(t, r, "us", v1alpha1.ConditionCiliumConfigured, metav1.ConditionFalse, v1alpha1.ReasonPodAddressesNotRoutable, "cluster-pool")
	untilCluster(t, r, "us", v1alpha1.ConditionStalled, metav1.ConditionTrue, "")
	untilPeering(t, r, v1alpha1.ConditionCiliumConfigured, metav1.ConditionFalse, v1alpha1.ReasonPodAddressesNotRoutable, "us: ")
	untilPeering(t, r, v1alpha1.ConditionStalled, metav1.ConditionTrue, "")
	expectUntouched(t, r)
}

func expectUntouched(t *testing.T, r *rig.Rig) {
	t.Helper()
	for _, side := range r.Sides() {
		if done := writes(t, side, time.Time{}); len(done) > 0 {
			t.Errorf("%s: written: %v", side.Name, done)
		}
	}
}

const duplicates = `
apiVersion: networking.crossvpc.io/v1alpha1
kind: PeeredCluster
metadata: {name: us-again}
spec:
  access: {kubeConfigSecretRef: {name: us}}
  identityRef: {name: us}
`

func duplicateCluster(t *testing.T, r *rig.Rig) {
	apply(t, r, duplicates)
	untilCluster(t, r, "us-again", v1alpha1.ConditionReachable, metav1.ConditionFalse, v1alpha1.ReasonDuplicateCluster, "PeeredCluster us already manages this cluster")
	kubectl(t, r, "delete", "peeredcluster", "us-again", patiently)
}

func hostileKubeconfigs(t *testing.T, r *rig.Rig) {
	apply(t, r, `
apiVersion: networking.crossvpc.io/v1alpha1
kind: PeeredCluster
metadata: {name: odd}
spec:
  access: {kubeConfigSecretRef: {name: odd}}
`)
	untilCluster(t, r, "odd", v1alpha1.ConditionReachable, metav1.ConditionFalse, v1alpha1.ReasonInvalidKubeConfig, rig.SystemNamespace+"/odd")
	untilCluster(t, r, "odd", v1alpha1.ConditionStalled, metav1.ConditionTrue, "")
	for _, odd := range []struct{ server, user, message string }{
		{"server: https://127.0.0.1:1", "exec: {apiVersion: client.authentication.k8s.io/v1, command: /bin/sh}", "exec must be left out"},
		{"server: http://127.0.0.1:1", "token: x", "https"},
		{"server: https://127.0.0.1:1, insecure-skip-tls-verify: true", "token: x", "insecure-skip-tls-verify must be left out"},
		{"server: https://127.0.0.1:1", "tokenFile: /var/run/secrets/kubernetes.io/serviceaccount/token", "tokenFile"},
	} {
		secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: rig.SystemNamespace, Name: "odd"}, Data: map[string][]byte{"value": []byte(`
apiVersion: v1
kind: Config
current-context: c
contexts: [{name: c, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {` + odd.server + `}}]
users: [{name: u, user: {` + odd.user + `}}]
`)}}
		err := r.EU.Kube.Update(t.Context(), secret)
		if err != nil {
			err = r.EU.Kube.Create(t.Context(), secret)
		}
		if err != nil {
			t.Fatal(err)
		}
		untilCluster(t, r, "odd", v1alpha1.ConditionReachable, metav1.ConditionFalse, v1alpha1.ReasonInvalidKubeConfig, odd.message)
	}
	kubectl(t, r, "delete", "peeredcluster", "odd", patiently)
}

func deletionWaits(t *testing.T, r *rig.Rig) {
	kubectl(t, r, "delete", "peeredcluster", "us", "--wait=false")
	kubectl(t, r, "delete", "awsidentity", "us", "--wait=false")
	until(t, "the cluster to name its users", func() (bool, string) {
		list := cluster(t, r, "us").Status.Conditions
		return has(list, v1alpha1.ConditionReady, "", v1alpha1.ReasonInUse, "network/eu-us"), describe(list)
	})
	until(t, "the identity to name its users", func() (bool, string) {
		out := kubectl(t, r, "get", "awsidentity", "us", "-o", `jsonpath={.status.conditions[?(@.type=="Ready")].message}`)
		return strings.Contains(out, "us"), out
	})
	// The peering's own deletion waits for no cluster; then both go.
	kubectl(t, r, "delete", "vpcpeering", "-n", "network", "eu-us", patiently)
	kubectl(t, r, "wait", "--for=delete", "peeredcluster/us", "awsidentity/us", patiently)
	expectUntouched(t, r)
}

const twin = `
apiVersion: networking.crossvpc.io/v1alpha1
kind: PeeredCluster
metadata: {name: NAME}
spec:
  access: {kubeConfigSecretRef: {name: us}}
  region: us-east-1
  vpcID: VPC
  cilium: {strategy: None}
---`

// twins: of two that are made at once just one has the cluster.
func twins(t *testing.T, r *rig.Rig) {
	names := []string{"twin-a", "twin-b", "twin-c", "twin-d"}
	all := ""
	for _, name := range names {
		all += strings.NewReplacer("NAME", name, "VPC", r.US.Network.VPCID).Replace(twin)
	}
	apply(t, r, all)
	until(t, "all twins to be told", func() (bool, string) {
		told := ""
		for _, name := range names {
			told += describe(cluster(t, r, name).Status.Conditions) + "\n"
		}
		first, others := strings.Count(told, "Reachable=True"), strings.Count(told, "Reachable=False "+v1alpha1.ReasonDuplicateCluster)
		return first == 1 && others == len(names)-1, told
	})
	kubectl(t, r, append([]string{"delete", patiently, "peeredcluster"}, names...)...)
	applyIn(t, r.US, usConfigOfENI)
	apply(t, r, byKubeconfig(r, objects))
}

// usConfigOfENI ends the overlay, as far as the operator's eyes go.
const usConfigOfENI = `
apiVersion: v1
kind: ConfigMap
metadata: {name: cilium-config, namespace: kube-system}
data: {ipam: eni, routing-mode: native, enable-ipv4-masquerade: "false"}
`

func collateralThenOnDelete(t *testing.T, r *rig.Rig) {
	addTransitRoute(t, r, "10.9.0.0/16")
	kubectl(t, r, "patch", "configmap", "-n", "kube-system", "cilium-config", "--type=merge", "-p", `{"data":{"enable-ipv4-masquerade":"true"}}`)
	patch(t, r, "local", `{"rollout":{"strategy":"OnDelete"}}`)
	apply(t, r, peering)
	untilCluster(t, r, "local", v1alpha1.ConditionCiliumConfigured, metav1.ConditionFalse, v1alpha1.ReasonCollateralRoutes,
		"10.9.0.0/16 by rtb-", "tgw-", "spec.cilium.acknowledgedCIDRs")
	untilCluster(t, r, "local", v1alpha1.ConditionStalled, metav1.ConditionTrue, "")
	untilPeering(t, r, v1alpha1.ConditionCiliumConfigured, metav1.ConditionFalse, v1alpha1.ReasonCollateralRoutes)
	expectUntouched(t, r)
	patch(t, r, "local", `{"cilium":{"acknowledgedCIDRs":["10.9.0.0/16"]}}`)
	untilCluster(t, r, "local", v1alpha1.ConditionCiliumConfigured, metav1.ConditionTrue, v1alpha1.ReasonConfigured)
	untilCluster(t, r, "local", v1alpha1.ConditionNodesUpToDate, metav1.ConditionFalse, v1alpha1.ReasonNodesStale, "OnDelete")
	untilCluster(t, r, "local", v1alpha1.ConditionReady, metav1.ConditionTrue, "")
	untilPeering(t, r, v1alpha1.ConditionReady, metav1.ConditionTrue, "")
	if nodes := touched(t, r.EU, time.Time{}); len(nodes) > 0 {
		t.Errorf("nodes were touched: %v", nodes)
	}
	expectInvariants(t, r.EU, 0)
}

func addTransitRoute(t *testing.T, r *rig.Rig, destination string) {
	t.Helper()
	client := euEC2(t, r)
	gateway, err := client.CreateTransitGateway(t.Context(), &ec2.CreateTransitGatewayInput{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.CreateTransitGatewayVpcAttachment(t.Context(), &ec2.CreateTransitGatewayVpcAttachmentInput{
		TransitGatewayId: gateway.TransitGateway.TransitGatewayId, VpcId: &r.EU.Network.VPCID,
		SubnetIds: []string{r.EU.Network.Zones[0].Nodes.ID},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range euTables(t, r) {
		for _, association := range table.Associations {
			if aws.ToString(association.SubnetId) != r.EU.Network.Zones[0].Nodes.ID {
				continue
			}
			_, err := client.CreateRoute(t.Context(), &ec2.CreateRouteInput{
				RouteTableId: table.RouteTableId, DestinationCidrBlock: &destination,
				TransitGatewayId: gateway.TransitGateway.TransitGatewayId,
			})
			if err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatal("the nodes' subnet has no table of its own")
}

const foreignConfig = `
apiVersion: cilium.io/v2
kind: CiliumNodeConfig
metadata: {name: zzz-team-net, namespace: kube-system}
spec:
  nodeSelector: {}
  defaults: {ipv4-native-routing-cidr: 10.11.0.0/16}
`

func otherWriters(t *testing.T, r *rig.Rig) {
	names := func() []string {
		return strings.Fields(kubectl(t, r, "get", "ciliumnodeconfigs", "-n", "kube-system", "-o", "name"))
	}
	ours := names()
	if len(ours) != 1 {
		t.Fatalf("CiliumNodeConfigs: %v, want one", ours)
	}
	apply(t, r, foreignConfig)
	untilCluster(t, r, "local", v1alpha1.ConditionCiliumConfigured, metav1.ConditionFalse, v1alpha1.ReasonManagedElsewhere, "zzz-team-net")
	out := kubectl(t, r, "get", "ciliumnodeconfig", "-n", "kube-system", "zzz-team-net", "-o", "jsonpath={.spec.defaults}")
	if !strings.Contains(out, "10.11.0.0/16") {
		t.Errorf("the other owner's value became %s", out)
	}
	kubectl(t, r, "delete", "ciliumnodeconfig", "-n", "kube-system", "zzz-team-net")
	untilCluster(t, r, "local", v1alpha1.ConditionCiliumConfigured, metav1.ConditionTrue, v1alpha1.ReasonConfigured)

	held := func() string {
		return kubectl(t, r, "get", ours[0], "-n", "kube-system", "-o", "jsonpath={.spec}")
	}
	want := held()
	kubectl(t, r, "patch", ours[0], "-n", "kube-system", "--type=merge", "-p", `{"spec":{"defaults":{"ipv4-native-routing-cidr":"10.0.0.0/8"}}}`)
	until(t, "our edited object to be put right", func() (bool, string) { now := held(); return now == want, now })
	kubectl(t, r, "delete", ours[0], "-n", "kube-system")
	until(t, "our deleted object to come back", func() (bool, string) {
		now := names()
		return slices.Equal(now, ours) && held() == want, strings.Join(now, " ")
	})
	if nodes := touched(t, r.EU, time.Time{}); len(nodes) > 0 {
		t.Errorf("nodes were touched: %v", nodes)
	}
}

func pausedAndForeignCordons(t *testing.T, r *rig.Rig) {
	nodes := nodesOf(t, r.EU)
	for _, node := range nodes[:maxUnavailable] {
		kubectl(t, r, "cordon", node.Name)
	}
	patch(t, r, "local", `{"rollout":{"strategy":"RecyclePods","paused":true}}`)
	untilCluster(t, r, "local", v1alpha1.ConditionNodesUpToDate, metav1.ConditionFalse, v1alpha1.ReasonPaused, "spec.rollout.paused")
	patch(t, r, "local", `{"rollout":{"paused":false}}`)
	untilCluster(t, r, "local", v1alpha1.ConditionNodesUpToDate, metav1.ConditionFalse, v1alpha1.ReasonBlocked,
		nodes[0].Name+" (cordoned)", nodes[1].Name+" (cordoned)", "maxUnavailable 2")
	if now := touched(t, r.EU, time.Time{}); len(now) > 0 {
		t.Errorf("nodes were touched: %v", now)
	}
	kubectl(t, r, "uncordon", nodes[0].Name)
	until(t, "the two other nodes to be done", func() (bool, string) {
		status := cluster(t, r, "local").Status
		return status.Nodes != nil && status.Nodes.Current == 2 && status.Nodes.InProgress == 0, describe(status.Conditions)
	})
	if left := cordonedNodes(t, r.EU); !slices.Equal(left, []string{nodes[1].Name}) {
		t.Errorf("N3: cordoned nodes are %v, want %s, which somebody else cordoned", left, nodes[1].Name)
	}
	untilCluster(t, r, "local", v1alpha1.ConditionNodesUpToDate, metav1.ConditionFalse, v1alpha1.ReasonBlocked, nodes[1].Name, "Somebody else cordoned the node")
	kubectl(t, r, "uncordon", nodes[1].Name)
	untilRolledOut(t, r, "local", first)
	expectInvariants(t, r.EU, maxUnavailable)
}
