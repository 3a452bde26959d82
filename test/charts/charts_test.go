package charts

import (
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"helm.sh/helm/v3/pkg/chart"
	"sigs.k8s.io/yaml"

	"github.com/crossvpc/crossvpc/internal/cidr"
	"github.com/crossvpc/crossvpc/internal/cilium"
)

var update = flag.Bool("update", false, "write the golden files again; read what changed before you commit it")

// A golden file has the facts that the operator reads from the rendered DaemonSet
// and ConfigMaps, and what it decides about the incident, for each group of
// versions that agree.
func TestFactsOfEveryChart(t *testing.T) {
	loaded := loadAll(t)
	files, err := filepath.Glob("testdata/*.values.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no values: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".values.yaml")
		t.Run(name, func(t *testing.T) {
			compare(t, filepath.Join("testdata", name+".facts"), factsOfAll(t, loaded, valuesOf(t, file)))
		})
	}
}

func factsOfAll(t *testing.T, loaded map[string]*chart.Chart, values map[string]any) string {
	t.Helper()
	var texts []string
	versions := map[string][]string{}
	for _, version := range Versions {
		install, err := Render(loaded[version], values)
		if err != nil {
			t.Fatalf("Cilium %s: %v", version, err)
		}
		facts := cilium.Observe(install)
		if facts.Version.String() != version {
			t.Errorf("the image of the chart %s is read as %s", version, facts.Version)
		}
		text := describe(facts)
		if !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
		versions[text] = append(versions[text], version)
	}
	var page strings.Builder
	for _, text := range texts {
		fmt.Fprintf(&page, "%s\n%s", strings.Join(versions[text], ", "), text)
	}
	return page.String()
}

func loadAll(t *testing.T) map[string]*chart.Chart {
	t.Helper()
	loaded := map[string]*chart.Chart{}
	for _, version := range Versions {
		var err error
		if loaded[version], err = Load(t.Context(), version); err != nil {
			t.Fatal(err)
		}
	}
	return loaded
}

func valuesOf(t *testing.T, file string) map[string]any {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]any{}
	if err := yaml.Unmarshal(text, &values); err != nil {
		t.Fatal(err)
	}
	return values
}

func compare(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// describe tells the facts, where options come from, and the decision.
func describe(facts cilium.Facts) string {
	decision := cilium.Decide(cilium.Input{
		Facts: facts,
		VPC:   cilium.VPC{Primary: netip.MustParsePrefix("10.11.0.0/16")},
		Peers: []cilium.Peer{{Name: "network/eu-us", Blocks: []netip.Prefix{netip.MustParsePrefix("10.12.0.0/16")}}},
	})
	sources := facts.Sources
	var text strings.Builder
	for _, line := range []struct {
		name  string
		value any
	}{
		{"ipam", fmt.Sprintf("%s, routing %s, chaining %s", facts.IPAM, facts.RoutingMode, facts.Chaining)},
		{"masquerade", facts.Masquerade},
		{"native CIDR", or(facts.Boot.CIDR.IsValid(), facts.Boot.CIDR.String()+" by "+facts.Boot.Source)},
		{"ip-masq-agent", or(facts.IPMasqAgent, cidr.Join(facts.IPMasq.CIDRs))},
		{"IPv6", or(facts.IPv6, fmt.Sprintf("native %s, masqueraded %t", facts.NativeIPv6, facts.MasqueradeIPv6))},
		{"endpoint routes", facts.EndpointRoutes},
		{"sources", fmt.Sprintf("%v allow %v deny %v", sources.List, sources.Allow, sources.Deny)},
		{"reads our CiliumNodeConfig", sources.ReadsNodeConfigs(Namespace, cilium.NativeRoutingKey)},
		{"the incident", fmt.Sprintf("%s, %s %s", decision.Kind, decision.Reason, or(decision.CIDR.IsValid(), decision.CIDR.String()))},
	} {
		fmt.Fprintf(&text, "  %s: %v\n", line.name, line.value)
	}
	return text.String()
}

func or(there bool, value string) string {
	if !there {
		return "none"
	}
	return value
}
