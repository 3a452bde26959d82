package e2e

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	resourceapi "k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/rollout"
	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
	"github.com/crossvpc/crossvpc/test/e2e/rig"
	"github.com/crossvpc/crossvpc/test/karpenter"
	"github.com/crossvpc/crossvpc/test/nodesim"
)

// mostDisrupted is the disruption budget of each NodePool.
const mostDisrupted = 2

// nodePool is one as people write it: Cilium's startup taint, and Karpenter's consolidation of empty nodes, which must not
// take the canary.
func nodePool(name string, mark string) string {
	if mark != "" {
		mark = "metadata: {annotations: {" + podrules.NodePoolAnnotation + ": " + mark + "}}"
	}
	return fmt.Sprintf(`
apiVersion: karpenter.sh/v1
kind: NodePool
metadata: {name: %s}
spec:
  template:
    %s
    spec:
      nodeClassRef: {group: karpenter.kwok.sh, kind: KWOKNodeClass, name: default}
      requirements: [{key: karpenter.sh/capacity-type, operator: In, values: [on-demand]}]
      startupTaints: [{key: %s, effect: NoSchedule}]
  disruption:
    consolidationPolicy: WhenEmpty
    consolidateAfter: 0s
    budgets: [{nodes: "%d"}]
`, name, mark, nodesim.AgentNotReadyTaint, mostDisrupted)
}

const nodeClass = `
apiVersion: karpenter.kwok.sh/v1alpha1
kind: KWOKNodeClass
metadata: {name: default}
`

// aloneObjects are one cluster and a network that it is peered with.
func aloneObjects(r *rig.Rig) string {
	return `
apiVersion: networking.crossvpc.io/v1alpha1
kind: AWSIdentity
metadata: {name: default}
spec: {allowedNamespaces: {names: [network]}}
---
apiVersion: networking.crossvpc.io/v1alpha1
kind: AWSIdentity
metadata: {name: us}
spec:
  roleARN: ` + rig.RoleARN + `
  allowedNamespaces: {names: [network]}
---
apiVersion: networking.crossvpc.io/v1alpha1
kind: PeeredCluster
metadata: {name: local}
spec:
  access: {local: {}}
  clusterName: ` + rig.EKSName(r.EU.Name) + `
  allowedNamespaces: {names: [network]}
  rollout: {strategy: ReplaceNodes, maxUnavailable: 1, minReadySeconds: 1, settleSeconds: 1, progressDeadlineSeconds: 120}
---
apiVersion: networking.crossvpc.io/v1alpha1
kind: VPCPeering
metadata: {name: eu-us, namespace: network}
spec:
  requester: {clusterRefs: [{name: local}]}
  accepter:
    region: ` + r.US.Network.Region + `
    vpcID: ` + r.US.Network.VPCID + `
    identityRef: {name: us}
    routes: {tables: All}
    securityGroups: {groups: None}
`
}

// karpenterWorkloads each run in one NodePool: the shop has a node for each pod, and the ledger must not be
// disturbed.
func karpenterWorkloads() map[string][]nodesim.Workload {
	return map[string][]nodesim.Workload{
		"apps": {
			{Namespace: "default", Name: "shop", Replicas: 4, MaxUnavailable: 1, ReadyAfter: "500ms"},
			{Namespace: "default", Name: "ledger", Replicas: 1, MaxUnavailable: -1, Annotations: map[string]string{"karpenter.sh/do-not-disrupt": "true"}},
		},
		"git": {{Namespace: "default", Name: "site", Replicas: 3, MaxUnavailable: 1, ReadyAfter: "3s"}},
	}
}

// TestKarpenterReplacesTheNodesOfItsNodePools has Karpenter's own controllers at work: they make the nodes, and what
// makes them replace nodes, and how many at once, is theirs.
func TestKarpenterReplacesTheNodesOfItsNodePools(t *testing.T) {
	if os.Getenv("E2E_KARPENTER") == "" {
		t.Skip("builds Karpenter: make test and make e2e-karpenter set E2E_KARPENTER")
	}
	t.Parallel()
	if _, err := karpenter.Program(t.Context(), t.Output()); err != nil {
		t.Fatal(err)
	}
	r := setUp(t, rig.Options{
		Alone: true, Nodes: 1, Workloads: []nodesim.Workload{},
		// A node that is there within a second of the release cannot be told from an earlier one.
		EditSim: func(_ string, options *nodesim.Options) { options.NodeDelay = 2 * time.Second },
	})
	began := time.Now()
	startKarpenter(t, r)
	// The node of the Auto Scaling group is the operator's, so that the canary is one of Karpenter's.
	r.Options.ManagerArgs = []string{"--node-name", nodesOf(t, r.EU)[0].Name}
	deployToNodePools(t, r)
	ledger := podOf(t, r, "ledger").Spec.NodeName
	before := nodesByUID(t, r)
	t.Logf("%d nodes after %.1f s; the ledger is on %s", len(before), time.Since(began).Seconds(), ledger)

	startManager(t, r)
	apply(t, r, aloneObjects(r))
	untilMarked(t, r, "apps")
	untilCluster(t, r, "local", v1alpha1.ConditionNodesUpToDate, metav1.ConditionFalse, "", "NodePool apps", "maxUnavailable does not apply")
	untilMarked(t, r, "git")
	takeBack(t, r)
	untilCluster(t, r, "local", v1alpha1.ConditionNodesUpToDate, metav1.ConditionFalse, v1alpha1.ReasonBlocked)
	expectNoFight(t, r)
	expectBlocked(t, r, ledger)
	expectReplaced(t, r, before, ledger)
	expectKarpentersRules(t, r)
	expectNoListPerPass(t, r)
	expectInvariants(t, r.EU, -1)
	t.Logf("took %.1f s", time.Since(began).Seconds())
}

func startKarpenter(t *testing.T, r *rig.Rig) {
	t.Helper()
	if err := karpenter.Install(t.Context(), r.EU.Cluster); err != nil {
		t.Fatal(err)
	}
	apply(t, r, nodeClass)
	apply(t, r, nodePool("apps", ""))
	applyAsGit(t, r, nodePool("git", ""))
	if err := karpenter.Start(t.Context(), r.EU.Cluster, r.EU.EKS, r.URL, r.Dir()); err != nil {
		t.Fatal(err)
	}
}

// deployToNodePools has Karpenter make nodes for pods, and waits until all run.
func deployToNodePools(t *testing.T, r *rig.Rig) {
	t.Helper()
	want := 0
	for pool, workloads := range karpenterWorkloads() {
		for _, workload := range workloads {
			want += int(workload.Replicas)
			for _, object := range workload.Objects() {
				if deployment, ok := object.(*appsv1.Deployment); ok {
					inNodePool(&deployment.Spec.Template.Spec, pool)
				}
				if err := r.EU.Kube.Create(t.Context(), object); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	until(t, "Karpenter to make nodes for the pods", func() (bool, string) {
		seen, err := r.Reachability(t.Context(), r.EU)
		if err != nil {
			t.Fatal(err)
		}
		return seen.Pods == want, fmt.Sprintf("%d of %d pods run", seen.Pods, want)
	})
}

// inNodePool has pods of which a node takes one: the scheduler would else put all on the first node that is up.
func inNodePool(spec *corev1.PodSpec, pool string) {
	spec.NodeSelector = map[string]string{"karpenter.sh/nodepool": pool}
	spec.Containers[0].Resources.Requests = corev1.ResourceList{corev1.ResourceCPU: resourceapi.MustParse("1200m")}
}

func podOf(t *testing.T, r *rig.Rig, app string) *corev1.Pod {
	t.Helper()
	var pods corev1.PodList
	if err := r.EU.Kube.List(t.Context(), &pods, client.MatchingLabels{"app": app}); err != nil || len(pods.Items) == 0 {
		t.Fatalf("no pod of %s: %v", app, err)
	}
	return &pods.Items[0]
}

func nodesByUID(t *testing.T, r *rig.Rig) map[string]corev1.Node {
	t.Helper()
	nodes := map[string]corev1.Node{}
	for _, node := range nodesOf(t, r.EU) {
		nodes[string(node.UID)] = node
	}
	return nodes
}

func markOf(t *testing.T, r *rig.Rig, pool string) string {
	t.Helper()
	return strings.TrimSpace(kubectl(t, r, "get", "nodepool", pool, "-o", `go-template={{with .spec.template.metadata.annotations}}{{or (index . "`+podrules.NodePoolAnnotation+`") ""}}{{end}}`))
}

func untilMarked(t *testing.T, r *rig.Rig, pool string) {
	t.Helper()
	until(t, "NodePool "+pool+" to be marked", func() (bool, string) {
		return markOf(t, r, pool) != "", describe(cluster(t, r, "local").Status.Conditions)
	})
	if want := cluster(t, r, "local").Status.Cilium.Revision; markOf(t, r, pool) != want {
		t.Errorf("NodePool %s is marked with %q, want the revision %q", pool, markOf(t, r, pool), want)
	}
}

const git = "argocd-controller"

func applyAsGit(t *testing.T, r *rig.Rig, yaml string) {
	t.Helper()
	applyIn(t, r.EU, yaml, "--server-side", "--force-conflicts", "--field-manager="+git)
}

// takeBack is what a tool does that owns the whole object: it takes the annotation, and then has none.
func takeBack(t *testing.T, r *rig.Rig) {
	t.Helper()
	applyAsGit(t, r, nodePool("git", "none"))
	applyAsGit(t, r, nodePool("git", ""))
	if mark := markOf(t, r, "git"); mark != "" {
		t.Fatalf("the annotation is still %q", mark)
	}
}

// expectNoFight: the annotation was set once, and is not set again however long it is gone.
func expectNoFight(t *testing.T, r *rig.Rig) {
	t.Helper()
	pause(t, 3*time.Second)
	var written []string
	for _, e := range ownEvents(t, r.EU) {
		if resource(e) == "nodepools" && !isRead(e.Verb) && e.ObjectRef.Name == "git" {
			written = append(written, e.RequestURI)
		}
	}
	if len(written) != 1 || !strings.Contains(written[0], "fieldManager=crossvpc") || strings.Contains(written[0], "force=true") {
		t.Errorf("C4: the operator wrote to NodePool git: %v, want one apply without force", written)
	}
}

// mostLists is far below the passes there are, and above the watches that are opened again on a slow machine.
const mostLists = 10

// expectNoListPerPass: what Karpenter has is watched. A watch that is opened again, as when it was silent, may begin with a
// list.
func expectNoListPerPass(t *testing.T, r *rig.Rig) {
	t.Helper()
	lists := map[string]int{}
	for _, e := range ownEvents(t, r.EU) {
		if of := resource(e); strings.HasPrefix(of, "node") && of != "nodes" && (e.Verb == "list" || strings.Contains(e.RequestURI, "sendInitialEvents")) {
			lists[of]++
		}
	}
	t.Logf("full lists: %v", lists)
	for _, of := range []string{"nodepools", "nodeclaims"} {
		if lists[of] == 0 || lists[of] > mostLists {
			t.Errorf("%s were listed %d times", of, lists[of])
		}
	}
}

// expectBlocked: status names the ledger's node and who took the annotation back.
func expectBlocked(t *testing.T, r *rig.Rig, ledger string) {
	t.Helper()
	blocked := cluster(t, r, "local").Status.BlockedNodes
	for reason, part := range map[string]string{"PodRefusesDisruption": "default/ledger", rollout.BlockedByNodePoolOwner: "Field manager " + git + " reverted"} {
		if !slices.ContainsFunc(blocked, func(b v1alpha1.BlockedNode) bool {
			return b.Reason == reason && strings.Contains(b.Message, part) && (reason != "PodRefusesDisruption" || b.Name == ledger)
		}) {
			t.Errorf("no blocked node with reason %s and %q in its message: %+v", reason, part, blocked)
		}
	}
}

// expectReplaced: of NodePool apps the ledger's node alone is left of those before, and every pod elsewhere reaches.
func expectReplaced(t *testing.T, r *rig.Rig, before map[string]corev1.Node, ledger string) {
	t.Helper()
	for uid, node := range nodesByUID(t, r) {
		_, old := before[uid]
		if pool := node.Labels["karpenter.sh/nodepool"]; pool == "apps" && old != (node.Name == ledger) {
			t.Errorf("node %s of NodePool apps is from before: %v; the ledger is on %s", node.Name, old, ledger)
		}
	}
	var pods corev1.PodList
	if err := r.EU.Kube.List(t.Context(), &pods, client.InNamespace("default"), client.MatchingLabels{"app": "shop"}); err != nil {
		t.Fatal(err)
	}
	for i := range pods.Items {
		pod := &pods.Items[i]
		if verdict := r.EU.Nodes.Reaches(pod, r.Peer(r.EU)...); pod.Spec.NodeName != ledger && !verdict.Both() {
			t.Errorf("pod %s on %s: %s", pod.Name, pod.Spec.NodeName, verdict.Why)
		}
	}
}
