package rollout

import (
	"fmt"
	"strings"
	"time"

	"github.com/crossvpc/crossvpc/internal/message"
)

// readySince is since when both the node and its agent are Ready; false while one is not.
func (n *Node) readySince() (time.Time, bool) {
	if !n.Ready || n.Agent == nil || !n.Agent.Ready || n.Agent.Deleting {
		return time.Time{}, false
	}
	if n.Agent.ReadySince.After(n.ReadySince) {
		return n.Agent.ReadySince, true
	}
	return n.ReadySince, true
}

// settled reports whether node and agent have been Ready for the given time.
func (n *Node) settled(now time.Time, minReady time.Duration) bool {
	since, ready := n.readySince()
	return ready && !now.Before(since.Add(minReady))
}

// renewed reports whether the agent is another than the one that had to go, or was new to begin with.
func (n *Node) renewed() bool {
	if n.Record == nil || n.Record.RestartUID == "" {
		return n.Freshness == FreshnessCurrent || n.Freshness == FreshnessSplit
	}
	return n.Agent != nil && n.Agent.UID != n.Record.RestartUID
}

// done reports whether a processed node has proven the new value. Where evidence is lost our own record is enough: the
// node was empty and its agent was made after the configuration selected it.
func (n *Node) done(in Input) bool {
	proven := n.Freshness == FreshnessCurrent || n.Freshness == FreshnessUnknown && n.renewed()
	return proven && n.Stranded == 0 && n.settled(in.Now, in.Policy.MinReady)
}

// claimed reports whether we hold work on this node that has to be brought to an end.
func (n *Node) claimed() bool { return n.Record.Held() }

// agentOnly reports whether the agent is restarted under the pods that are there.
func (n *Node) agentOnly() bool { return n.Record != nil && n.Record.AgentOnly }

// Leaving reports whether the node is being deleted, by us or by somebody else.
func (n *Node) Leaving() bool {
	return n.Deleting || n.Instance.Leaving || n.LeavingTaint != ""
}

// leavingBy is what says so.
func (n *Node) leavingBy() string {
	switch {
	case n.Deleting:
		return "its Node object is deleted"
	case n.Instance.Leaving:
		return "its Auto Scaling group terminates it"
	default:
		return "taint " + n.LeavingTaint
	}
}

func (n *Node) unavailable() bool {
	return n.missed() && (!n.Ready || n.Unschedulable || n.Leaving() || n.agentOnly())
}

// lastRefusal follows a sentence about a drain, where an eviction was refused, or a finalizer keeps what was evicted.
func (n *Node) lastRefusal() string {
	switch {
	case n.Refusal != "":
		return " The last refused eviction: " + strings.TrimSuffix(n.Refusal, ".") + "."
	case n.Held != nil:
		return " " + n.Held.Message
	default:
		return ""
	}
}

// waitsFor is what a drain waits for; empty: for nothing that is known.
func (n *Node) waitsFor() string {
	switch {
	case n.Refusal != "":
		return n.Refusal
	case n.Held != nil:
		return n.Held.Message
	case n.Evictable == 0 && len(n.Attached) > 0 && n.Record.replaces():
		return fmt.Sprintf("the volumes of pods that left it are still attached (%s)", message.List(n.Attached))
	default:
		return ""
	}
}

// lost is what goes with the node's instance when it is terminated.
func (n *Node) lost() *Finding {
	if n.Record != nil && n.Record.SuccessorOf != "" { // it is renewed in place
		return nil
	}
	return n.LocalData
}

// noteInstance keeps what Auto Scaling says of the node's instance. Of one that is somebody else's only the id is kept:
// the node is no successor of anything in that group.
func (n *Node) noteInstance(from Origin) {
	switch {
	case from.Unproven.Foreign:
		n.Instance = Instance{ID: from.InstanceID}
	case from.Instance != nil:
		n.Instance = *from.Instance
	}
}
