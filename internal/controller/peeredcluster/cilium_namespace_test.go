package peeredcluster

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

func TestC4WhatIsSetStaysInItsNamespaceWhenCiliumIsToBeLookedForInAnother(t *testing.T) {
	w := incident(t, "1.18.0", nil)
	if object := w.ready(); object.Status.Cilium.Namespace != "kube-system" {
		t.Errorf("set in %q", object.Status.Cilium.Namespace)
	}
	configs := len(w.nodeConfigs())
	w.edit(func(spec *v1alpha1.PeeredClusterSpec) { spec.Cilium.Namespace = "cilium" })
	object := w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonCiliumNamespaceChanged, "is cilium, but what crossvpc has set is in kube-system", "Set it back to kube-system")
	if object.Spec.Cilium.Namespace != "cilium" || len(w.nodeConfigs()) != configs || configs == 0 {
		t.Errorf("spec has %s; %d objects of %d are left", object.Spec.Cilium.Namespace, len(w.nodeConfigs()), configs)
	}
	w.edit(func(spec *v1alpha1.PeeredClusterSpec) { spec.Cilium.Namespace = "kube-system" })
	w.ready()
	w.edit(func(spec *v1alpha1.PeeredClusterSpec) { spec.Cilium.Namespace = "cilium" })
	w.deletePeering("eu-us")
	w.until("withdrawn and followed", func(o *v1alpha1.PeeredCluster) bool {
		return len(w.nodeConfigs()) == 0 && o.Status.Cilium.Namespace == ""
	})
}

func TestC4WhatIsSetGoesWhereCiliumItselfHasLeftItsNamespace(t *testing.T) {
	w := incident(t, "1.18.0", nil)
	w.ready()
	w.delete(&appsv1.DaemonSet{ObjectMeta: metav1.ObjectMeta{Namespace: "kube-system", Name: "cilium"}})
	w.edit(func(spec *v1alpha1.PeeredClusterSpec) { spec.Cilium.Namespace = "cilium" })
	object := w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonCiliumNotFound, "in namespace cilium")
	if len(w.nodeConfigs()) > 0 || object.Status.Cilium.Namespace != "" {
		t.Errorf("left behind: %d objects; set in %q", len(w.nodeConfigs()), object.Status.Cilium.Namespace)
	}
}
