package e2e

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/test/argocd"
	"github.com/crossvpc/crossvpc/test/controlplane"
	"github.com/crossvpc/crossvpc/test/docs"
	"github.com/crossvpc/crossvpc/test/e2e/rig"
	"github.com/crossvpc/crossvpc/test/scene"
)

// newcomer is somebody with two clusters that have nothing of crossvpc, and a shell in which pages are followed as printed:
// the real helm and kubectl, and an aws that the test plays.
type newcomer struct {
	t           *testing.T
	rig         *rig.Rig
	home        string
	environment []string
	// edits are what is not as printed here. Each has to be used.
	edits map[string]string
	used  map[string]bool
	// names is the block that exports the names: each shell begins with it.
	names string
}

func newNewcomer(t *testing.T, r *rig.Rig) *newcomer {
	t.Helper()
	helm, err := argocd.Helm(t.Context(), t.Output())
	if err != nil {
		t.Fatal(err)
	}
	binaries, err := controlplane.EnsureBinaries(t.Context(), os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	n := &newcomer{t: t, rig: r, home: t.TempDir(), used: map[string]bool{}}
	t.Cleanup(func() {
		for printed := range n.edits {
			if !n.used[printed] && !t.Failed() {
				t.Errorf("no page has %q any more", printed)
			}
		}
	})
	for name, side := range map[string]*rig.Side{"prod-eu": r.EU, "prod-us": r.US} {
		n.link(side.Cluster.KubeconfigPath(), filepath.Join("administrators", name))
	}
	itself, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	n.link(itself, "bin/aws")
	n.link(binaries.Kubectl, "bin/kubectl")
	n.link(helm, "bin/helm")
	n.environment = append(os.Environ(), "HOME="+n.home, "PATH="+filepath.Join(n.home, "bin")+string(os.PathListSeparator)+os.Getenv("PATH"),
		"KUBECONFIG="+filepath.Join(n.home, "kubeconfig"), playsAWS+"="+filepath.Join(n.home, "administrators"),
		"AWS_ENDPOINT_URL="+r.URL, "AWS_CONFIG_FILE="+profiles(t), "AWS_SHARED_CREDENTIALS_FILE="+filepath.Join(n.home, "none"))
	return n
}

func (n *newcomer) link(target, name string) {
	n.t.Helper()
	path := filepath.Join(n.home, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.Symlink(target, path)); err != nil {
		n.t.Fatal(err)
	}
}

// profiles is a configuration of the SDK with two of them: an access key of awssim is its account.
func profiles(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config")
	text := ""
	for name, account := range map[string]string{"eu": scene.RequesterAccount, "us": scene.AccepterAccount} {
		text += "[profile " + name + "]\naws_access_key_id = " + account + "\naws_secret_access_key = secret\n"
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// chart is the released one, and which.
var chart = regexp.MustCompile(`oci://ghcr\.io/crossvpc/charts/crossvpc( --version \S+)?`)

// here makes of what is printed what can be run on this machine: the chart is that of the sources, as the page has it for them.
func (n *newcomer) here(text string) string {
	for printed, here := range n.edits {
		n.used[printed] = n.used[printed] || strings.Contains(text, printed)
		text = strings.ReplaceAll(text, printed, here)
	}
	return chart.ReplaceAllString(text, "./charts/crossvpc")
}

// page gives the commands of a page below a heading.
func (n *newcomer) page(path, heading string) []docs.Block {
	n.t.Helper()
	var blocks []docs.Block
	for _, block := range docs.Section(n.t, path, heading) {
		if block.Language != "" && block.Language != "sh" {
			continue
		}
		block.Text = n.here(block.Text)
		blocks = append(blocks, block)
	}
	if len(blocks) == 0 {
		n.t.Fatalf("%s has no commands below %q", path, heading)
	}
	return blocks
}

// follow runs blocks in one shell, which stops at the first command that fails, and says when each began. It answers
// questions with Enter.
func (n *newcomer) follow(blocks ...docs.Block) string {
	n.t.Helper()
	ctx, cancel := context.WithTimeout(n.t.Context(), 2*patience)
	defer cancel()
	script := n.names
	for _, block := range blocks {
		script += "echo \"== line " + strconv.Itoa(block.Line) + ", after $SECONDS s\"\n" + block.Text
	}
	cmd := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", script+"\necho \"== done after $SECONDS s\"")
	cmd.Dir, cmd.Env, cmd.Stdin = docs.Root(n.t), n.environment, strings.NewReader(strings.Repeat("\n", 10))
	out, err := cmd.CombinedOutput()
	n.t.Logf("%s", out)
	if err != nil {
		n.t.Fatalf("%v: what was followed is\n%s", err, script)
	}
	return string(out)
}

// playTheOperator runs the manager's process as long as its Deployment is there, and starts it again when what it runs is
// changed: no container runs in these clusters.
func (n *newcomer) playTheOperator(ctx context.Context) {
	running := ""
	for tick := time.NewTicker(200 * time.Millisecond); ctx.Err() == nil; <-tick.C {
		deployment := &appsv1.Deployment{}
		err := n.rig.EU.Kube.Get(ctx, client.ObjectKey{Namespace: rig.SystemNamespace, Name: "crossvpc"}, deployment)
		if err != nil && !apierrors.IsNotFound(err) {
			continue
		}
		wanted := ""
		if err == nil {
			wanted = string(deployment.UID) + "/" + deployment.Spec.Template.String()
		}
		if wanted == running {
			continue
		}
		if running != "" {
			err = n.rig.Manager.Stop()
		}
		if running = wanted; wanted != "" {
			n.rig.Options.ManagerArgs = argsOf(deployment)
			err = n.rig.StartManager(ctx, build(n.t))
		}
		if err != nil && ctx.Err() == nil && !apierrors.IsNotFound(err) {
			n.t.Errorf("the operator: %v", err)
		}
	}
}

// argsOf are the flags of what a Deployment runs: its own, and what its environment says.
func argsOf(deployment *appsv1.Deployment) []string {
	container := deployment.Spec.Template.Spec.Containers[0]
	args := append(slices.Clone(container.Args), "--probe-image="+container.Image)
	for _, variable := range container.Env {
		if variable.Name == "INSTALLATION_ID" {
			args = append(args, "--installation-id="+variable.Value)
		}
	}
	return args
}
