// Command render prints the objects of a chart, in the order in which Helm installs them: what `helm template` does, by Helm's own
// library and without the rest of Helm.
package main

import (
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path"

	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/engine"
	releaseutil "helm.sh/helm/v4/pkg/release/v1/util"
	"helm.sh/helm/v4/pkg/strvals"
)

func main() {
	chart := flag.String("chart", "", "folder of the chart")
	release := flag.String("release", "crossvpc", "name of the release")
	namespace := flag.String("namespace", "crossvpc-system", "namespace of the release")
	set := flag.String("set", "", "values, as helm's --set takes them")
	flag.Parse()
	if err := render(os.Stdout, *chart, common.ReleaseOptions{Name: *release, Namespace: *namespace, Revision: 1, IsInstall: true}, *set); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func render(out io.Writer, folder string, release common.ReleaseOptions, set string) error {
	chart, err := loader.Load(folder)
	if err != nil {
		return fmt.Errorf("loading the chart %s: %w", folder, err)
	}
	given, err := strvals.Parse(set)
	if err != nil {
		return fmt.Errorf("values %q: %w", set, err)
	}
	values, err := util.ToRenderValues(chart, given, release, common.DefaultCapabilities)
	if err != nil {
		return fmt.Errorf("values of the chart %s: %w", folder, err)
	}
	files, err := engine.Render(chart, values)
	if err != nil {
		return fmt.Errorf("rendering the chart %s: %w", folder, err)
	}
	maps.DeleteFunc(files, func(name, _ string) bool { return path.Base(name) == "NOTES.txt" }) // for people
	_, manifests, err := releaseutil.SortManifests(files, nil, releaseutil.InstallOrder)
	if err != nil {
		return fmt.Errorf("sorting the objects of the chart %s: %w", folder, err)
	}
	for _, manifest := range manifests {
		if _, err := fmt.Fprintf(out, "---\n# Source: %s\n%s\n", manifest.Name, manifest.Content); err != nil {
			return err
		}
	}
	return nil
}
