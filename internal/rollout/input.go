package rollout

import (
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

// Input is everything a decision depends on. It is observed in one reconciliation; a cluster that cannot be read completely
// is not planned for (N7).
type Input struct {
	// Now is the clock reading of this reconciliation.
	Now time.Time
	// Target is the revision that nodes should run. Empty means that no peering needs one any more: nothing new is
	// started, what is in progress is finished, and our cordons are lifted. A value that is wanted again while its earlier
	// configuration is still written for some nodes needs another revision, or those nodes would be reached at once.
	Target string
	// TargetSince is when Target became the newest revision; the settle delay counts from here.
	TargetSince time.Time
	// EvidenceLost says why no freshness can be trusted; empty when they can.
	EvidenceLost string
	// Stopped says why all rollouts of this installation are stopped; empty when they are not.
	Stopped string
	// Upgrading says that Cilium itself is being changed; empty when it is not. No further node is started meanwhile.
	Upgrading string
	// UpgradePending says that an agent which restarts would also be changed otherwise; empty when it would not. No further
	// node is started before that is done.
	UpgradePending string
	// WaitsForTurn says which clusters renew nodes first, and why; empty: this one may begin. No further node is started
	// meanwhile.
	WaitsForTurn string
	// InvalidOrder is true where WaitsForTurn says that the order can never be followed.
	InvalidOrder bool
	// Retry is true in the one reconciliation after somebody asked for another attempt: what failed before is forgotten.
	Retry bool
	// Serverless counts the nodes that run no agent and that Nodes leaves out (Fargate).
	Serverless int
	// OperatorNode is the name of the node that the operator itself runs on, if that is in this cluster.
	OperatorNode string
	Policy       Policy
	// Selection is which nodes the configuration of the newest written revision reaches, as observed.
	Selection RevisionSelection
	Nodes     []Node
	// Groups holds the Auto Scaling groups that could be read, by name. A group that is short of nodes uses the budget.
	Groups map[string]Group
	// NodePools holds Karpenter's NodePools, by name.
	NodePools map[string]NodePool
	// Replacements are the entries of status that are not cleared yet.
	Replacements []Replacement
}

// Policy is the rollout policy of a cluster with every default filled in.
type Policy struct {
	// OnDelete means that nodes are never touched; those that join later get the new value.
	OnDelete bool
	// Insufficient says why the mechanism asked for would leave pods without a way out, and what to do; empty when it
	// would not (C5).
	Insufficient string
	// Manual means that a revision needs an approval of its own: Approved is the one that has it.
	Manual   bool
	Approved string
	// Window is when nodes may be started on; nil: at any time. BadWindow says why it can't be understood; empty when it
	// can: no node is started on then.
	Window    *Window
	BadWindow string
	// Paused starts nothing new and gives back nodes that were not past the point of no return.
	Paused bool
	// MaxUnavailable is how many nodes may be absent, not Ready or cordoned, whatever the cause. At least 1.
	MaxUnavailable int
	// DrainTimeout is how long evictions may take before the node is uncordoned again and tried again later.
	DrainTimeout time.Duration
	// MinReady is how long an agent or a replacement must be Ready before it counts.
	MinReady time.Duration
	// ProgressDeadline is how long a replacement or a renewed agent may take before the rollout stops.
	ProgressDeadline time.Duration
	// Settle is how long a revision must be the newest before the first node is touched.
	Settle time.Duration
}

// Node is one node as observed.
type Node struct {
	Name string
	UID  types.UID
	// Hostname is the label kubernetes.io/hostname, by which a node is held back. It may differ from the name.
	Hostname string
	Zone     string
	Created  time.Time
	Ready    bool
	// ReadySince is the last transition of the Ready condition.
	ReadySince    time.Time
	Unschedulable bool
	Deleting      bool
	// LeavingTaint is the taint by which somebody says that the node is being removed; empty: none.
	LeavingTaint string
	Instance     Instance
	Way          Way
	// Unmanaged says, where Way is WayNone, why the node is not touched.
	Unmanaged string
	// Unproven says why the node's instance is not proven to be its own, whatever its way; empty where it is, or nobody
	// asked. Such an instance is never terminated (N4).
	Unproven string
	// NodePool is the Karpenter NodePool of a node with WayNodePool, and Mark the pool's mark when the node was made.
	NodePool, Mark string
	Freshness      Freshness
	// Record is our annotation on the node; nil when there is none.
	Record *Record
	// Agent is the Cilium agent's pod on this node; nil when there is none.
	Agent *Agent
	// AgentBarred says why the agent would not come back to the node if it were deleted; empty: it would.
	AgentBarred string
	// Evictable counts the pods that still have to leave before the node counts as drained, also those terminating.
	Evictable int
	// Exposed says which pod on a node of Karpenter's must not be evicted, and would be: Karpenter does not know the wish.
	Exposed *Finding
	// Undisruptable says which pod keeps Karpenter from replacing its node that a drain of ours would leave where it is.
	Undisruptable *Finding
	// ForcedAfter is after how long Karpenter forces pods out of its node; empty: never. Forced is true where it may.
	ForcedAfter string
	Forced      bool
	// Refusal says which pod was refused its eviction last, and by what; empty where none was.
	Refusal string
	// Stranded counts the pods outside the host network that are older than the agent and that a drain leaves in
	// place, such as DaemonSet pods. They need one eviction after the agent was restarted.
	Stranded int
	// Undrainable says which of the pods that have to leave will not be let go (a budget that can't be met,
	// do-not-disrupt), forever or until a time.
	Undrainable *Finding
	// Unrenewable says which pod that a drain leaves on the node keeps it from being renewed in place: one with rules that
	// nobody can renew, or that may not be evicted above the new agent.
	Unrenewable *Finding
	// OldStatic names the kubelet's own pods on a current node that keep the rules from before its agent was restarted.
	OldStatic []string
	// LocalData says which volume is on the node's own disks, so that its data would go with the instance.
	LocalData *Finding
	// Attached names the volumes that are attached to the node and used by no pod that a drain leaves there.
	Attached []string
	// Held says which pod was deleted and is kept by a finalizer.
	Held *Finding
	// FreeSince is when, on a node of Karpenter's, the last wish of a pod not to be disturbed for some time ended, also of one that
	// a drain leaves where it is; zero: there was none.
	FreeSince time.Time
}

// Agent is a Cilium agent pod.
type Agent struct {
	UID types.UID
	// Ready and ReadySince are the pod's Ready condition.
	Ready        bool
	ReadySince   time.Time
	CrashLooping bool
	Deleting     bool
}

// Instance is the EC2 instance behind a node. The zero value means that it is not known.
type Instance struct {
	ID string
	// Group is the Auto Scaling group that AWS names for the instance.
	Group string
	// Zone is the availability zone that AWS names for the instance.
	Zone string
	// Leaving is true once the group has begun to terminate the instance.
	Leaving bool
	// Warm is true while the group keeps the instance in its warm pool: it is no capacity that anybody misses.
	Warm bool
	// WarmRunning is true where it is kept running there, so that its node may have joined and take pods.
	WarmRunning bool
	// From is what it was launched from.
	From Template
}

// Group is an Auto Scaling group.
type Group struct {
	// Desired is the group's desired capacity.
	Desired int
	// Refuses says why the group would not replace an instance that it loses; empty when it would.
	Refuses string
	// Gone is true where AWS no longer has the group, or is deleting it: it replaces nothing, ever.
	Gone bool
	// WarmPool is true where instances may come into service that joined the cluster long before.
	WarmPool bool
	// Launches is all that it launches instances from; empty: not known.
	Launches []Template
	// Subnets and Tags are what the group is proven to be the cluster's by.
	Subnets []string
	Tags    map[string]string
}

// Replacement is an instance that we decided to have replaced. It is in status before the instance is terminated, and
// is cleared once a successor from the same group has proven itself.
type Replacement struct {
	InstanceID string
	Group      string
	Since      time.Time
}

// Finding says what blocks a node, by the rules for pods or by the planner's own.
type Finding = podrules.Finding

// NodePool is a Karpenter NodePool, as far as decisions depend on it.
type NodePool struct {
	UID types.UID
	// Mark is the value of [podrules.NodePoolAnnotation] in its template; empty: none.
	Mark string
	// Refuses says why Karpenter replaces none of its nodes now: its disruption budgets allow nothing, or it is full.
	Refuses *Finding
	// Unmarkable says why no mark must be written any more: somebody else has the annotation, or a node that is not among
	// Nodes has what must not be disturbed. It says nothing of nodes that have drifted from the mark that is there.
	Unmarkable *Finding
	// Progress is the last sign of Karpenter replacing its nodes, or of being allowed to.
	Progress time.Time
}
