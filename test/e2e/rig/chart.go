package rig

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/crossvpc/crossvpc/test/gobuild"
)

// Chart is the Helm chart of a folder of sources, rendered by Helm's own library. The program that does it is of a module of its
// own (test/install), since Helm does not belong into the product.
type Chart struct{ renderer, folder string }

// BuildChart builds the program into a folder. A cold build takes half a minute, and says on progress how far it is.
func BuildChart(ctx context.Context, folder string, progress io.Writer) (*Chart, error) {
	root, err := Root(ctx)
	if err != nil {
		return nil, err
	}
	chart := &Chart{renderer: filepath.Join(folder, "render"), folder: filepath.Join(root, "charts", "crossvpc")}
	program := gobuild.Programs{Module: filepath.Join(root, "test", "install"), Packages: []string{"./cmd/render"}, Out: chart.renderer}
	return chart, program.Build(ctx, progress)
}

// Render gives the chart's objects with values, as helm's --set takes them.
func (c *Chart) Render(ctx context.Context, values string) (string, error) {
	out, err := exec.CommandContext(ctx, c.renderer, "-chart", c.folder, "-namespace", SystemNamespace, "-set", values).Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return "", fmt.Errorf("rendering the chart: %w: %s", err, exit.Stderr)
	}
	return string(out), err
}

// apply applies the chart's objects in a cluster as Helm would, except the Deployment: the manager runs as a process of this machine.
func (c *Chart) apply(ctx context.Context, side *Side, values string) error {
	manifests, err := c.Render(ctx, values)
	if err != nil {
		return err
	}
	if manifests, err = without("Deployment", manifests); err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "crossvpc-chart-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	path := filepath.Join(folder, side.Name+".yaml")
	namespace := "apiVersion: v1\nkind: Namespace\nmetadata: {name: " + SystemNamespace + "}\n" // helm's --create-namespace
	if err := os.WriteFile(path, []byte(namespace+manifests), 0o600); err != nil {
		return err
	}
	_, err = side.Cluster.Kubectl(ctx, "apply", "--server-side", "-f", path)
	return err
}

// without leaves out the documents of a kind.
func without(kind, manifests string) (string, error) {
	var kept strings.Builder
	for document := range strings.SplitSeq("\n"+manifests, "\n---\n") {
		var object metav1.TypeMeta
		if err := yaml.Unmarshal([]byte(document), &object); err != nil {
			return "", fmt.Errorf("reading what the chart renders to: %w", err)
		}
		if object.Kind != kind && object.Kind != "" {
			kept.WriteString("---\n" + document + "\n")
		}
	}
	return kept.String(), nil
}
