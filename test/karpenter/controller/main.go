// Command controller runs Karpenter's own controllers on the simulated EC2. It is kwok/main.go of sigs.k8s.io/karpenter
// with two changes: its manager listens nowhere and elects no leader, and what kwok's cloud provider makes up in the
// cluster, a Node without a machine, is an instance here, of which nodesim makes the node.
//
// The first argument is a file with a [place]; the others are Karpenter's own flags.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/awslabs/operatorpkg/controller"
	"github.com/go-logr/zapr"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
	kwok "sigs.k8s.io/karpenter/kwok/cloudprovider"
	"sigs.k8s.io/karpenter/pkg/cloudprovider/overlay"
	"sigs.k8s.io/karpenter/pkg/controllers"
	"sigs.k8s.io/karpenter/pkg/controllers/nodeoverlay"
	"sigs.k8s.io/karpenter/pkg/controllers/state"
	"sigs.k8s.io/karpenter/pkg/events"
	"sigs.k8s.io/karpenter/pkg/operator/injection"
	"sigs.k8s.io/karpenter/pkg/operator/logging"
	"sigs.k8s.io/karpenter/pkg/operator/options"
)

// place is where Karpenter works.
type place struct {
	// Environment is set before anything is read from it: access to the cluster and to AWS.
	Environment map[string]string
	// Cluster is the name by which its instances are tagged.
	Cluster string
	// Image and Groups of its instances, and Subnets by zone.
	Image   string
	Groups  []string
	Subnets map[string]string
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	here, err := readPlace()
	if err != nil {
		return err
	}
	// Karpenter parses os.Args itself, again and again.
	ctx := injection.WithOptionsOrDie(context.Background(), options.Injectables...)
	logger := zapr.NewLogger(logging.NewLogger(ctx, "controller"))
	log.SetLogger(logger)
	ctx = log.IntoContext(ctx, logger)
	mgr, err := newManager(ctx)
	if err != nil {
		return err
	}
	all, err := newControllers(ctx, mgr, here)
	if err != nil {
		return err
	}
	for _, c := range all {
		if err := c.Register(ctx, mgr); err != nil {
			return fmt.Errorf("register a controller: %w", err)
		}
	}
	return mgr.Start(ctrl.SetupSignalHandler())
}

func readPlace() (place, error) {
	var here place
	if len(os.Args) < 2 {
		return here, fmt.Errorf("usage: %s FILE [FLAG...]", os.Args[0])
	}
	content, err := os.ReadFile(os.Args[1])
	if err != nil {
		return here, err
	}
	if err := json.Unmarshal(content, &here); err != nil {
		return here, fmt.Errorf("read %s: %w", os.Args[1], err)
	}
	for key, value := range here.Environment {
		if err := os.Setenv(key, value); err != nil {
			return here, err
		}
	}
	os.Args = append(os.Args[:1], os.Args[2:]...)
	return here, nil
}

// newManager is operator.NewOperator without its listeners on all interfaces and its leader election.
func newManager(ctx context.Context) (manager.Manager, error) {
	config, err := ctrl.GetConfig()
	if err != nil {
		return nil, err
	}
	config.QPS, config.Burst, config.UserAgent = 200, 300, "karpenter"
	mgr, err := ctrl.NewManager(config, ctrl.Options{
		Logger:                 log.FromContext(ctx),
		Metrics:                server.Options{BindAddress: "0"},
		HealthProbeBindAddress: "0",
		BaseContext:            func() context.Context { return ctx },
	})
	if err != nil {
		return nil, err
	}
	return mgr, addIndexes(ctx, mgr)
}

func newControllers(ctx context.Context, mgr manager.Manager, here place) ([]controller.Controller, error) {
	types, err := kwok.ConstructInstanceTypes(ctx)
	if err != nil {
		return nil, err
	}
	undecorated, err := newProvider(ctx, mgr.GetClient(), types, here)
	if err != nil {
		return nil, err
	}
	store := nodeoverlay.NewInstanceTypeStore()
	provider := overlay.Decorate(undecorated, mgr.GetClient(), store)
	recorder := events.NewRecorder(mgr.GetEventRecorderFor("karpenter")) //nolint:staticcheck // what Karpenter takes
	cluster := state.NewCluster(clock.RealClock{}, mgr.GetClient(), provider)
	return controllers.NewControllers(
		ctx, mgr, clock.RealClock{}, mgr.GetClient(), recorder, provider, undecorated, cluster, store,
	), nil
}
