package rollout

import (
	"strings"

	"github.com/crossvpc/crossvpc/internal/message"
)

// sentence ends a text in one full stop: records that an older release wrote have none.
func sentence(text string) string { return strings.TrimSuffix(text, ".") + "." }

// olderPods is a clause about the pods that an agent's restart left with older rules.
func (n *Node) olderPods() string {
	return message.Count(n.Stranded, "pod") + " " + message.Verb(n.Stranded, "predates", "predate") + " the restarted agent"
}

// allRun begins a sentence about so many nodes, which are all that count.
func allRun(nodes int) string {
	if nodes == 1 {
		return "The only node runs"
	}
	return "All " + message.Count(nodes, "node") + " run"
}
