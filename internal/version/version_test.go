package version

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

func TestTheVersionIsTheReleasesElseNamed(t *testing.T) {
	if String() == "" {
		t.Error("a build without a release has no version")
	}
	former := release
	t.Cleanup(func() { release = former })
	release = "v1.2.3"
	if got := String(); got != "v1.2.3" {
		t.Errorf("String() = %q, want the release", got)
	}
}

func TestTheMetricCarriesTheVersion(t *testing.T) {
	former := release
	t.Cleanup(func() { release = former })
	release = "v1.2.3"
	registry := prometheus.NewRegistry()
	if err := Register(registry); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf(`
# HELP crossvpc_build_info Always 1; the labels say which version of crossvpc runs and which version of Go built it.
# TYPE crossvpc_build_info gauge
crossvpc_build_info{goversion=%q,version="v1.2.3"} 1
`, runtime.Version())
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), "crossvpc_build_info"); err != nil {
		t.Error(err)
	}
}
