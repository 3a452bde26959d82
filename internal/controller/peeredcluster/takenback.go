package peeredcluster

import (
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium/backend"
)

// writtenReasons are those that CiliumConfigured has once our value is written.
var writtenReasons = []string{v1alpha1.ReasonConfigured, v1alpha1.ReasonProgressing, v1alpha1.ReasonDaemonSetOnDelete}

// takenBackBy names who reverted what we wrote, and has not been overruled since by
// somebody who asks for another attempt: one attempt each is not a fight (C4).
func (c *configuration) takenBackBy() string {
	wrote := c.backends().Named(c.ciliumStatus().Backend)
	if c.retryAsked() || wrote == nil {
		return ""
	}
	return wrote.TakenBackBy(c.writeMemory())
}

// writeMemory is what status remembers of what we wrote.
func (c *configuration) writeMemory() backend.Memory {
	status, was := c.ciliumStatus(), c.reasonBefore()
	remembered := backend.Memory{
		Desired: status.DesiredCIDR, Source: status.EffectiveSource,
		ToConfigMap: c.Object.Spec.Cilium.WriteTo == v1alpha1.WriteConfigMap,
		Configured:  c.Before.Status.Cilium != nil && slices.Contains(writtenReasons, was),
		TakenBack:   was == v1alpha1.ReasonReverted,
		Written:     c.lastWrite(),
	}
	if last := len(status.History) - 1; last >= 0 {
		remembered.InForce = status.History[last].CIDR
	}
	return remembered
}

// reasonBefore is what CiliumConfigured said until now.
func (c *configuration) reasonBefore() string {
	was := meta.FindStatusCondition(c.Before.Status.Conditions, v1alpha1.ConditionCiliumConfigured)
	if was == nil {
		return ""
	}
	return was.Reason
}

// lastWrite is when a value came into force last, as far as it is known.
func (c *configuration) lastWrite() time.Time {
	for _, period := range slices.Backward(c.ciliumStatus().History) {
		if period.CIDR != "" {
			return period.From.Time
		}
	}
	return time.Time{}
}
