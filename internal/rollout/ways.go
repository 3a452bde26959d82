package rollout

import (
	"time"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// ways are all that there are. Of two with the same strategy the first that takes a node has it. The last is in place:
// it takes over where another can't be gone yet.
var ways = table{
	{way: WayNodePool, strategy: v1alpha1.RolloutReplaceNodes, lasts: 8 * time.Minute, renewer: nodePool{}},
	{way: WayAutoScaling, strategy: v1alpha1.RolloutReplaceNodes, lasts: 8 * time.Minute, renewer: autoScaling{}},
	{way: WayRestart, strategy: v1alpha1.RolloutRestartAgents, lasts: time.Minute, underPods: true, renewer: restartAgent{}},
	{way: WayRecycle, strategy: v1alpha1.RolloutRecyclePods, lasts: 4 * time.Minute, renewer: recyclePods{}},
}

// Assign notes on a node the way in which it is renewed with a strategy, or why nothing may touch it. With a strategy
// that begins on no node (OnDelete), one that is in progress is brought to its end in place.
func Assign(strategy v1alpha1.RolloutStrategy, from Origin, n *Node) { ways.assign(strategy, from, n) }
