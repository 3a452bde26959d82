package rollout

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/types"

	"github.com/crossvpc/crossvpc/internal/cilium"
)

// StepKind says what a step does. Each is safe to repeat.
type StepKind string

const (
	// StepCordon makes the node unschedulable and writes Record, in one patch with an optimistic lock.
	StepCordon StepKind = "Cordon"
	// StepBegin writes Record: the agent is about to be restarted under the pods that are there, without a cordon.
	StepBegin StepKind = "Begin"
	// StepEvictPods requests eviction of the pods a drain removes. Refusals by a budget are no failure.
	StepEvictPods StepKind = "EvictPods"
	// StepEvictStranded requests eviction of every pod outside the host network that is older than the agent, DaemonSet
	// pods too: they come back on the same node, this time with the new routes.
	StepEvictStranded StepKind = "EvictStranded"
	// StepMarkProcessed writes Record: from here on the node's own value may change.
	StepMarkProcessed StepKind = "MarkProcessed"
	// StepMarkRestart writes Record, naming the agent pod that is about to be deleted.
	StepMarkRestart StepKind = "MarkRestart"
	// StepRestartAgent deletes the agent pod with AgentUID; its DaemonSet recreates it. A pod that is gone or has
	// another UID is left alone.
	StepRestartAgent StepKind = "RestartAgent"
	// StepMarkFailed writes Record: the value is withdrawn from this node.
	StepMarkFailed StepKind = "MarkFailed"
	// StepMarkSuccessor writes Record: this node replaced an instance.
	StepMarkSuccessor StepKind = "MarkSuccessor"
	// StepUncordon lifts our cordon and writes Record (nil removes the annotation), in one patch.
	StepUncordon StepKind = "Uncordon"
	// StepFinish writes Record (nil removes the annotation): work on a node that was not cordoned is at its end.
	StepFinish StepKind = "Finish"
	// StepForget removes Record: what failed is tried again, because somebody asked for it.
	StepForget StepKind = "Forget"
	// StepRecordReplacement adds the instance to status; nothing after it is done before that is stored.
	StepRecordReplacement StepKind = "RecordReplacement"
	// StepTerminateInstance has the Auto Scaling group terminate the instance and launch another.
	StepTerminateInstance StepKind = "TerminateInstance"
	// StepClearReplacement removes the instance from status.
	StepClearReplacement StepKind = "ClearReplacement"
	// StepWriteCanaryConfig writes Selection: the canary alone gets the value.
	StepWriteCanaryConfig StepKind = "WriteCanaryConfig"
	// StepReleaseForAll writes Selection: every node gets the value but those held back.
	StepReleaseForAll StepKind = "ReleaseForAll"
	// StepUpdateHoldBack writes Selection: the list of those held back changed.
	StepUpdateHoldBack StepKind = "UpdateHoldBack"
	// StepRevertCanary removes the configuration that only a canary gets.
	StepRevertCanary StepKind = "RevertCanary"
)

// Step is one act. Only the fields that its kind names are set.
type Step struct {
	Kind    StepKind
	Node    string
	NodeUID types.UID
	Record  *Record
	// AgentUID is the agent pod to delete.
	AgentUID types.UID
	// Selection is the configuration to have.
	Selection   *RevisionSelection
	Replacement *Replacement
	// NodePool is the Karpenter NodePool to mark, and Mark with what.
	NodePool    string
	NodePoolUID types.UID
	Mark        string
	// Why is a clause for events and logs.
	Why string
}

// String is one line, without times, for logs and golden files.
func (s Step) String() string {
	parts := []string{string(s.Kind)}
	if s.Node != "" {
		parts = append(parts, s.Node)
	}
	if s.NodePool != "" {
		parts = append(parts, s.NodePool, "with", s.Mark)
	}
	if s.Replacement != nil {
		parts = append(parts, fmt.Sprintf("%s of %s", s.Replacement.InstanceID, s.Replacement.Group))
	}
	if s.Selection != nil && s.Selection.Mode != cilium.SelectNone {
		parts = append(parts, fmt.Sprintf("%s %v", s.Selection.Mode, s.Selection.Hostnames))
	}
	if s.Why != "" {
		parts = append(parts, "("+s.Why+")")
	}
	return strings.Join(parts, " ")
}
