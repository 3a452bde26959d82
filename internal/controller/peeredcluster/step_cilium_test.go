package peeredcluster

import (
	"testing"

	"github.com/crossvpc/crossvpc/internal/cilium"
)

func TestTheIncidentIsCuredNodeByNode(t *testing.T) {
	w := newWorld(t)
	w.installs("1.18.0", 3)
	w.addPod("web", "a")
	w.peeredCluster(nil)
	w.peering("eu-us", "10.12.0.0/16")
	object := w.ready()
	if got := object.Status.Cilium.EffectiveCIDR; got != "10.8.0.0/13" {
		t.Errorf("a node that joins gets %s", got)
	}
	configs := w.nodeConfigs()
	if len(configs) != 1 || configs[0].Spec.Defaults[cilium.NativeRoutingKey] != "10.8.0.0/13" {
		t.Errorf("CiliumNodeConfigs: %+v", configs)
	}
	if object.Status.Nodes.Current != 3 {
		t.Errorf("nodes: %+v", object.Status.Nodes)
	}
}
