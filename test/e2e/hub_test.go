package e2e

import (
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/e2e/rig"
)

// TestALostHubRestoredElsewhere: the hub is gone with all objects, and the PeeredClusters are back in another cluster before the
// VPCPeerings, that of the former hub under another name. No node is touched meanwhile nor afterwards, nothing is
// written in the clusters, and nothing in AWS.
func TestALostHubRestoredElsewhere(t *testing.T) {
	r := start(t, rig.Options{Nodes: 2})
	apply(t, r, objects)
	apply(t, r, peering)
	untilPeering(t, r, v1alpha1.ConditionReady, metav1.ConditionTrue, "")
	expectReach(t, r)
	untilHistoryKept(t, r)
	if err := r.Manager.Stop(); err != nil {
		t.Fatal(err)
	}
	configs, calls, began := nodeConfigs(t, r), lastCall(r), time.Now()

	if err := r.MoveHub(t.Context()); err != nil {
		t.Fatal(err)
	}
	startManager(t, r)
	apply(t, r, movedTo(r, objects))
	for _, name := range []string{"eu", "us"} {
		until(t, "PeeredCluster "+name+" to keep what it finds", func() (bool, string) {
			conditions := cluster(t, r, name).Status.Conditions
			said := describe(conditions)
			return has(conditions, v1alpha1.ConditionReady, metav1.ConditionTrue, "") && strings.Contains(said, "What an earlier PeeredCluster of this installation set"), said
		})
	}
	expectNothingWritten(t, r, began, "before the VPCPeerings are back")

	apply(t, r, strings.ReplaceAll(peering, "{name: local}", "{name: eu}"))
	untilPeering(t, r, v1alpha1.ConditionReady, metav1.ConditionTrue, "")
	for _, name := range []string{"eu", "us"} {
		until(t, "PeeredCluster "+name+" to be Ready with its VPCPeering", func() (bool, string) {
			object := cluster(t, r, name)
			covers := has(object.Status.Conditions, v1alpha1.ConditionCiliumConfigured, metav1.ConditionTrue, v1alpha1.ReasonConfigured)
			return covers && has(object.Status.Conditions, v1alpha1.ConditionReady, metav1.ConditionTrue, ""), describe(object.Status.Conditions)
		})
	}
	expectReach(t, r)
	expectNothingWritten(t, r, began, "with the VPCPeerings")
	expectNoChange(t, r, calls, "the restored hub")
	if now := nodeConfigs(t, r); now != configs {
		t.Errorf("CiliumNodeConfigs before\n%snow\n%s", configs, now)
	}

	// It is the restored hub's to withdraw, under whatever name it was written.
	kubectl(t, r, "delete", "vpcpeering", "-n", rig.UserNamespace, "eu-us", patiently)
	untilWithdrawn(t, r)
}

// untilHistoryKept waits until the last of the values that agents were told is on record in both clusters.
func untilHistoryKept(t *testing.T, r *rig.Rig) {
	t.Helper()
	for _, side := range r.Sides() {
		until(t, "the history to be kept in "+side.Name, func() (bool, string) {
			found := kubectlIn(t, side, "get", "ciliumnodeconfigs", "-n", "kube-system", "-o",
				`jsonpath={range .items[*]}{.metadata.annotations.networking\.crossvpc\.io/history}{"|"}{.spec.defaults.ipv4-native-routing-cidr}{end}`)
			history, value, _ := strings.Cut(found, "|")
			return value != "" && strings.HasSuffix(history, "Z "+value), found
		})
	}
}

// movedTo is objects for a hub outside of both clusters, which reaches the former one by kubeconfig and under its own name.
func movedTo(r *rig.Rig, objects string) string {
	return strings.NewReplacer(
		"metadata: {name: local}", "metadata: {name: eu}",
		"access: {local: {}}", "access: {kubeConfigSecretRef: {name: eu}}\n  region: "+r.EU.Network.Region+"\n  vpcID: "+r.EU.Network.VPCID,
	).Replace(objects)
}

// expectNothingWritten: since then the operator wrote nothing in the clusters.
func expectNothingWritten(t *testing.T, r *rig.Rig, since time.Time, what string) {
	t.Helper()
	for _, side := range r.Sides() {
		for _, e := range ownEventsSince(t, side, since) {
			written := slices.Contains([]string{"create", "update", "patch", "delete", "deletecollection"}, e.Verb)
			if written && !strings.HasPrefix(resource(e), "selfsubject") {
				t.Errorf("%s: %s in %s: %s %s", what, e.Verb, side.Name, resource(e), e.RequestURI)
			}
		}
	}
}
