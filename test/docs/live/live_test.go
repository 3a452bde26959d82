package live

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/crossvpc/crossvpc/test/controlplane"
	"github.com/crossvpc/crossvpc/test/docs"
)

// stage is a cluster with the CRDs and the objects that the pages speak of.
type stage struct {
	t       *testing.T
	cluster *controlplane.Cluster
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{t: t, cluster: controlplane.Shared(t, controlplane.Options{Names: []string{"docs"}}).Cluster("docs")}
	crds := envtest.CRDInstallOptions{Paths: []string{filepath.Join(docs.Root(t), "config/crd/bases")}}
	if _, err := envtest.InstallCRDs(s.cluster.Config(), crds); err != nil {
		t.Fatal(err)
	}
	s.sh("kubectl apply -k config/samples && kubectl apply -f config/cluster/namespace.yaml")
	// What a controller manager and crossvpc would have made.
	s.sh("kubectl -n kube-system get serviceaccount default || kubectl -n kube-system create serviceaccount default")
	s.preview()
	return s
}

// preview is what a rollout that waits for approval shows.
func (s *stage) preview() {
	s.t.Helper()
	s.sh(`kubectl patch peeredcluster us --subresource=status --type=merge -p '{"status":{"rollout":{"preview":{"revision":"1f0c3a7b","nodeCount":3}}}}'`)
}

// finalizers sets those of the objects: with the manager's, who takes objects away has to deal with them.
func (s *stage) finalizers(list string) {
	s.t.Helper()
	for _, object := range []string{"-n network vpcpeering eu-us", "peeredcluster us", "awsidentity us"} {
		s.sh("kubectl patch " + object + ` --type=merge -p '{"metadata":{"finalizers":` + list + `}}'`)
	}
}

func (s *stage) in(t *testing.T) *stage { return &stage{t: t, cluster: s.cluster} }

// sh runs a script from the repository's folder, as a reader's shell would, and returns what it prints.
func (s *stage) sh(script string) string {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", script)
	cmd.Dir = docs.Root(s.t)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+s.cluster.KubeconfigPath(), "PATH="+s.kubectlFirst())
	out, err := cmd.CombinedOutput()
	if err != nil {
		s.t.Fatalf("%s\n%v: %s", script, err, out)
	}
	return string(out)
}

// kubectlFirst is a PATH on which the control plane's own kubectl comes first.
func (s *stage) kubectlFirst() string {
	s.t.Helper()
	binaries, err := controlplane.EnsureBinaries(s.t.Context(), os.Stderr)
	if err != nil {
		s.t.Fatal(err)
	}
	return filepath.Dir(binaries.Kubectl) + string(os.PathListSeparator) + os.Getenv("PATH")
}

// TestShellBlocksOfPagesRunAsPrinted runs the blocks marked "sh" of these pages from top to bottom.
func TestShellBlocksOfPagesRunAsPrinted(t *testing.T) {
	s := newStage(t)
	expected := map[string][]string{
		"docs/hub.md":          {"vpcpeering.networking.crossvpc.io/eu-us patched", "peeredcluster.networking.crossvpc.io/us patched", `vpcpeering.networking.crossvpc.io "eu-us" deleted`, "vpcpeering.networking.crossvpc.io/eu-us created"},
		"docs/rollouts.md":     {"1f0c3a7b", "peeredcluster.networking.crossvpc.io/us patched", "configmap/crossvpc-stop-rollouts created", "peeredcluster.networking.crossvpc.io/us annotated"},
		"docs/verification.md": {"vpcpeering.networking.crossvpc.io/eu-us annotated", "pod/rules created"},
	}
	for _, p := range docs.Pages(t) {
		wants, ok := expected[p.Path]
		if !ok {
			continue
		}
		t.Run(p.Path, func(t *testing.T) {
			s := s.in(t)
			if p.Path == "docs/hub.md" { // it takes the objects away, as the manager has left them, and makes them again
				s.finalizers(`["networking.crossvpc.io/finalizer"]`)
				defer s.preview()
				defer s.finalizers("null")
			}
			var printed strings.Builder
			for _, b := range p.Blocks {
				if b.Language == "sh" {
					printed.WriteString(s.sh(strings.ReplaceAll(b.Text, "--rm -it ", "--dry-run=server ")))
				}
			}
			for _, want := range wants {
				if !strings.Contains(printed.String(), want) {
					t.Errorf("nothing printed contains %q:\n%s", want, printed.String())
				}
			}
		})
	}
}

// TestObjectsInPagesAreAdmitted has the API server judge every whole object of ours in the pages, with defaults and rules.
func TestObjectsInPagesAreAdmitted(t *testing.T) {
	s := newStage(t)
	for _, p := range docs.Pages(t) {
		for _, b := range p.Blocks {
			if b.Language != "yaml" || !strings.Contains(b.Text, "apiVersion: networking.crossvpc.io/") {
				continue
			}
			t.Run(p.Path, func(t *testing.T) {
				s := s.in(t)
				s.sh("kubectl apply --dry-run=server --validate=strict -f - <<'END'\n" + b.Text + "END")
			})
		}
	}
}
