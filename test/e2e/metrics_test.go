package e2e

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/crossvpc/crossvpc/internal/metrics"
	"github.com/crossvpc/crossvpc/test/e2e/rig"
)

// ofProbes are metrics of runs of probe pods, which this story has none of.
const ofProbes = "crossvpc_probe_"

var typeLine = regexp.MustCompile(`(?m)^# TYPE (crossvpc_\S+) (\S+)$`)

// scrape reads the running manager's metrics as Prometheus does.
func scrape(t *testing.T, r *rig.Rig, address string) string {
	t.Helper()
	prometheus, err := r.NewScraper(t.Context(), "prometheus", true)
	if err != nil {
		t.Fatal(err)
	}
	status, page, err := prometheus.Scrape(t.Context(), address)
	if err != nil || status != http.StatusOK {
		t.Fatalf("/metrics answers %d, %v", status, err)
	}
	return page
}

// expectMetricsRefusedTo who has no right to them.
func expectMetricsRefusedTo(t *testing.T, r *rig.Rig, address string) {
	t.Helper()
	somebody, err := r.NewScraper(t.Context(), "somebody", false)
	if err != nil {
		t.Fatal(err)
	}
	if status, page, err := somebody.Scrape(t.Context(), address); err != nil || status != http.StatusForbidden || strings.Contains(page, "crossvpc_") {
		t.Errorf("/metrics answers somebody with %d, %v: %s", status, err, page)
	}
}

// expectMetrics: what the table says is there, and nothing else of ours. Alerts and the dashboard name only what is in
// the table (test/alerts).
func expectMetrics(t *testing.T, r *rig.Rig, address string) {
	t.Helper()
	page := scrape(t, r, address)
	served := map[string]string{}
	for _, line := range typeLine.FindAllStringSubmatch(page, -1) {
		served[line[1]] = line[2]
	}
	for _, m := range metrics.Table() {
		if strings.HasPrefix(m.Name, ofProbes) {
			continue
		}
		if served[m.Name] != string(m.Type) {
			t.Errorf("the running manager serves %s as %q, want a %s", m.Name, served[m.Name], m.Type)
		}
		delete(served, m.Name)
	}
	for name := range served {
		t.Errorf("the running manager serves %s, which the table of metrics does not have", name)
	}
	for _, series := range []string{
		`crossvpc_leader 1`,
		`crossvpc_objects{kind="VPCPeering",state="Ready"} 1`,
		`crossvpc_condition{kind="VPCPeering",name="eu-us",namespace="network",status="True",type="Ready"} 1`,
		`crossvpc_peering_connections{state="Active"} 1`,
	} {
		if !strings.Contains(page, series+"\n") {
			t.Errorf("the running manager does not serve %s", series)
		}
	}
}

// expectProbeMetrics of a run that passed.
func expectProbeMetrics(t *testing.T, r *rig.Rig, address string) {
	t.Helper()
	page := scrape(t, r, address)
	for _, series := range []string{
		`crossvpc_probe_results{name="eu-us",namespace="network",result="Failed"} 0`,
		`crossvpc_probe_results{name="eu-us",namespace="network",result="Passed"} [1-9]`,
		`crossvpc_probe_last_run_timestamp_seconds{name="eu-us",namespace="network"} [1-9]`,
	} {
		if !regexp.MustCompile(`(?m)^` + series).MatchString(page) {
			t.Errorf("the running manager does not serve %s", series)
		}
	}
}

// expectNoSeriesOf an object that is gone.
func expectNoSeriesOf(t *testing.T, r *rig.Rig, address, name string) {
	t.Helper()
	for line := range strings.Lines(scrape(t, r, address)) {
		if strings.Contains(line, `name="`+name+`"`) {
			t.Errorf("%s is gone, and this is left: %s", name, line)
		}
	}
}
