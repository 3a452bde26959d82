package e2e

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/e2e/rig"
	"github.com/crossvpc/crossvpc/test/figure"
)

const (
	fleetClusters = 100
	fleetNodes    = 20
	// mostEachCluster is what a cluster of 20 nodes may add to the manager's memory, in MiB.
	mostEachCluster = 1.1
)

// TestScaleAHundredClustersOfTwentyNodes measures what each PeeredCluster takes of the manager's memory.
func TestScaleAHundredClustersOfTwentyNodes(t *testing.T) {
	onlyInBench(t)
	r := setUpWithin(t, 10*time.Minute, rig.Options{Nodes: fleetNodes, Bare: true, Kubeconfig: true, Sweep: "1m"})
	many, err := r.ServeMany(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	startManager(t, r)
	apply(t, r, byKubeconfig(r, objects))
	untilCluster(t, r, "us", v1alpha1.ConditionReachable, metav1.ConditionTrue, "")
	pause(t, 20*time.Second)
	before := residentNow(t, r.Manager.PID())
	began, cpu := time.Now(), cpuOf(t, r.Manager.PID())
	for n := range fleetClusters {
		addClusterOf(t, r, many, fmt.Sprintf("fleet-%03d", n))
	}
	untilWithin(t, 10*time.Minute, "all clusters to be reached", func() (bool, string) {
		var all v1alpha1.PeeredClusterList
		if err := r.EU.Kube.List(t.Context(), &all); err != nil {
			return false, err.Error()
		}
		reached, last := 0, ""
		for i := range all.Items {
			switch {
			case !strings.HasPrefix(all.Items[i].Name, "fleet-"):
			case meta.IsStatusConditionTrue(all.Items[i].Status.Conditions, v1alpha1.ConditionReachable):
				reached++
			default:
				last = describe(all.Items[i].Status.Conditions)
			}
		}
		return reached == fleetClusters, fmt.Sprintf("%d are; one that is not: %s", reached, last)
	})
	took := time.Since(began)
	pause(t, 2*time.Minute)
	after := residentNow(t, r.Manager.PID())
	each := (after - before) / fleetClusters
	t.Logf("figures: %d clusters of %d nodes reached after %.1f s; %.1f MiB resident before, %.1f after: %.2f MiB each; %.1f s of CPU; load %s",
		fleetClusters, fleetNodes, took.Seconds(), float64(before)/1024, float64(after)/1024, float64(each)/1024, (cpuOf(t, r.Manager.PID()) - cpu).Seconds(), load())
	figure.Figure{
		Name: fmt.Sprintf("memory of each of %d clusters of %d nodes", fleetClusters, fleetNodes), Unit: "MiB", Value: float64(each) / 1024, Target: mostEachCluster,
	}.Assert(t)
}

func addClusterOf(t *testing.T, r *rig.Rig, many *rig.Many, name string) {
	t.Helper()
	kubeconfig, err := many.Kubeconfig(name)
	if err != nil {
		t.Fatal(err)
	}
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: rig.SystemNamespace, Name: name}, Data: map[string][]byte{"value": kubeconfig}}
	if err := r.EU.Kube.Create(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	cluster := &v1alpha1.PeeredCluster{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: v1alpha1.PeeredClusterSpec{
			Access:      v1alpha1.ClusterAccess{KubeConfigSecretRef: &v1alpha1.SecretName{Name: name}},
			IdentityRef: &v1alpha1.LocalName{Name: "us"},
			Region:      v1alpha1.Region(r.Pair.Accepter.Region), VPCID: v1alpha1.VPCID(r.Pair.Accepter.VPCID),
		},
	}
	if err := r.EU.Kube.Create(t.Context(), cluster); err != nil {
		t.Fatal(err)
	}
}

// residentNow is the memory that a process has resident, in KiB.
func residentNow(t *testing.T, pid int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	resident := 0
	for line := range strings.Lines(string(status)) {
		if _, err := fmt.Sscanf(line, "VmRSS: %d kB", &resident); err == nil {
			break
		}
	}
	return resident
}
