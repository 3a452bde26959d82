// Command manager runs crossvpc: the controllers of VPCPeering, PeeredCluster
// and AWSIdentity.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	goruntime "runtime"
	"runtime/debug"
	_ "time/tzdata" // windows of rollouts name time zones, and the image has none

	"go.uber.org/zap/zapcore"
	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/version"
)

func main() {
	options := defaultOptions()
	options.bind(flag.CommandLine)
	logging := zap.Options{}
	logging.BindFlags(flag.CommandLine)
	flag.Parse()
	if logging.Level != nil {
		logging.Level = withoutBodies{logging.Level}
	}
	if options.showVersion {
		fmt.Println("crossvpc", version.String(), goruntime.Version())
		return
	}
	ctrl.SetLogger(zap.New(zap.UseFlagOptions(&logging)))
	keepSmall()
	if err := run(ctrl.SetupSignalHandler(), options); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "crossvpc:", err)
		os.Exit(1)
	}
}

// withoutBodies leaves out what client-go logs from verbosity 7 on: bodies of requests, among them
// those of Secrets.
type withoutBodies struct{ zapcore.LevelEnabler }

// Enabled implements zapcore.LevelEnabler.
func (w withoutBodies) Enabled(level zapcore.Level) bool {
	return level > -7 && w.LevelEnabler.Enabled(level)
}

// keepSmall collects garbage at half the usual growth of the heap, unless GOGC says otherwise: what is watched of a cluster
// of 500 nodes makes most of it, and the CPU of the manager is a few per cent of what its clusters' API servers take.
func keepSmall() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50)
	}
	// The manifests give the container's limit. What is not the heap's needs some of it.
	if os.Getenv("GOMEMLIMIT") != "" {
		debug.SetMemoryLimit(memoryLimit() / 20 * 17)
	}
}

// memoryLimit is what Go was told to keep to; without a limit it is math.MaxInt64.
func memoryLimit() int64 { return debug.SetMemoryLimit(-1) }

func newScheme() *runtime.Scheme {
	scheme := runtime.NewScheme()
	utilruntime.Must(clientgoscheme.AddToScheme(scheme))
	utilruntime.Must(v1alpha1.AddToScheme(scheme))
	return scheme
}
