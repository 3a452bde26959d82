package cluster

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/crossvpc/crossvpc/test/dataplane/fabric"
	"github.com/crossvpc/crossvpc/test/dataplane/node"
)

var (
	nodesResource       = schema.GroupVersionResource{Version: "v1", Resource: "nodes"}
	podsResource        = schema.GroupVersionResource{Version: "v1", Resource: "pods"}
	configMapsResource  = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
	ciliumNodesResource = schema.GroupVersionResource{Group: "cilium.io", Version: "v2", Resource: "ciliumnodes"}
	nodeConfigsResource = schema.GroupVersionResource{Group: "cilium.io", Version: "v2", Resource: "ciliumnodeconfigs"}
)

// Cluster is followed until its context ends.
type Cluster struct {
	Name string

	client dynamic.Interface
	fabric *Networks
	log    *slog.Logger
	// program is what probe pods run; empty: they are left alone.
	program string

	mu       sync.Mutex
	machines map[string]*machine // by Node
	done     sync.WaitGroup
}

// Options of a Cluster.
type Options struct {
	Name, Kubeconfig string
	// Probe is the program that probe pods run; empty: they are left alone.
	Probe    string
	Networks *Networks
	Log      *slog.Logger
}

// Follow begins to follow a cluster. When the context ends, [Cluster.Wait] returns once all is down.
func Follow(ctx context.Context, options Options) (*Cluster, error) {
	name := options.Name
	config, err := clientcmd.BuildConfigFromFlags("", options.Kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("cluster %s: %w", name, err)
	}
	config.QPS, config.Burst = 200, 400
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("cluster %s: %w", name, err)
	}
	c := &Cluster{
		Name: name, client: client, fabric: options.Networks, log: options.Log.With("cluster", name), program: options.Probe,
		machines: map[string]*machine{},
	}
	factory := dynamicinformer.NewDynamicSharedInformerFactory(client, 0)
	for resource, handle := range map[schema.GroupVersionResource]func(ctx context.Context, object *unstructured.Unstructured, gone bool){
		nodesResource: c.onNode, ciliumNodesResource: c.onCiliumNode, podsResource: c.onPod,
	} {
		if _, err := factory.ForResource(resource).Informer().AddEventHandler(handler(ctx, handle)); err != nil {
			return nil, fmt.Errorf("cluster %s: %w", name, err)
		}
	}
	factory.Start(ctx.Done())
	return c, nil
}

// handler calls a function with each object in the order in which the API server tells of it: of pods, so that a pod
// that was made before its node's agent was renewed has what the former agent gave it.
func handler(ctx context.Context, handle func(context.Context, *unstructured.Unstructured, bool)) cache.ResourceEventHandler {
	call := func(object any, gone bool) {
		if unknown, ok := object.(cache.DeletedFinalStateUnknown); ok {
			object = unknown.Obj
		}
		if found, ok := object.(*unstructured.Unstructured); ok {
			handle(ctx, found, gone)
		}
	}
	return cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { call(object, false) },
		UpdateFunc: func(_, object any) { call(object, false) },
		DeleteFunc: func(object any) { call(object, true) },
	}
}

// machine finds the machine of a Node, and makes one where there is none.
func (c *Cluster) machine(ctx context.Context, name string) *machine {
	c.mu.Lock()
	defer c.mu.Unlock()
	m := c.machines[name]
	if m == nil {
		ctx, cancel := context.WithCancel(ctx)
		m = &machine{name: name, cluster: c, cancel: cancel, wake: make(chan struct{}, 1), pods: map[string]*pod{}, seen: map[string]bool{}}
		c.machines[name] = m
		c.done.Go(func() { m.run(ctx) })
	}
	return m
}

func (c *Cluster) onNode(ctx context.Context, object *unstructured.Unstructured, gone bool) {
	if !gone {
		m := c.machine(ctx, object.GetName())
		m.setLabels(object.GetLabels())
		return
	}
	c.mu.Lock()
	m := c.machines[object.GetName()]
	delete(c.machines, object.GetName())
	c.mu.Unlock()
	if m != nil {
		m.cancel()
	}
}

func (c *Cluster) onCiliumNode(ctx context.Context, object *unstructured.Unstructured, gone bool) {
	if !gone {
		c.machine(ctx, object.GetName()).setDevices(object)
	}
}

func (c *Cluster) onPod(ctx context.Context, object *unstructured.Unstructured, gone bool) {
	var pod corev1.Pod
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &pod); err != nil || pod.Spec.NodeName == "" {
		return // not scheduled yet
	}
	c.mu.Lock()
	known := c.machines[pod.Spec.NodeName] != nil
	c.mu.Unlock()
	if gone && !known {
		return
	}
	c.machine(ctx, pod.Spec.NodeName).onPod(&pod, gone)
}

// Wait returns when all machines are down.
func (c *Cluster) Wait() { c.done.Wait() }

// Nodes that have booted.
func (c *Cluster) Nodes() []*node.Node {
	var nodes []*node.Node
	for _, m := range c.all() {
		if n := m.booted(); n != nil {
			nodes = append(nodes, n)
		}
	}
	return nodes
}

func (c *Cluster) all() []*machine {
	c.mu.Lock()
	defer c.mu.Unlock()
	machines := make([]*machine, 0, len(c.machines))
	for _, m := range c.machines {
		machines = append(machines, m)
	}
	return machines
}

// soon is how long to wait before something that could not be done is tried again.
const soon = 100 * time.Millisecond

// Networks is the fabric, which the clusters share, and what Cilium knows more of it than AWS: the prefixes that are
// delegated to interfaces (CiliumNode, status.eni).
type Networks struct {
	*fabric.Fabric

	mu        sync.Mutex
	state     fabric.State
	delegated map[string]fabric.Interface
}
