package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	linuxrouting "github.com/cilium/cilium/pkg/datapath/linux/routing"
	ipamOption "github.com/cilium/cilium/pkg/ipam/option"
	ciliumnode "github.com/cilium/cilium/pkg/node"
	"github.com/cilium/cilium/pkg/option"
	"github.com/vishvananda/netlink"

	"github.com/crossvpc/crossvpc/test/dataplane/netspace"
)

// agent answers what cilium-cni asks of cilium-agent. The JSON is that of api/v1/models, by hand: names of Go fields
// differ between the releases of Cilium that the lab is built with, those of JSON do not.
type agent struct {
	node   *Node
	folder string
	server *http.Server
}

type object map[string]any

// serve opens the agent's socket.
func (n *Node) serve() error {
	folder, err := os.MkdirTemp("", "dataplane-")
	if err != nil {
		return err
	}
	a := &agent{node: n, folder: folder}
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "unix", a.socket())
	if err != nil {
		return errors.Join(err, os.RemoveAll(folder))
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/config", a.getConfig)
	mux.HandleFunc("POST /v1/ipam", a.postIPAM)
	mux.HandleFunc("DELETE /v1/ipam/{ip}", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("PUT /v1/endpoint/{id}", a.putEndpoint)
	mux.HandleFunc("DELETE /v1/endpoint/{id}", a.deleteEndpoint)
	mux.HandleFunc("DELETE /v1/endpoint", a.deleteEndpoint) // 1.19 names the container in the body
	a.server = &http.Server{Handler: mux, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	go func() { _ = a.server.Serve(listener) }()
	n.mu.Lock()
	defer n.mu.Unlock()
	n.agent = a
	return nil
}

// StopAgent ends the agent; what it set up in the kernel stays.
func (n *Node) StopAgent() {
	n.mu.Lock()
	a := n.agent
	n.agent = nil
	n.mu.Unlock()
	if a != nil {
		_ = a.server.Close()
		_ = os.RemoveAll(a.folder)
	}
}

func (a *agent) socket() string { return filepath.Join(a.folder, "cilium.sock") }

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the plugin that asked may be gone
}

func (a *agent) addressing() object {
	return object{"ipv4": object{"enabled": true, "ip": a.node.Router.String()}}
}

func (a *agent) getConfig(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, object{"status": object{
		"addressing": a.addressing(), "datapathMode": "veth", "deviceMTU": netspace.MTU, "routeMTU": netspace.MTU,
		"ipam-mode": ipamOption.IPAMENI, "masquerade": a.node.config.Masquerade, "masqueradeProtocols": object{"ipv4": a.node.config.Masquerade},
	}})
}

// postIPAM gives the address that was chosen for the pod ([Node.AddPod]).
func (a *agent) postIPAM(w http.ResponseWriter, r *http.Request) {
	pod := a.node.podNamed(r.FormValue("owner"))
	if pod == nil {
		http.Error(w, "no such pod: "+r.FormValue("owner"), http.StatusBadGateway)
		return
	}
	number, device, err := a.node.deviceOf(pod.Address)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	answer(w, http.StatusCreated, object{
		"address": object{"ipv4": pod.Address.String()}, "host-addressing": a.addressing(),
		"ipv4": object{
			"ip": pod.Address.String(), "gateway": device.Subnet.Gateway().String(), "master-mac": device.MAC,
			"interface-number": strconv.Itoa(number), "cidrs": a.node.config.destinations(a.node.Blocks),
		},
	})
}

// putEndpoint adds the route to the pod, as the agent does with enable-endpoint-routes.
func (a *agent) putEndpoint(w http.ResponseWriter, r *http.Request) {
	var endpoint struct {
		Interface  string `json:"interface-name"`
		Addressing struct {
			IPv4 string `json:"ipv4"`
		} `json:"addressing"`
	}
	err := json.NewDecoder(r.Body).Decode(&endpoint)
	address, parseErr := netip.ParseAddr(endpoint.Addressing.IPv4)
	if err = errors.Join(err, parseErr); err == nil {
		err = a.node.Netlink.RouteReplace(&netlink.Route{
			LinkIndex: a.node.Index(endpoint.Interface), Dst: netspace.IPNet(netspace.Host(address)), Scope: netlink.SCOPE_LINK,
		})
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	answer(w, http.StatusCreated, object{"id": 1, "status": object{"state": "ready"}})
}

// deleteEndpoint has Cilium's library remove the rules of a pod. Its failure is the agent's, not the plugin's.
func (a *agent) deleteEndpoint(w http.ResponseWriter, r *http.Request) {
	container := strings.TrimPrefix(r.PathValue("id"), "cni-attachment-id:")
	if container == "" {
		var body struct {
			ID string `json:"container-id"`
		}
		_ = json.NewDecoder(r.Body).Decode(&body) // an empty id names no pod
		container = body.ID
	}
	container, _, _ = strings.Cut(container, ":")
	a.node.mu.Lock()
	pod := a.node.pods[container]
	a.node.mu.Unlock()
	if pod == nil {
		http.Error(w, "no such endpoint", http.StatusNotFound)
		return
	}
	err := a.node.unconfigure(pod.Address)
	a.node.mu.Lock()
	pod.deleteError = err
	a.node.mu.Unlock()
	w.WriteHeader(http.StatusOK)
}

// globals guards what linuxrouting.Delete reads from the process: an agent has it to itself.
var globals sync.Mutex

func (n *Node) unconfigure(address netip.Addr) error {
	info, err := n.routingInfo(address)
	if err != nil {
		return err
	}
	globals.Lock()
	defer globals.Unlock()
	option.Config.IPAM, option.Config.EnableIPv4Masquerade = ipamOption.IPAMENI, n.config.Masquerade
	ciliumnode.SetRouterInfo(info)
	err = n.Do(func() error { return linuxrouting.Delete(slog.New(slog.DiscardHandler), address) })
	if err != nil {
		return fmt.Errorf("delete the rules of %s: %w", address, err)
	}
	return nil
}
