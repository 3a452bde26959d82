package executor

import "github.com/crossvpc/crossvpc/internal/rollout"

// stretch is steps that need no order among them, except those of one lane.
type stretch struct {
	// ofCluster is alone in its stretch.
	ofCluster *rollout.Step
	// recorded are in status before any lane begins, cleared when all have ended: no
	// instance is terminated before its record is there, and none is forgotten before
	// its successor is marked.
	recorded, cleared []rollout.Step
	// lanes hold the steps on one node each, in order.
	lanes [][]rollout.Step
}

// stretches keeps what is written for many nodes at once in order with the rest.
func stretches(steps []rollout.Step) []stretch {
	var list []stretch
	open := false
	for i := range steps {
		if ofCluster(steps[i]) {
			list, open = append(list, stretch{ofCluster: &steps[i]}), false
			continue
		}
		if !open {
			list, open = append(list, stretch{}), true
		}
		list[len(list)-1].add(steps[i])
	}
	return list
}

// ofCluster: the step changes which nodes a value reaches, or which ones Karpenter replaces.
func ofCluster(step rollout.Step) bool { return step.Selection != nil || step.NodePool != "" }

func (s *stretch) add(step rollout.Step) {
	switch step.Kind {
	case rollout.StepRecordReplacement:
		s.recorded = append(s.recorded, step)
		return
	case rollout.StepClearReplacement:
		s.cleared = append(s.cleared, step)
		return
	}
	for i := range s.lanes {
		if s.lanes[i][0].Node == step.Node {
			s.lanes[i] = append(s.lanes[i], step)
			return
		}
	}
	s.lanes = append(s.lanes, []rollout.Step{step})
}
