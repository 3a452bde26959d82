package charts

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"

	"github.com/crossvpc/crossvpc/internal/cilium"
)

// Namespace that the charts are rendered for.
const Namespace = "kube-system"

// Render is an install of Cilium as `helm template` gives it for the values:
// its DaemonSet and its ConfigMaps.
func Render(loaded *chart.Chart, values map[string]any) (cilium.Install, error) {
	options := chartutil.ReleaseOptions{Name: "cilium", Namespace: Namespace, IsInstall: true, Revision: 1}
	all, err := chartutil.ToRenderValues(loaded, values, options, chartutil.DefaultCapabilities)
	if err != nil {
		return cilium.Install{}, fmt.Errorf("values: %w", err)
	}
	files, err := engine.Render(loaded, all)
	if err != nil {
		return cilium.Install{}, fmt.Errorf("rendering: %w", err)
	}
	install := cilium.Install{Namespace: Namespace, Objects: cilium.Objects{ConfigMaps: map[string]map[string]string{}}}
	for name, text := range files {
		if !strings.HasSuffix(name, ".yaml") {
			continue
		}
		if err := pick(&install, text); err != nil {
			return cilium.Install{}, fmt.Errorf("%s: %w", name, err)
		}
	}
	return install, nil
}

// pick takes from one file what the operator reads in a cluster.
func pick(install *cilium.Install, text string) error {
	documents := utilyaml.NewYAMLReader(bufio.NewReader(strings.NewReader(text)))
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		var head struct{ Kind string }
		if err := yaml.Unmarshal(document, &head); err != nil {
			return err
		}
		switch head.Kind {
		case "ConfigMap":
			err = readConfigMap(install, document)
		case "DaemonSet":
			err = readDaemonSet(install, document)
		}
		if err != nil {
			return err
		}
	}
}

func readConfigMap(install *cilium.Install, document []byte) error {
	var found corev1.ConfigMap
	if err := yaml.UnmarshalStrict(document, &found); err != nil {
		return err
	}
	install.Objects.ConfigMaps[found.Namespace+"/"+found.Name] = maps.Clone(found.Data)
	return nil
}

func readDaemonSet(install *cilium.Install, document []byte) error {
	var found appsv1.DaemonSet
	if err := yaml.Unmarshal(document, &found); err != nil {
		return err
	}
	if found.Name == cilium.DaemonSetName {
		install.DaemonSet = &found
	}
	return nil
}
