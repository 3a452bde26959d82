package install

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/controlplane"
	"github.com/crossvpc/crossvpc/test/e2e/rig"
	"github.com/crossvpc/crossvpc/test/figure"
	"github.com/crossvpc/crossvpc/test/scene"
)

const (
	// installation is the id that the tests' installations are given.
	installation = "prod"
	// role is the AWSIdentity of the accepter's account.
	role = "arn:aws:iam::" + scene.AccepterAccount + ":role/crossvpc"
	// patience bounds one wait, on a machine that has other things to do.
	patience = 5 * time.Minute
	// uninstallTime is how long an uninstall may take, here as everywhere: it takes 7 to 16 s.
	uninstallTime = time.Minute
)

// world is a cluster, and two VPCs in two accounts.
type world struct {
	t       *testing.T
	cluster *controlplane.Cluster
	cloud   *awssim.Cloud
	url     string
	// accounts and pair are the two networks.
	accounts *scene.Accounts
	pair     *scene.Pair
	// kill ends the manager.
	kill func()
}

func newWorld(t *testing.T) *world {
	t.Helper()
	fleet := controlplane.ForTest(t, controlplane.Options{Names: []string{"hub"}, Workloads: true})
	w := &world{t: t, cluster: fleet.Cluster("hub"), cloud: awssim.New(awssim.Options{})}
	var err error
	if w.url, err = w.cloud.Listen(context.WithoutCancel(t.Context()), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	w.accounts = scene.KeyPerAccount(w.url)
	if w.pair, err = scene.Canonical(t.Context(), w.accounts); err != nil {
		t.Fatal(err)
	}
	if err := w.cloud.DeclareRole(awssim.Role{ARN: role, Principals: []string{scene.RequesterAccount}, ExternalID: installation + "/us"}); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) kubectl(args ...string) string {
	w.t.Helper()
	out, err := w.cluster.Kubectl(w.t.Context(), args...)
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

func (w *world) established() {
	w.t.Helper()
	if err := w.cluster.Established(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// make runs a target of the Makefile, as a user does.
func (w *world) make(target string) (string, error) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	binaries, err := controlplane.EnsureBinaries(ctx, io.Discard)
	if err != nil {
		w.t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, "make", target, "KUBECTL="+binaries.Kubectl)
	cmd.Dir, cmd.Env = root, append(os.Environ(), "KUBECONFIG="+w.cluster.KubeconfigPath())
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (w *world) mustMake(target string) {
	w.t.Helper()
	if out, err := w.make(target); err != nil {
		w.t.Fatalf("make %s: %v\n%s", target, err, out)
	}
}

// program is the manager as it is shipped, built once.
var program = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "crossvpc-install-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "manager")
	return path, rig.BuildManager(context.Background(), path, io.Discard)
})

// startManager runs the binary with the rights that the install gave it: nobody runs the Deployment's image here.
func (w *world) startManager() {
	w.t.Helper()
	path, err := program()
	if err != nil {
		w.t.Fatal(err)
	}
	kubeconfig, err := w.cluster.ServiceAccountKubeconfig(w.t.Context(), namespace, "crossvpc")
	if err != nil {
		w.t.Fatal(err)
	}
	folder := w.t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "kubeconfig"), kubeconfig, 0o600); err != nil {
		w.t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(folder, "manager.log"))
	if err != nil {
		w.t.Fatal(err)
	}
	cmd := exec.CommandContext(context.WithoutCancel(w.t.Context()), path, "--sweep=10s", "--metrics-bind-address=0", "--health-probe-bind-address=0")
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Env = append(os.Environ(), "KUBECONFIG="+filepath.Join(folder, "kubeconfig"), "POD_NAMESPACE="+namespace, "INSTALLATION_ID="+installation,
		"AWS_ENDPOINT_URL="+w.url, "AWS_REGION="+scene.RequesterRegion, "AWS_EC2_METADATA_DISABLED=true",
		"AWS_ACCESS_KEY_ID="+scene.RequesterAccount, "AWS_SECRET_ACCESS_KEY=secret")
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.kill = sync.OnceFunc(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if w.t.Failed() {
			if content, err := os.ReadFile(log.Name()); err == nil {
				w.t.Logf("the manager's log:\n%s", content[max(0, len(content)-4000):])
			}
		}
		_ = log.Close()
	})
	w.t.Cleanup(w.kill)
}

// until polls, and fails the test with what was seen last.
func (w *world) until(limit time.Duration, what string, done func() (bool, string)) {
	w.t.Helper()
	last := ""
	err := wait.PollUntilContextTimeout(w.t.Context(), 100*time.Millisecond, limit, true, func(context.Context) (ok bool, _ error) {
		ok, last = done()
		return ok, nil
	})
	if err != nil {
		w.t.Fatalf("waiting for %s: %v; last seen: %s", what, err, last)
	}
}

// exists reports whether kubectl finds an object.
func (w *world) exists(args ...string) bool {
	w.t.Helper()
	out, err := w.cluster.Kubectl(w.t.Context(), append([]string{"get", "--ignore-not-found", "-o", "name"}, args...)...)
	if err != nil && !strings.Contains(out, "the server doesn't have a resource type") {
		w.t.Fatal(err)
	}
	return err == nil && strings.TrimSpace(out) != ""
}

func (w *world) untilExists(args ...string) {
	w.t.Helper()
	w.until(patience, strings.Join(args, " "), func() (bool, string) { return w.exists(args...), "it is not there" })
}

// within runs what must not take longer than an uninstall may.
func (w *world) within(what string, do func(ctx context.Context) error) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), uninstallTime)
	defer cancel()
	began := time.Now()
	if err := do(ctx); err != nil {
		w.t.Fatalf("%s: %v", what, errors.Join(err, ctx.Err()))
	}
	figure.Figure{Name: what, Unit: "s", Value: time.Since(began).Seconds(), Target: uninstallTime.Seconds()}.Assert(w.t)
}

func (w *world) apply(manifest string) {
	w.t.Helper()
	path := filepath.Join(w.t.TempDir(), "objects.yaml")
	if err := os.WriteFile(path, []byte(manifest), 0o600); err != nil {
		w.t.Fatal(err)
	}
	w.kubectl("apply", "-f", path)
}

// peer makes a VPCPeering of the two networks and waits until it is Ready.
func (w *world) peer() {
	w.t.Helper()
	w.apply(fmt.Sprintf(`
apiVersion: v1
kind: Namespace
metadata: {name: network}
---
apiVersion: networking.crossvpc.io/v1alpha1
kind: AWSIdentity
metadata: {name: us}
spec: {roleARN: %q, allowedNamespaces: {names: [network]}}
---
apiVersion: networking.crossvpc.io/v1alpha1
kind: VPCPeering
metadata: {name: eu-us, namespace: network}
spec:
  requester: {region: %s, vpcID: %s, routes: {tables: All}, securityGroups: {groups: None}}
  accepter: {region: %s, vpcID: %s, identityRef: {name: us}, routes: {tables: All}, securityGroups: {groups: None}}
`, role, w.pair.Requester.Region, w.pair.Requester.VPCID, w.pair.Accepter.Region, w.pair.Accepter.VPCID))
	w.grant()
	w.until(patience, "a peering that is Ready", func() (bool, string) {
		return w.ready(), w.kubectl("get", "vpcpeering", "eu-us", "-n", "network", "-o", "jsonpath={.status.conditions}")
	})
}

func (w *world) ready() bool {
	w.t.Helper()
	return w.kubectl("get", "vpcpeering", "eu-us", "-n", "network", "-o", `jsonpath={.status.conditions[?(@.type=="Ready")].status}`) == "True"
}

// works waits until the manager has looked at an object that is new.
func (w *world) works() {
	w.t.Helper()
	name := fmt.Sprintf("new-%d", time.Now().UnixNano())
	w.apply("apiVersion: networking.crossvpc.io/v1alpha1\nkind: AWSIdentity\nmetadata: {name: " + name + "}\nspec: {}\n")
	w.until(patience, "a pass of the manager", func() (bool, string) {
		out := w.kubectl("get", "awsidentity", name, "-o", "jsonpath={.status.conditions}")
		return out != "", out
	})
}

// grant is what the owners of the first objects do.
func (w *world) grant() {
	w.t.Helper()
	for _, object := range []string{"awsidentity/default", "peeredcluster/local"} {
		w.kubectl("patch", object, "--type=merge", "-p", `{"spec":{"allowedNamespaces":{"names":["network"]}}}`)
	}
}

// expectGranted: nothing that was granted is taken back.
func (w *world) expectGranted(after string) {
	w.t.Helper()
	for _, object := range []string{"awsidentity/default", "peeredcluster/local"} {
		if got := w.kubectl("get", object, "-o", "jsonpath={.spec.allowedNamespaces.names}"); got != `["network"]` {
			w.t.Errorf("after %s, %s admits %s", after, object, got)
		}
	}
}
