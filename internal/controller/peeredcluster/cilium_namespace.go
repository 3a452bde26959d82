package peeredcluster

import (
	"context"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium/backend"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// pinCiliumNamespace makes a reconciliation stay with the namespace in which something is set, whatever the spec asks for
// by now, and returns what it asks for. In another namespace nothing of ours would be found: a value would be taken for
// never written, and be left behind. Only status is ever written of an object, so the spec may be changed here.
func pinCiliumNamespace(read *v1alpha1.PeeredCluster) (asked string) {
	asked = read.Spec.Cilium.Namespace
	read.Spec.Cilium.Namespace = read.CiliumNamespace()
	return asked
}

// moves reports whether the spec asks for another namespace than the one that is read.
func (s *subject) moves() bool { return s.askedNamespace != s.Object.Spec.Cilium.Namespace }

// followNamespace goes on to the namespace that the spec asks for once nothing of ours is left in the former, and says so
// until then. done is true where this reconciliation has read the wrong one.
func (c *configuration) followNamespace(ctx context.Context, found *findings) (done bool, err error) {
	ours := c.setInNamespace()
	switch {
	case !c.moves():
		return false, nil
	case ours && c.view.Facts.Found:
		found.configured.moved = new(verdict.Newf(verdict.Stalled, v1alpha1.ReasonCiliumNamespaceChanged,
			"spec.cilium.namespace is %s, but what crossvpc has set is in %s, where Cilium still runs, and stays there. Set it back to %[2]s, or remove the last VPCPeering first, so that it is withdrawn.",
			c.askedNamespace, c.Object.Spec.Cilium.Namespace))
		return false, nil
	case ours: // Cilium has left: what is there reaches no agent
		err = c.backends().NodeConfigs().Withdraw(ctx)
	}
	if err == nil {
		c.ciliumStatus().Namespace = ""
	}
	c.Within(afterSteps)
	return true, err
}

// setInNamespace reports whether something of ours is in Cilium's namespace.
func (c *configuration) setInNamespace() bool {
	for _, place := range c.backends().All() {
		if place.Ours() && place.Name() != backend.AWSNode { // which is always in kube-system
			return true
		}
	}
	return false
}

// noteNamespace comes before anything is set there.
func (c *configuration) noteNamespace() {
	c.ciliumStatus().Namespace = ""
	if c.setInNamespace() || c.decision.CIDR.IsValid() && !c.decision.SetByOthers || c.backendName() == backend.IPMasqAgent {
		c.ciliumStatus().Namespace = c.Object.Spec.Cilium.Namespace
	}
}
