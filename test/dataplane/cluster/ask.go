package cluster

import (
	"fmt"
	"slices"
	"strings"

	"github.com/crossvpc/crossvpc/test/dataplane/lab"
)

// Pod is what can be asked of, and from.
type Pod struct {
	// Name is CLUSTER/NAMESPACE/NAME.
	Name string `json:"name"`
	// App is the pod's label of that name.
	App     string `json:"app"`
	Node    string `json:"node"`
	Address string `json:"address"`
	// Rules are the kernel's rules for what it sends.
	Rules []string `json:"rules"`
}

// Answer is what came of a request from one pod to another.
type Answer struct {
	OK bool `json:"ok"`
	// Seen is the address that the server saw.
	Seen string `json:"seen,omitempty"`
	// Dropped is the packet that went no further, and why.
	Dropped string `json:"dropped,omitempty"`
	// Drawing shows how far it got, a line for each packet.
	Drawing []string `json:"drawing,omitempty"`
	Error   string   `json:"error,omitempty"`
}

// Pods of the cluster that run, by name.
func (c *Cluster) Pods() []Pod {
	var pods []Pod
	for _, m := range c.all() {
		for _, p := range m.running() {
			rules, _ := p.Node.Rules(p.Address) // none of a node that goes down just now
			pods = append(pods, Pod{Name: c.nameOf(p), App: p.app, Node: m.name, Address: p.Address.String(), Rules: rules})
		}
	}
	slices.SortFunc(pods, func(a, b Pod) int { return strings.Compare(a.Name, b.Name) })
	return pods
}

func (c *Cluster) nameOf(p *pod) string { return c.Name + "/" + p.PodNamespace + "/" + p.PodName }

func (m *machine) running() []*pod {
	m.mu.Lock()
	defer m.mu.Unlock()
	pods := make([]*pod, 0, len(m.pods))
	for _, p := range m.pods {
		pods = append(pods, p)
	}
	return pods
}

// place finds a pod by its name.
func (c *Cluster) place(name string) (lab.Place, bool) {
	for _, m := range c.all() {
		for _, p := range m.running() {
			if c.nameOf(p) != name {
				continue
			}
			vpc := c.fabric.VPCOf(p.Node.Devices[0].Interface.Subnet)
			return lab.Place{Namespace: p.Namespace, Address: p.Address, Way: []lab.Station{
				{Name: p.Namespace.Name, Label: c.Name + " " + p.app}, {Name: p.Node.Hostname, Label: "node"}, {Name: vpc, Label: c.Name + " VPC"},
			}}, true
		}
	}
	return lab.Place{}, false
}

// Ask sends a request from one pod to another.
func Ask(caller *lab.Caller, clusters []*Cluster, from, to string) (Answer, error) {
	var ends [2]lab.Place
	for i, name := range []string{from, to} {
		found := false
		for _, c := range clusters {
			if place, ok := c.place(name); ok {
				ends[i], found = place, true
			}
		}
		if !found {
			return Answer{}, fmt.Errorf("no pod %q runs here", name)
		}
	}
	e := caller.Ask(ends[0].Namespace, ends[1].Address)
	answer := Answer{OK: e.OK(), Drawing: lab.Draw(e, lab.Way(ends[0], ends[1]), nil)}
	if e.OK() {
		answer.Seen = e.Seen.String()
		return answer, nil
	}
	answer.Error = e.Err.Error()
	if e.Dropped.Dropped != "" {
		answer.Dropped = e.Dropped.String()
	}
	return answer, nil
}
