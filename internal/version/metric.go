package version

import (
	"runtime"

	"github.com/prometheus/client_golang/prometheus"
)

// Register adds crossvpc_build_info, which is always 1, to a registry: its labels tell which builds run.
func Register(registry prometheus.Registerer) error {
	info := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "crossvpc_build_info",
		Help: "Always 1; the labels say which version of crossvpc runs and which version of Go built it.",
	}, []string{"version", "goversion"})
	info.WithLabelValues(String(), runtime.Version()).Set(1)
	return registry.Register(info)
}
