package moto

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/controlplane"
	"github.com/crossvpc/crossvpc/test/e2e/rig"
	"github.com/crossvpc/crossvpc/test/figure"
	"github.com/crossvpc/crossvpc/test/scene"
)

const namespace = "network"

// TestRivalsGraph joins N pairs of VPCs, 3 route tables and 1 group a side, and
// takes them apart again. Figures are printed beside the rivals'.
func TestRivalsGraph(t *testing.T) {
	moto := startMoto(t)
	kube, kubeconfig := startCluster(t)
	binary := filepath.Join(t.TempDir(), "manager")
	if err := rig.BuildManager(t.Context(), binary, t.Output()); err != nil {
		t.Fatal(err)
	}
	makeOwners(t, kube)
	counting := countCalls(t, moto)
	startManager(t, binary, kubeconfig, counting.URL)
	t.Log("rivals on this graph (calls a peering, time to ready): Terraform 34, 22 s; Crossplane 36 and 6.5 s at N=1, 30 and 21 s at 10, 31 and 106 s at 50")
	for _, n := range []int{1, 10, mostPairs} {
		pairs, err := scene.Rivals(t.Context(), scene.RolePerAccount(moto), n)
		if err != nil {
			t.Fatal(err)
		}
		waitForIdentities(t, kube)
		counting.take()
		began := time.Now()
		for i, pair := range pairs {
			create(t, kube, peeringOf(fmt.Sprintf("n%d-%d", n, i), pair))
		}
		waitFor(t, kube, fmt.Sprintf("%d peerings Ready", n), func(all []v1alpha1.VPCPeering) bool { return ready(all) == n })
		took := time.Since(began)
		calls, each := counting.take()
		t.Logf("N=%d: all Ready after %.1f s (%s)", n, took.Seconds(), inWords(each))
		figure.Figure{Name: fmt.Sprintf("moto: calls for each of %d peerings", n), Value: float64(calls) / float64(n), Target: mostCalls}.Assert(t)
		if n == mostPairs {
			compareWithBare(t, moto, n, took, each)
		}
		deleteAll(t, kube)
		waitFor(t, kube, "the peerings to go", func(all []v1alpha1.VPCPeering) bool { return len(all) == 0 })
	}
}

const (
	mostPairs = 50
	// mostCalls is for one pair; many share their reads.
	mostCalls = 25
	// mostOfBare is how much longer crossvpc may take than a client that makes the same calls and decides nothing.
	mostOfBare = 1.3
	// roomForBare: the API server, which the bare client does without, shares the cores.
	roomForBare = 1.5
)

func compareWithBare(t *testing.T, moto string, n int, took time.Duration, calls map[string]int) {
	t.Helper()
	accounts := scene.RolePerAccount(moto)
	pairs, err := scene.Rivals(t.Context(), accounts, n)
	if err != nil {
		t.Fatal(err)
	}
	reads := maps.Clone(calls)
	maps.DeleteFunc(reads, func(action string, _ int) bool { return !strings.HasPrefix(action, "Describe") })
	own := (&bare{accounts: accounts, pairs: pairs, reads: reads}).took(t)
	t.Logf("the bare client took %.1f s", own.Seconds())
	figure.Figure{Name: fmt.Sprintf("moto: time to Ready of %d, of a bare client's for the same calls", n), Value: took.Seconds() / own.Seconds(), Target: mostOfBare, Room: roomForBare}.Assert(t)
}

// waitForIdentities: a role is assumed once, whatever rests on it.
func waitForIdentities(t *testing.T, kube client.Client) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	err := rig.Until(ctx, "the identities", func() (bool, error) {
		var all v1alpha1.AWSIdentityList
		err := kube.List(ctx, &all)
		waiting := slices.ContainsFunc(all.Items, func(identity v1alpha1.AWSIdentity) bool {
			return !meta.IsStatusConditionTrue(identity.Status.Conditions, v1alpha1.ConditionReady)
		})
		return len(all.Items) > 0 && !waiting, err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func ready(all []v1alpha1.VPCPeering) int {
	count := 0
	for i := range all {
		if meta.IsStatusConditionTrue(all[i].Status.Conditions, v1alpha1.ConditionReady) {
			count++
		}
	}
	return count
}

func startCluster(t *testing.T) (client.Client, string) {
	t.Helper()
	cluster := controlplane.ForTest(t, controlplane.Options{Names: []string{"moto"}}).Cluster("moto")
	if _, err := envtest.InstallCRDs(cluster.Config(), envtest.CRDInstallOptions{Paths: []string{"../../config/crd/bases"}}); err != nil {
		t.Fatal(err)
	}
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		t.Fatal(err)
	}
	kube, err := client.New(cluster.Config(), client.Options{Scheme: scheme})
	if err != nil {
		t.Fatal(err)
	}
	return kube, cluster.KubeconfigPath()
}

// makeOwners makes the namespaces and one identity for each account; moto lets
// any role be assumed.
func makeOwners(t *testing.T, kube client.Client) {
	t.Helper()
	for _, name := range []string{namespace, rig.SystemNamespace} {
		create(t, kube, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})
	}
	for _, account := range []string{scene.RequesterAccount, scene.AccepterAccount} {
		create(t, kube, &v1alpha1.AWSIdentity{
			ObjectMeta: metav1.ObjectMeta{Name: "account-" + account},
			Spec: v1alpha1.AWSIdentitySpec{
				RoleARN: "arn:aws:iam::" + account + ":role/crossvpc", AccountID: v1alpha1.AccountID(account),
				AllowedNamespaces: v1alpha1.AllowedNamespaces{Names: []string{namespace}},
			},
		})
	}
}

func startManager(t *testing.T, binary, kubeconfig, endpoint string) {
	t.Helper()
	log, err := os.Create(filepath.Join(t.TempDir(), "manager.log"))
	if err != nil {
		t.Fatal(err)
	}
	manager := exec.CommandContext(t.Context(), binary, "--metrics-bind-address", "0", "--health-probe-bind-address", "0")
	manager.Env = append(os.Environ(), "KUBECONFIG="+kubeconfig, "POD_NAMESPACE="+rig.SystemNamespace, "AWS_ENDPOINT_URL="+endpoint,
		"AWS_REGION=eu-west-1", "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_EC2_METADATA_DISABLED=true")
	manager.Stdout, manager.Stderr = log, log
	if err := manager.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = manager.Wait()
		if content, err := os.ReadFile(log.Name()); t.Failed() && err == nil {
			t.Log(string(content[max(0, len(content)-8000):]))
		}
	})
}

func peeringOf(name string, pair *scene.Pair) *v1alpha1.VPCPeering {
	return &v1alpha1.VPCPeering{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec:       v1alpha1.VPCPeeringSpec{Requester: sideOf(pair.Requester), Accepter: sideOf(pair.Accepter)},
	}
}

func sideOf(network *scene.Network) v1alpha1.VPCPeeringSide {
	groups := make([]string, 0, len(network.Groups))
	for _, id := range network.Groups {
		groups = append(groups, id)
	}
	return v1alpha1.VPCPeeringSide{
		Region: v1alpha1.Region(network.Region), VPCID: v1alpha1.VPCID(network.VPCID),
		IdentityRef:    &v1alpha1.LocalName{Name: "account-" + network.Account},
		Routes:         v1alpha1.SideRoutes{Tables: v1alpha1.SelectSelected, RouteTableIDs: network.Tables},
		SecurityGroups: v1alpha1.SideSecurityGroups{Groups: v1alpha1.SelectSelected, SecurityGroupIDs: groups},
	}
}

func create(t *testing.T, kube client.Client, object client.Object) {
	t.Helper()
	if err := kube.Create(t.Context(), object); err != nil {
		t.Fatal(err)
	}
}

func deleteAll(t *testing.T, kube client.Client) {
	t.Helper()
	if err := kube.DeleteAllOf(t.Context(), &v1alpha1.VPCPeering{}, client.InNamespace(namespace)); err != nil {
		t.Fatal(err)
	}
}

func waitFor(t *testing.T, kube client.Client, what string, done func([]v1alpha1.VPCPeering) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	var all v1alpha1.VPCPeeringList
	err := rig.Until(ctx, what, func() (bool, error) {
		err := kube.List(ctx, &all, client.InNamespace(namespace))
		return done(all.Items), err
	})
	if err != nil {
		for i := range all.Items {
			t.Log(all.Items[i].Name, all.Items[i].Status.Conditions)
		}
		t.Fatal(err)
	}
}
