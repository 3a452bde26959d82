package charts

import (
	"context"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"

	"github.com/crossvpc/crossvpc/test/gobuild"
)

const (
	module      = "github.com/cilium/cilium"
	chartFolder = "install/kubernetes/cilium"
)

// Versions are those whose charts are rendered: of each minor version one that
// the Go module proxy has.
var Versions = []string{"1.15.19", "1.16.0", "1.17.0", "1.18.0", "1.19.1", "1.20.2"}

// Load reads the chart of a version from Cilium's Go module, which is downloaded
// where it is not in the module cache.
func Load(ctx context.Context, version string) (*chart.Chart, error) {
	folder, err := gobuild.DownloadedAlone(ctx, module+"@v"+version)
	if err != nil {
		return nil, err
	}
	loaded, err := loader.LoadDir(filepath.Join(folder, chartFolder))
	if err != nil {
		return nil, fmt.Errorf("loading the chart of Cilium %s: %w", version, err)
	}
	loaded.Templates = slices.DeleteFunc(loaded.Templates, func(file *chart.File) bool { return !read(file.Name) })
	return loaded, nil
}

// read: what is in a cluster from the other templates nobody here looks at, and
// rendering it takes ten times as long.
func read(template string) bool {
	name := path.Base(template)
	return strings.HasPrefix(name, "_") || name == "validate.yaml" || name == "cilium-configmap.yaml" ||
		template == "templates/cilium-agent/daemonset.yaml"
}
