package e2e

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	auditv1 "k8s.io/apiserver/pkg/apis/audit/v1"

	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/rollout"
	"github.com/crossvpc/crossvpc/test/e2e/rig"
	"github.com/crossvpc/crossvpc/test/scene"
)

// operators are the users that the manager is in the API servers' audit logs: its service account, and the session of its
// role where it comes by an access entry.
var operators = []string{
	"system:serviceaccount:" + rig.SystemNamespace + ":" + rig.ServiceAccount,
	"arn:aws:sts::" + scene.AccepterAccount + ":assumed-role/crossvpc/crossvpc-" + rig.InstallationID + "-us",
	"arn:aws:sts::" + scene.AccepterAccount + ":assumed-role/crossvpc/crossvpc-us", // of managers before the installation was in it
}

func isOperator(e auditv1.Event) bool { return slices.Contains(operators, e.User.Username) }

// events are all requests to a side's API server, in the order in which they came in: what somebody acted upon then
// comes before the act.
func events(t *testing.T, side *rig.Side) []auditv1.Event {
	t.Helper()
	all, err := side.Cluster.Audit()
	if err != nil {
		t.Fatal(err)
	}
	slices.SortStableFunc(all, func(a, b auditv1.Event) int {
		return a.RequestReceivedTimestamp.Compare(b.RequestReceivedTimestamp.Time)
	})
	return all
}

func ownEvents(t *testing.T, side *rig.Side) []auditv1.Event {
	t.Helper()
	return slices.DeleteFunc(events(t, side), func(e auditv1.Event) bool { return !isOperator(e) })
}

// ownEventsSince are those that came in from that time on, by the clock that the API servers of this machine share with the
// test. An index would not do: a request that takes long is written down late, and moves those behind it.
func ownEventsSince(t *testing.T, side *rig.Side, since time.Time) []auditv1.Event {
	t.Helper()
	return cameIn(ownEvents(t, side), since)
}

func cameIn(list []auditv1.Event, since time.Time) []auditv1.Event {
	return slices.DeleteFunc(list, func(e auditv1.Event) bool { return e.RequestReceivedTimestamp.Time.Before(since) })
}

func TestARequestThatIsWrittenDownLateMovesNoOther(t *testing.T) {
	t.Parallel()
	began := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	event := func(uri string, seconds int) auditv1.Event {
		return auditv1.Event{RequestURI: uri, RequestReceivedTimestamp: metav1.NewMicroTime(began.Add(time.Duration(seconds) * time.Second))}
	}
	since := began.Add(10 * time.Second)
	for name, list := range map[string][]auditv1.Event{
		"seen at the mark":      {event("/before", 9), event("/at", 10), event("/after", 11)},
		"and one written later": {event("/late", 5), event("/before", 9), event("/at", 10), event("/after", 11)},
	} {
		if got := cameIn(list, since); len(got) != 2 || got[0].RequestURI != "/at" || got[1].RequestURI != "/after" {
			t.Errorf("%s: %d came in since", name, len(got))
		}
	}
}

func isRead(verb string) bool { return slices.Contains([]string{"get", "list", "watch"}, verb) }

func succeeded(e auditv1.Event) bool { return e.ResponseStatus != nil && e.ResponseStatus.Code < 300 }

func resource(e auditv1.Event) string {
	if e.ObjectRef == nil {
		return ""
	}
	if e.ObjectRef.Subresource != "" {
		return e.ObjectRef.Resource + "/" + e.ObjectRef.Subresource
	}
	return e.ObjectRef.Resource
}

// history is a cluster as its audit log tells it.
type history struct {
	nodes   map[string]*nodeState
	configs map[string]nodeConfig
}

type nodeState struct {
	labels   map[string]string
	ready    bool
	cordoned bool
	born     int // index of the event
	// had are the revisions that it was emptied for, except those that were withdrawn.
	had map[string]bool
}

type nodeConfig struct {
	own      bool
	revision string
	selector *metav1.LabelSelector
	written  int // index of the event that made it first
}

func newHistory() *history {
	return &history{nodes: map[string]*nodeState{}, configs: map[string]nodeConfig{}}
}

// apply takes one event in, and reports whether it changed anything here.
func (h *history) apply(t *testing.T, index int, e auditv1.Event) bool {
	t.Helper()
	if isRead(e.Verb) || !succeeded(e) || e.ObjectRef == nil {
		return false
	}
	switch resource(e) {
	case "nodes", "nodes/status":
		return h.node(t, index, e)
	case "ciliumnodeconfigs":
		return h.config(t, index, e)
	default:
		return false
	}
}

// change is what a body says of a node, whole or patch.
type change struct {
	Metadata struct {
		Name        string             `json:"name"`
		Labels      map[string]*string `json:"labels"`
		Annotations map[string]*string `json:"annotations"`
	} `json:"metadata"`
	Spec   map[string]any `json:"spec"`
	Status struct {
		Conditions []corev1.NodeCondition `json:"conditions"`
	} `json:"status"`
}

func body(t *testing.T, e auditv1.Event, into any) bool {
	t.Helper()
	if e.RequestObject == nil {
		return false
	}
	// A JSON patch is a list, and nobody here writes nodes by one.
	if err := json.Unmarshal(e.RequestObject.Raw, into); err != nil {
		t.Logf("a body of %s %s that can't be read: %v: %.200s", e.Verb, e.RequestURI, err, e.RequestObject.Raw)
		return false
	}
	return true
}

func (h *history) node(t *testing.T, index int, e auditv1.Event) bool {
	t.Helper()
	name := e.ObjectRef.Name
	if e.Verb == "delete" {
		delete(h.nodes, name)
		return true
	}
	var c change
	if !body(t, e, &c) {
		return false
	}
	if e.Verb == "create" {
		name = c.Metadata.Name
		h.nodes[name] = &nodeState{labels: map[string]string{}, had: map[string]bool{}, born: index}
	}
	node := h.nodes[name]
	if node == nil {
		return false
	}
	node.take(c, e)
	return true
}

func (n *nodeState) take(c change, e auditv1.Event) {
	for key, value := range c.Metadata.Labels {
		if value != nil {
			n.labels[key] = *value
		}
	}
	if value, told := c.Metadata.Annotations[rollout.Annotation]; told {
		n.mark(value)
	}
	unschedulable, told := c.Spec["unschedulable"]
	if e.ObjectRef.Subresource == "" && (told || e.Verb == "update") {
		n.cordoned = unschedulable == true
	}
	for _, condition := range c.Status.Conditions {
		if condition.Type == corev1.NodeReady && (e.ObjectRef.Subresource == "status" || e.Verb == "create") {
			n.ready = condition.Status == corev1.ConditionTrue
		}
	}
}

func (n *nodeState) mark(value *string) {
	if value == nil {
		return
	}
	record, err := rollout.ParseRecord(*value)
	switch {
	case err != nil:
	case record.Failed != "":
		delete(n.had, record.Revision)
	case record.Processed():
		n.had[record.Revision] = true
	}
}

func (h *history) available() int {
	count := 0
	for _, node := range h.nodes {
		if node.ready && !node.cordoned {
			count++
		}
	}
	return count
}

func (h *history) config(t *testing.T, index int, e auditv1.Event) bool {
	t.Helper()
	if e.Verb == "delete" {
		delete(h.configs, e.ObjectRef.Name)
		return true
	}
	var object struct {
		Metadata metav1.ObjectMeta `json:"metadata"`
		Spec     struct {
			NodeSelector *metav1.LabelSelector `json:"nodeSelector"`
		} `json:"spec"`
	}
	if !body(t, e, &object) {
		return false
	}
	name := object.Metadata.Name
	written := index
	if before, known := h.configs[name]; known {
		written = before.written
	}
	h.configs[name] = nodeConfig{
		own: isOperator(e), revision: object.Metadata.Labels[cilium.LabelRevision],
		selector: object.Spec.NodeSelector, written: written,
	}
	return true
}
