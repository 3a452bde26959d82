package cluster

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/client-go/tools/clientcmd"

	"github.com/crossvpc/crossvpc/test/controlplane"
	"github.com/crossvpc/crossvpc/test/kubeconfig"
)

// TestTheKubeConfigOfTheDocsReachesTheCluster runs what docs/access.md tells, with one cluster in both parts.
func TestTheKubeConfigOfTheDocsReachesTheCluster(t *testing.T) {
	us, _, connector := realCluster(t)
	home := t.TempDir()
	config, err := clientcmd.Load(us.Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	config.Contexts["prod-us"] = config.Contexts[config.CurrentContext]
	if err := clientcmd.WriteToFile(*config, filepath.Join(home, ".kube", "config")); err != nil {
		t.Fatal(err)
	}
	if _, err := us.Kubectl(t.Context(), "apply", "--server-side", "-k", "../../config/cluster"); err != nil {
		t.Fatal(err)
	}
	binaries, err := controlplane.EnsureBinaries(t.Context(), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	run := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c",
		blockWith(t, "create token crossvpc")+blockWith(t, "config set-credentials crossvpc"))
	run.Dir = home
	run.Env = append(os.Environ(), "HOME="+home, "KUBECONFIG=", "PATH="+filepath.Dir(binaries.Kubectl)+":"+os.Getenv("PATH"))
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	connection, err := connector.Connect(t.Context(), kubeconfig.Cluster("us"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := connection.Identify(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left, err := filepath.Glob(filepath.Join(home, "[^.]*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}

// blockWith is the block of commands on the page that has this in it.
func blockWith(t *testing.T, command string) string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "access.md"))
	if err != nil {
		t.Fatal(err)
	}
	var block strings.Builder
	inside := false
	for line := range strings.Lines(string(page)) {
		switch fence := strings.HasPrefix(strings.TrimSpace(line), "```"); {
		case fence && inside && strings.Contains(block.String(), command):
			return block.String()
		case fence:
			inside = !inside
			block.Reset()
		case inside:
			block.WriteString(line)
		}
	}
	t.Fatalf("no block has %q", command)
	return ""
}
