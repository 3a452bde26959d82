package alerts

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMetricsAndLabelsAreFoundInAnExpression(t *testing.T) {
	expr := `histogram_quantile(0.95, sum by (le, operation) (rate(x_seconds_bucket{code!~"by_no (name)"}[5m]))) * on (kind) group_left (reason) y_total{type="Ready"}`
	if diff := cmp.Diff([]string{"x_seconds", "y_total"}, Metrics(expr)); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"le", "operation", "kind", "reason", "code", "type"}, Labels(expr)); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
}
