package alerts

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/metrics"
)

const (
	rulesFile     = "../../config/prometheus/alerts.yaml"
	dashboardFile = "../../config/prometheus/dashboard.json"
)

// promtool is where hack/promtool.sh finds it; without it the test is skipped.
func promtool(t *testing.T) string {
	t.Helper()
	found, err := exec.CommandContext(t.Context(), "../../hack/promtool.sh").Output()
	if err != nil {
		t.Fatal(err)
	}
	path := strings.TrimSpace(string(found))
	if path == "" {
		t.Skip("promtool is neither on the PATH nor in $PROMTOOL nor in the cache: hack/promtool.sh fetch takes it from Debian")
	}
	return path
}

// check runs promtool in a folder with the rules and what else is given.
func check(t *testing.T, files map[string][]byte, arguments ...string) {
	t.Helper()
	tool, folder := promtool(t), t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	command := exec.CommandContext(t.Context(), tool, arguments...)
	command.Dir = folder
	if out, err := command.CombinedOutput(); err != nil {
		t.Errorf("promtool %s: %v\n%s", strings.Join(arguments, " "), err, out)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestPrometheusAcceptsTheAlerts(t *testing.T) {
	check(t, map[string][]byte{"alerts.yaml": read(t, rulesFile)}, "check", "rules", "--lint-fatal", "alerts.yaml")
}

func TestAlertsFireWhenTheyShouldAndNotElse(t *testing.T) {
	check(t, map[string][]byte{"alerts.yaml": read(t, rulesFile), "test.yaml": read(t, "testdata/alerts_test.yaml")}, "test", "rules", "test.yaml")
}

// Prometheus' parser reads the panels' expressions, too: each is made a rule.
func TestPrometheusAcceptsThePanels(t *testing.T) {
	type rule struct {
		Record string `json:"record"`
		Expr   string `json:"expr"`
	}
	var rules []rule
	for _, panel := range panels(t) {
		for _, target := range panel.Targets {
			rules = append(rules, rule{Record: "panel:" + unfit.ReplaceAllString(panel.Title, "_"), Expr: strings.ReplaceAll(target.Expr, "$__rate_interval", "5m")})
		}
	}
	content, err := yaml.Marshal(map[string]any{"groups": []any{map[string]any{"name": "panels", "rules": rules}}})
	if err != nil {
		t.Fatal(err)
	}
	check(t, map[string][]byte{"panels.yaml": content}, "check", "rules", "panels.yaml")
}

var unfit = regexp.MustCompile(`[^a-zA-Z]+`)

func panels(t *testing.T) []Panel {
	t.Helper()
	all, err := Panels(read(t, dashboardFile))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// expressions are all in the alerts and the dashboard, by where they stand.
func expressions(t *testing.T) map[string]string {
	t.Helper()
	rules, err := Rules(read(t, rulesFile))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, rule := range rules {
		all["alert "+rule.Alert] = rule.Expr
	}
	for _, panel := range panels(t) {
		for _, target := range panel.Targets {
			all["panel "+panel.Title] += target.Expr + "\n"
		}
	}
	return all
}

func TestMetricsAndLabelsThatAlertsAndPanelsNameExist(t *testing.T) {
	labels := map[string][]string{}
	for _, m := range metrics.Table() {
		labels[m.Name] = m.Labels
	}
	used := map[string]bool{}
	for where, expr := range expressions(t) {
		known := []string{"le"}
		for _, name := range Metrics(expr) {
			if _, ok := labels[name]; !ok {
				t.Errorf("%s names %s, which crossvpc does not have", where, name)
			}
			used[name] = true
			known = append(known, labels[name]...)
		}
		for _, label := range Labels(expr) {
			if !slices.Contains(known, label) {
				t.Errorf("%s names the label %s, which none of its metrics has", where, label)
			}
		}
	}
	for name := range labels {
		if !used[name] {
			t.Errorf("neither an alert nor a panel uses %s", name)
		}
	}
}

func TestEveryAlertPointsAtItsPartOfThePage(t *testing.T) {
	rules, err := Rules(read(t, rulesFile))
	if err != nil {
		t.Fatal(err)
	}
	page := string(read(t, filepath.Join("../..", "docs/alerts.md")))
	for _, rule := range rules {
		if want := "/docs/alerts.md#" + strings.ToLower(rule.Alert); !strings.HasSuffix(rule.Annotations["runbook_url"], want) {
			t.Errorf("%s points at %q, want …%s", rule.Alert, rule.Annotations["runbook_url"], want)
		}
		if !strings.Contains(page, "\n## "+rule.Alert+"\n") {
			t.Errorf("docs/alerts.md says nothing of %s", rule.Alert)
		}
		if rule.Annotations["summary"] == "" || rule.Annotations["description"] == "" {
			t.Errorf("%s has no summary or no description", rule.Alert)
		}
	}
}

func TestTheChartsMonitorsLeaveOurLabelsAlone(t *testing.T) {
	monitors := string(read(t, "../../charts/crossvpc/templates/metrics.yaml"))
	if endpoints, kept := strings.Count(monitors, "interval:"), strings.Count(monitors, "honorLabels: true"); endpoints == 0 || kept != endpoints {
		t.Errorf("%d of %d endpoints have honorLabels: true; else the namespace of an object becomes exported_namespace", kept, endpoints)
	}
}

var atRest = regexp.MustCompile(`crossvpc_condition_info\{type="Stalled",reason!~"([^"]*)"\}`)

// What is at rest as somebody asked for needs no person: alert and dashboard leave out exactly these reasons.
func TestWhatIsAtRestAlarmsNobody(t *testing.T) {
	var want []string
	for _, reason := range regexp.MustCompile(`(?m)^### (\w+)$`).FindAllStringSubmatch(string(read(t, filepath.Join("../..", "docs/reasons.md"))), -1) {
		if v1alpha1.AtRest(reason[1]) {
			want = append(want, reason[1])
		}
	}
	slices.Sort(want)
	all := expressions(t)
	for _, where := range []string{"alert CrossvpcStalled", "panel What needs a person"} {
		found := atRest.FindStringSubmatch(all[where])
		if found == nil {
			t.Fatalf("%s does not leave out what is at rest: %s", where, all[where])
		}
		if got := slices.Sorted(slices.Values(strings.Split(found[1], "|"))); !slices.Equal(got, want) || len(want) == 0 {
			t.Errorf("%s leaves out %q, want %q", where, got, want)
		}
	}
}
