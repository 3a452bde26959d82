package peeredcluster

import (
	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// judgeObject says what is wrong with the object itself while its steps have nothing to say:
// nothing was found in the cluster, or a mistake in the spec that matters later. c is what was
// read; nil: the cluster was not reached. invalidOrder says what is wrong with
// spec.rollout.after.
func (s *subject) judgeObject(c *configuration, invalidOrder string) *verdict.Verdict {
	if c != nil && c.foundNothing() {
		return new(verdict.New(verdict.Wait, v1alpha1.ReasonNothingFound,
			"The cluster has no nodes and no Cilium, and its VPC is not known, so there is nothing to peer. "+
				"If it has some, correct spec.access. If it runs no nodes yet, they are found when they join, or set spec.region and spec.vpcID."))
	}
	if invalidOrder != "" {
		return new(verdict.New(verdict.Stalled, v1alpha1.ReasonInvalidOrder, invalidOrder))
	}
	if window := s.Object.Spec.Rollout.Window; window != nil {
		if _, bad := windowOf(*window); bad != "" {
			return new(verdict.New(verdict.Stalled, v1alpha1.ReasonInvalidWindow, bad))
		}
	}
	return nil
}

// foundNothing: a cluster without nodes may have them again soon, and one without Cilium may be
// peered all the same. One that has nothing at all is probably another one than was meant.
func (c *configuration) foundNothing() bool {
	return len(c.view.Nodes) == 0 && c.view.Install.DaemonSet == nil && c.view.Install.AWSNode == nil && c.Object.Status.VPCID == ""
}
