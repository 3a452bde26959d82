package e2e

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/firstrun"
	"github.com/crossvpc/crossvpc/test/argocd"
	"github.com/crossvpc/crossvpc/test/controlplane"
	"github.com/crossvpc/crossvpc/test/e2e/rig"
	"github.com/crossvpc/crossvpc/test/scene"
)

// TestTheFirstRunGoesThereAndBack: what docs/first-run.md says to run, on two clusters that have nothing of crossvpc: the
// checks, every step, an interrupt, the undo, and the proof. Only the operator's pods are played by a process.
func TestTheFirstRunGoesThereAndBack(t *testing.T) {
	r := setUp(t, rig.Options{Nodes: 3, Untouched: true, ManagerArgs: []string{"--leader-elect"}})
	f := newFirstRunner(t, r)

	f.settings.CheckOnly = true
	said := f.expect(firstrun.ExitDone)
	for _, want := range []string{
		"arn:aws:iam::" + scene.RequesterAccount, "Cilium 1.18.4 in ENI mode", "10.11.0.0/16", "10.12.0.0/16", "Nothing stands in the way of a peering",
		"Set ipv4-native-routing-cidr to 10.8.0.0/13", "L-7E9ECCDB", "ec2:CreateVpcPeeringConnection", "create pods/eviction", "nothing was changed",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("the checks do not say %q:\n%s", want, said)
		}
	}
	f.expectUntouched()

	f.settings.CheckOnly = false
	go f.playTheOperator()
	said = f.interrupt("==> Step 7 of 9")
	for _, want := range []string{"Interrupted.", "make first-run UNDO=all", "VPCPeering eu-us, as a plan"} {
		if !strings.Contains(said, want) {
			t.Errorf("an interrupt does not say %q:\n%s", want, said[max(0, len(said)-3000):])
		}
	}
	// Whoever stops before the last step and takes the one before it back finds nothing paused once he went on.
	if said = f.interrupt("==> Step 9 of 9"); !strings.Contains(said, "as a plan\n  It was done before.") {
		t.Errorf("the step that was done is not passed:\n%s", said)
	}
	f.settings.Undo = firstrun.UndoLast
	if said = f.expect(firstrun.ExitDone); !strings.Contains(said, "peeredcluster/us paused") {
		t.Errorf("the undo of a cluster's nodes does not pause them:\n%s", said)
	}
	f.settings.Undo = ""
	f.expect(firstrun.ExitDone)
	expectReach(t, r)
	for _, name := range []string{"local", "us"} {
		if cluster(t, r, name).Spec.Rollout.Paused {
			t.Errorf("%s is still paused", name)
		}
	}

	f.settings.Undo = firstrun.UndoAll
	f.expectToStopFor(&v1alpha1.AWSIdentity{ObjectMeta: metav1.ObjectMeta{Name: "of-others"}})
	if said = f.expect(firstrun.ExitDone); !strings.Contains(said, "Nothing is left.") {
		t.Errorf("no proof:\n%s", said)
	}
	f.expectUntouched()
	if said = f.expect(firstrun.ExitDone); !strings.Contains(said, "there is nothing to undo") || !strings.Contains(said, "Nothing is left.") {
		t.Errorf("the proof is not given a second time:\n%s", said)
	}
}

// expectToStopFor has somebody make an object while the run is there: its undo stops before the operator, and nothing of others goes.
func (f *firstRunner) expectToStopFor(object client.Object) {
	f.t.Helper()
	kube := f.rig.EU.Kube
	if err := kube.Create(f.t.Context(), object); err != nil {
		f.t.Fatal(err)
	}
	if said := f.expect(firstrun.ExitFailed); !strings.Contains(said, "/"+object.GetName()+" needs the operator, and is not of this run") {
		f.t.Errorf("the undo does not stop for %s:\n%s", object.GetName(), said)
	}
	if err := kube.Get(f.t.Context(), client.ObjectKeyFromObject(object), object); err != nil || object.GetDeletionTimestamp() != nil {
		f.t.Errorf("what others made is gone: %v", err)
	}
	if err := kube.Delete(f.t.Context(), object); err != nil {
		f.t.Fatal(err)
	}
	until(f.t, "the object of others to go", func() (bool, string) {
		err := kube.Get(f.t.Context(), client.ObjectKeyFromObject(object), object)
		return apierrors.IsNotFound(err), fmt.Sprint(err)
	})
}

// firstRunner runs it as `make first-run` does.
type firstRunner struct {
	t        *testing.T
	rig      *rig.Rig
	settings firstrun.Settings
}

func newFirstRunner(t *testing.T, r *rig.Rig) *firstRunner {
	t.Helper()
	root, err := rig.Root(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	binaries, err := controlplane.EnsureBinaries(t.Context(), os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_CONFIG_FILE", profiles(t))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(t.TempDir(), "none"))
	t.Setenv("AWS_ENDPOINT_URL", r.URL)
	t.Setenv("KUBECONFIG", r.EU.Cluster.KubeconfigPath()+string(os.PathListSeparator)+r.US.Cluster.KubeconfigPath())
	t.Setenv("PATH", filepath.Dir(binaries.Kubectl)+string(os.PathListSeparator)+os.Getenv("PATH"))
	return &firstRunner{t: t, rig: r, settings: firstrun.Settings{
		InstallationID: rig.InstallationID, Namespace: rig.UserNamespace, Sources: root, Installer: installer(t), Chart: filepath.Join(root, "charts", "crossvpc"),
		Hub:    firstrun.Place{Name: "eu", Profile: "eu", Region: scene.RequesterRegion, Cluster: rig.EKSName("eu"), Context: "eu", Account: scene.RequesterAccount},
		Other:  firstrun.Place{Name: "us", Profile: "us", Region: scene.AccepterRegion, Cluster: rig.EKSName("us"), Context: "us"},
		Record: filepath.Join(t.TempDir(), "first-run.json"), Yes: true, NoVerify: true, Patience: patience,
		Rollout: "{strategy: RecyclePods, maxUnavailable: 2, minReadySeconds: 1, settleSeconds: 1, progressDeadlineSeconds: 60}",
	}}
}

// installer is Helm, which is the default, where the run has it, and else kubectl.
func installer(t *testing.T) string {
	t.Helper()
	if os.Getenv("E2E_ARGOCD") == "" {
		return firstrun.ByKubectl
	}
	helm, err := argocd.Helm(t.Context(), t.Output())
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.Symlink(helm, filepath.Join(folder, "helm")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", folder+string(os.PathListSeparator)+os.Getenv("PATH"))
	return firstrun.ByHelm
}

// expect runs it to its end.
func (f *firstRunner) expect(code int) string {
	f.t.Helper()
	var said bytes.Buffer
	if got := firstrun.Run(f.t.Context(), f.settings, strings.NewReader(""), &said); got != code {
		f.t.Fatalf("exit code %d, want %d:\n%s", got, code, said.String())
	}
	f.t.Log(said.String())
	return said.String()
}

// interrupt runs it until it says something, and presses Ctrl-C then.
func (f *firstRunner) interrupt(at string) string {
	f.t.Helper()
	ctx, cancel := context.WithCancel(f.t.Context())
	defer cancel()
	out := &interrupter{at: at, cancel: cancel}
	if got := firstrun.Run(ctx, f.settings, strings.NewReader(""), out); got != firstrun.ExitInterrupted {
		f.t.Fatalf("exit code %d after an interrupt:\n%s", got, out.said.String())
	}
	return out.said.String()
}

type interrupter struct {
	mu     sync.Mutex
	said   bytes.Buffer
	at     string
	cancel context.CancelFunc
}

func (i *interrupter) Write(text []byte) (int, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if bytes.Contains(text, []byte(i.at)) {
		i.cancel()
	}
	return i.said.Write(text)
}

// playTheOperator starts the manager's process once its Deployment is there: no container runs in these clusters.
func (f *firstRunner) playTheOperator() {
	for tick := time.NewTicker(200 * time.Millisecond); f.t.Context().Err() == nil; <-tick.C {
		err := f.rig.EU.Kube.Get(f.t.Context(), client.ObjectKey{Namespace: rig.SystemNamespace, Name: "crossvpc"}, &appsv1.Deployment{})
		if err != nil {
			continue
		}
		if err := f.rig.StartManager(f.t.Context(), build(f.t)); err != nil && f.t.Context().Err() == nil {
			f.t.Errorf("the operator: %v", err)
		}
		return
	}
}

// expectUntouched looks for anything of crossvpc in both clusters and accounts, in its own way.
func (f *firstRunner) expectUntouched() {
	f.t.Helper()
	for _, side := range f.rig.Sides() {
		kinds := "namespaces,clusterroles,clusterrolebindings,crd,awsidentities,peeredclusters,vpcpeerings"
		if left := strings.TrimSpace(crossvpcObjects(f.t, side, kinds)); left != "" {
			f.t.Errorf("%s: left is %s", side.Name, left)
		}
	}
	untilWithdrawn(f.t, f.rig)
	expectNothingInAWS(f.t, f.rig)
}

// crossvpcObjects are the names of objects that are crossvpc's; a kind that is not served has none.
func crossvpcObjects(t *testing.T, side *rig.Side, kinds string) string {
	t.Helper()
	var found []string
	for kind := range strings.SplitSeq(kinds, ",") {
		out, err := side.Cluster.Kubectl(t.Context(), "get", kind, "-A", "-o", "name", "--ignore-not-found")
		if err != nil && !strings.Contains(err.Error(), "the server doesn't have a resource type") {
			t.Fatal(err)
		}
		for name := range strings.FieldsSeq(out) {
			if err == nil && (strings.Contains(name, "crossvpc") || strings.HasSuffix(name, "/"+rig.UserNamespace)) {
				found = append(found, name)
			}
		}
	}
	return strings.Join(found, " ")
}
