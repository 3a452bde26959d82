package rollout

import (
	"encoding/json"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// Annotation is the only mark we leave on a node. Its value is a [Record] as JSON.
const Annotation = "networking.crossvpc.io/rollout"

// Record is what we remember on a node. It is written in the same patch as the cordon that it explains.
type Record struct {
	// Revision is the revision this work is for.
	Revision string `json:"revision"`
	// StartTime is when the node was cordoned; the drain timeout counts from here.
	StartTime time.Time `json:"startTime,omitzero"`
	// Cordoned is true while the cordon on the node is ours. Without it a cordon is somebody else's and stays.
	Cordoned bool `json:"cordoned,omitempty"`
	// AgentOnly is true while the agent alone is restarted, under the pods that are there and without a cordon.
	AgentOnly bool `json:"agentOnly,omitempty"`
	// Shielded is true while the node has our annotation karpenter.sh/do-not-disrupt, without which Karpenter would remove
	// a node that we have just emptied.
	Shielded bool `json:"shielded,omitempty"`
	// ScaleDownDisabled is true while the node has our annotation cluster-autoscaler.kubernetes.io/scale-down-disabled, for
	// the same reason.
	ScaleDownDisabled bool `json:"scaleDownDisabled,omitempty"`
	// Replace is true while the node is emptied for its instance to be replaced.
	Replace bool `json:"replace,omitempty"`
	// Unbalanced is true while the node has our label node.kubernetes.io/exclude-from-external-load-balancers.
	Unbalanced bool `json:"unbalanced,omitempty"`
	// Canary marks the node that tries the revision before it is written for the others.
	Canary bool `json:"canary,omitempty"`
	// ProcessedTime is since when the new value may reach this node. Zero: it is held back.
	ProcessedTime time.Time `json:"processedTime,omitzero"`
	// RestartUID is the agent pod that must go. It is recorded once the configuration selects the node, so any agent
	// with another UID was made after that and has read the new value. UIDs instead of times: no clock is compared.
	RestartUID types.UID `json:"restartUID,omitempty"`
	// Retried is when the agent was restarted once more because somebody asked for it; its deadline counts from here.
	Retried time.Time `json:"retried,omitzero"`
	// Failed says why the revision was withdrawn from this node.
	Failed string `json:"failed,omitempty"`
	// SuccessorOf is the instance that this node replaced, so that no node is counted as two successors.
	SuccessorOf string `json:"successorOf,omitempty"`
	// Attempts, RetryAfter, Reason and Message describe a node that was uncordoned again and when it is tried again.
	Attempts   int       `json:"attempts,omitempty"`
	RetryAfter time.Time `json:"retryAfter,omitzero"`
	Reason     string    `json:"reason,omitempty"`
	Message    string    `json:"message,omitempty"`
}

// ParseRecord reads the value of [Annotation]. An unreadable value is an error; treat the node as having no record, so
// that a cordon on it counts as somebody else's.
func ParseRecord(value string) (*Record, error) {
	record := &Record{}
	if err := json.Unmarshal([]byte(value), record); err != nil {
		return nil, fmt.Errorf("parsing annotation %s: %w", Annotation, err)
	}
	if record.Revision == "" {
		return nil, fmt.Errorf("parsing annotation %s: revision is empty", Annotation)
	}
	return record, nil
}

// Encode returns the value for [Annotation]. It fails only for times that JSON cannot hold (years beyond 9999).
func (r Record) Encode() (string, error) {
	encoded, err := json.Marshal(r)
	if err != nil {
		return "", fmt.Errorf("encoding annotation %s: %w", Annotation, err)
	}
	return string(encoded), nil
}

// Processed reports whether the value of the record's revision may reach the node.
func (r *Record) Processed() bool {
	return r != nil && !r.ProcessedTime.IsZero()
}

// since is when the node was last set to work on; its deadline counts from here.
func (r *Record) since() time.Time {
	if r.Retried.After(r.ProcessedTime) {
		return r.Retried
	}
	return r.ProcessedTime
}

// workedOn is since, or when the node's drain began.
func (r *Record) workedOn() time.Time {
	if r.Processed() {
		return r.since()
	}
	return r.StartTime
}

func (r *Record) processedFor(revision string) bool {
	return r.Processed() && r.Revision == revision
}

// Held reports whether work of ours on the node has yet to be brought to an end.
func (r *Record) Held() bool {
	return r != nil && (r.Cordoned || r.AgentOnly)
}

// HasShield reports whether the node's annotation against disruption by Karpenter is ours.
func (r *Record) HasShield() bool {
	return r != nil && r.Shielded
}

// CordonedSince is when we cordoned the node; the zero time where no cordon of ours is on it.
func (r *Record) CordonedSince() time.Time {
	if r == nil || !r.Cordoned {
		return time.Time{}
	}
	return r.StartTime
}

// replaces reports whether the node is emptied for its instance to be replaced.
func (r *Record) replaces() bool { return r != nil && r.Cordoned && r.Replace }
