package backend

import (
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/cilium"
)

// Cluster is where backends write, and what was observed there.
type Cluster struct {
	Client client.Client
	// Install names the namespace and the owner, too.
	Install cilium.Install
	Facts   cilium.Facts
	// Own are the values that CiliumNodeConfigs of ours set.
	Own []cilium.Revision
	// History is what CiliumNodeConfigs of ours say of the values that agents were told.
	History string
	// NodeConfigVersion is the version of CiliumNodeConfigs that is served; empty: none.
	NodeConfigVersion string
}

// Set is all backends of one cluster.
type Set struct {
	facts       cilium.Facts
	nodeConfigs NodeConfigs
	backends    []Backend
}

// New gives the backends of a cluster.
func New(cluster Cluster) Set {
	configs := NodeConfigs{cluster}
	return Set{
		facts: cluster.Facts, nodeConfigs: configs,
		backends: []Backend{configs, configMap{cluster}, manual{}, ipMasqAgent{cluster}, awsNode{cluster}},
	}
}

// All lists them in the order in which something of ours is withdrawn.
func (s Set) All() []Backend { return s.backends }

// Named is the backend of that name; nil where there is none.
func (s Set) Named(name string) Backend {
	for _, backend := range s.backends {
		if backend.Name() == name {
			return backend
		}
	}
	return nil
}

// NodeConfigs is the backend that writes CiliumNodeConfigs.
func (s Set) NodeConfigs() NodeConfigs { return s.nodeConfigs }
