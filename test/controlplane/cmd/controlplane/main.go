// Command controlplane starts real Kubernetes control planes on loopback and keeps them
// until it is interrupted:
//
//	go run ./test/controlplane/cmd/controlplane eu us
//
// With -build-only it only makes sure that the programs are there, building them if need
// be, and prints the folder of each.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/crossvpc/crossvpc/test/controlplane"
)

func main() {
	var options controlplane.Options
	buildOnly := flag.Bool("build-only", false, "make sure that the programs are there, print them, and end")
	flag.StringVar(&options.Dir, "dir", "", "folder for kubeconfigs and logs, kept at the end (default: a temporary one)")
	flag.BoolVar(&options.Workloads, "workloads", true, "also run kube-controller-manager, kube-scheduler and kwok")
	flag.DurationVar(&options.NodeMonitorGracePeriod, "node-monitor-grace-period", 0, "how long a node may be silent (default 50s)")
	flag.Usage = func() {
		_, _ = fmt.Fprintf(flag.CommandLine.Output(), "usage: controlplane [flags] [NAME...]\n\nStarts a Kubernetes control plane for each name (default: local) on loopback.\n\n")
		flag.PrintDefaults()
	}
	flag.Parse()
	options.Names = flag.Args()

	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer cancel()
	run := up
	if *buildOnly {
		run = build
	}
	if err := run(endWithGoRun(ctx), options); err != nil {
		fmt.Fprintln(os.Stderr, "controlplane:", err)
		os.Exit(1)
	}
}

func build(ctx context.Context, _ controlplane.Options) error {
	binaries, err := controlplane.EnsureBinaries(ctx, os.Stderr)
	if err != nil {
		return err
	}
	for _, path := range binaries.Paths() {
		fmt.Println(path)
	}
	return nil
}

func up(ctx context.Context, options controlplane.Options) error {
	started := time.Now()
	fleet, err := controlplane.Start(ctx, options)
	if err != nil {
		return err
	}
	describe(fleet, time.Since(started))
	err = watch(ctx, fleet)
	if stopErr := fleet.Stop(); err == nil {
		err = stopErr
	}
	return err
}

func describe(fleet *controlplane.Fleet, took time.Duration) {
	fmt.Printf("ready in %.1fs\n\n", took.Seconds())
	for _, name := range fleet.Names() {
		c := fleet.Cluster(name)
		fmt.Printf("%-12s %s\n%12s audit log %s\n", name, c.Server(), "", c.AuditLog())
	}
	fmt.Printf("\nexport KUBECONFIG=%s\n", fleet.KubeconfigPath())
	for _, name := range fleet.Names() {
		fmt.Printf("%s --context %s get namespaces\n", fleet.Binaries().Kubectl, name)
	}
	fmt.Printf("\nCtrl-C ends %s\n", strings.Join(fleet.Names(), " and "))
}

// watch returns when the context ends, or with an error when a process of the fleet does.
func watch(ctx context.Context, fleet *controlplane.Fleet) error {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			if err := fleet.Check(); err != nil {
				return err
			}
		}
	}
}

// endWithGoRun returns a context that also ends when `go run` is killed with kill -9: it can't
// pass that on. A program started otherwise may outlive its parent, as with nohup.
func endWithGoRun(ctx context.Context) context.Context {
	executable, err := os.Executable()
	if err != nil || !strings.Contains(executable, "go-build") {
		return ctx
	}
	ctx, cancel := context.WithCancel(ctx)
	parent := os.Getppid()
	ticker := time.NewTicker(200 * time.Millisecond)
	go func() {
		defer cancel()
		defer ticker.Stop()
		for range ticker.C {
			if os.Getppid() != parent {
				return
			}
		}
	}()
	return ctx
}
