// Command loop closes the loop: it plays, with real packets and Cilium's own code, the networks that a simulated AWS has
// and the nodes and pods of real control planes. Nothing in it is set by hand: its routes and groups are those that the
// operator made, its agents' configuration is the CiliumNodeConfigs that the operator wrote.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/crossvpc/crossvpc/test/dataplane/cluster"
	"github.com/crossvpc/crossvpc/test/dataplane/container"
	"github.com/crossvpc/crossvpc/test/dataplane/fabric"
	"github.com/crossvpc/crossvpc/test/dataplane/lab"
	"github.com/crossvpc/crossvpc/test/dataplane/netspace"
	"github.com/crossvpc/crossvpc/test/dataplane/node"
)

// exitUnavailable says that there are no network namespaces here.
const exitUnavailable = 3

func main() {
	node.RunPlugin()
	container.Run()
	var options options
	flag.StringVar(&options.aws, "aws", "", "URL of the simulated AWS")
	flag.Func("cluster", "NAME=KUBECONFIG of a cluster; may be given several times", options.addCluster)
	flag.StringVar(&options.probe, "probe", "", "crossvpc's probe (cmd/probe), to run in its pods")
	check := flag.Bool("check", false, "only say whether it could run here")
	flag.Parse()
	err := netspace.Probe()
	if os.Geteuid() != 0 { // in a user namespace it would not reach AWS and the control planes
		err = errors.New("it needs root: without, its network would be apart from that of the control planes")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "loop:", err)
		os.Exit(exitUnavailable)
	}
	if *check {
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := options.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "loop:", err)
		os.Exit(1) //nolint:gocritic // the signals' end with the process
	}
}

type options struct {
	aws      string
	probe    string
	clusters [][2]string
}

func (o *options) addCluster(text string) error {
	name, path, ok := strings.Cut(text, "=")
	if !ok {
		return errors.New("want NAME=KUBECONFIG")
	}
	o.clusters = append(o.clusters, [2]string{name, path})
	return nil
}

func (o *options) run(ctx context.Context) error {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	sightings := fabric.NewLog()
	networks := cluster.NewNetworks(sightings)
	var clusters []*cluster.Cluster
	caller := &lab.Caller{Log: sightings, Nodes: func() []*node.Node {
		var nodes []*node.Node
		for _, c := range clusters {
			nodes = append(nodes, c.Nodes()...)
		}
		return nodes
	}}
	for _, one := range o.clusters {
		c, err := cluster.Follow(ctx, cluster.Options{Name: one[0], Kubeconfig: one[1], Probe: o.probe, Networks: networks, Log: log})
		if err != nil {
			return err
		}
		clusters = append(clusters, c)
	}
	url, err := serve(ctx, caller, clusters)
	if err != nil {
		return err
	}
	fmt.Println(url)
	networks.Follow(ctx, o.aws, func(err error) { log.Warn("networks", "reason", err) })
	for _, c := range clusters {
		c.Wait()
	}
	return networks.Close()
}

// serve answers on loopback: GET /pods, and POST /ask?from=POD&to=POD.
func serve(ctx context.Context, caller *lab.Caller, clusters []*cluster.Cluster) (string, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /pods", func(w http.ResponseWriter, _ *http.Request) {
		pods := []cluster.Pod{}
		for _, c := range clusters {
			pods = append(pods, c.Pods()...)
		}
		reply(w, pods)
	})
	mux.HandleFunc("POST /ask", func(w http.ResponseWriter, r *http.Request) {
		answer, err := cluster.Ask(caller, clusters, r.FormValue("from"), r.FormValue("to")) //nolint:contextcheck // it has limits of its own
		if err != nil {
			http.Error(w, err.Error(), http.StatusNotFound)
			return
		}
		reply(w, answer)
	})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: time.Second}
	go func() { _ = server.Serve(listener) }()
	context.AfterFunc(ctx, func() { _ = server.Close() })
	return "http://" + listener.Addr().String(), nil
}

func reply(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value) // who asked may be gone
}
