// Command chart writes the generated parts of the Helm chart: its CRDs and its RBAC are those of config/, so that the two
// ways to install can't drift apart.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"sigs.k8s.io/yaml"
)

const chart = "charts/crossvpc"

func main() {
	if err := generate("."); err != nil {
		fmt.Fprintln(os.Stderr, "chart:", err)
		os.Exit(1)
	}
}

// generate works in the folder of the sources.
func generate(root string) error {
	return errors.Join(
		writeCRDs(root),
		writeRights(root, "config/rbac", "templates/rights-manager.yaml", ".Values.manager.enabled"),
		writeRights(root, "config/cluster", "templates/rights-cluster.yaml", ".Values.cluster.enabled"),
		copyFiles(root, "config/prometheus", "files", "alerts.yaml", "dashboard.json"),
	)
}

// rights are what is written for one folder: all its files but those that the chart has templates of its own for.
func writeRights(root, folder, to, when string) error {
	files, err := resources(filepath.Join(root, folder))
	if err != nil {
		return err
	}
	var text strings.Builder
	text.WriteString(header(folder))
	for _, file := range files {
		switch file {
		case "namespace.yaml", "service_account.yaml":
			continue // Helm makes the namespace; the account has values
		}
		content, err := os.ReadFile(filepath.Join(root, folder, file))
		if err != nil {
			return err
		}
		condition := "and .Values.rbac.create " + when
		if file == "probe.yaml" {
			condition = "and .Values.rbac.create .Values.verification.enabled"
		}
		fmt.Fprintf(&text, "{{- if %s }}\n---\n%s{{- end }}\n", condition, template(string(content)))
	}
	return write(root, to, text.String())
}

// resources are the files that a folder's kustomization names, in its order.
func resources(folder string) ([]string, error) {
	content, err := os.ReadFile(filepath.Join(folder, "kustomization.yaml"))
	if err != nil {
		return nil, err
	}
	var kustomization struct{ Resources []string }
	if err := yaml.Unmarshal(content, &kustomization); err != nil {
		return nil, fmt.Errorf("%s: %w", folder, err)
	}
	return kustomization.Resources, nil
}

func writeCRDs(root string) error {
	files, err := resources(filepath.Join(root, "config/crd"))
	if err != nil {
		return err
	}
	var text strings.Builder
	text.WriteString(header("config/crd"))
	text.WriteString("{{- if .Values.crds.enabled }}\n")
	for _, file := range files {
		content, err := os.ReadFile(filepath.Join(root, "config/crd", file))
		if err != nil {
			return err
		}
		text.WriteString("---\n" + kept(template(string(content))))
	}
	text.WriteString("{{- end }}\n")
	return write(root, "templates/crds.yaml", text.String())
}

func header(source string) string {
	return "{{- /* Generated from " + source + " by make generate. DO NOT EDIT. */}}\n"
}

func copyFiles(root, from, to string, names ...string) error {
	for _, name := range names {
		content, err := os.ReadFile(filepath.Join(root, from, name))
		if err != nil {
			return err
		}
		if err := write(root, filepath.Join(to, name), string(content)); err != nil {
			return err
		}
	}
	return nil
}

func write(root, name, text string) error {
	path := filepath.Join(root, chart, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o644)
}
