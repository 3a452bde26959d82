package e2e

import (
	"strings"
	"testing"

	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	auditv1 "k8s.io/apiserver/pkg/apis/audit/v1"

	"github.com/crossvpc/crossvpc/test/e2e/rig"
)

// expectInvariants replays a side's audit log: N1 with a budget (negative: somebody else disturbed nodes too, so the
// count says nothing), N2 and C6.
func expectInvariants(t *testing.T, side *rig.Side, budget int) {
	t.Helper()
	h, full := newHistory(), false
	worst, evictions, cordons := 0, 0, 0
	for index, e := range events(t, side) {
		expectN2(t, side, e)
		if isOperator(e) && resource(e) == "pods/eviction" && succeeded(e) {
			evictions++
		}
		before := cordoned(h)
		if !h.apply(t, index, e) {
			continue
		}
		cordons += max(0, cordoned(h)-before)
		full = full || h.available() >= side.Size
		if missing := side.Size - h.available(); full && missing > worst {
			worst = missing
			if budget >= 0 && worst > budget {
				t.Errorf("N1: %s: %d nodes are absent, not Ready or cordoned after %s %s by %s", side.Name, worst, e.Verb, e.RequestURI, e.User.Username)
			}
		}
		// An edit by somebody else is theirs, until it is put right.
		if resource(e) == "ciliumnodeconfigs" && isOperator(e) {
			expectC6(t, side, h, e)
		}
	}
	if !full {
		t.Errorf("%s: its %d nodes are not in the audit log", side.Name, side.Size)
	}
	t.Logf("%s: %d cordons, %d evictions; at most %d of %d nodes were unavailable at once", side.Name, cordons, evictions, worst, side.Size)
}

func cordoned(h *history) int {
	count := 0
	for _, node := range h.nodes {
		if node.cordoned {
			count++
		}
	}
	return count
}

// expectN2: evictions with the pod's UID, deletion of agents' pods with theirs, and never of a node.
func expectN2(t *testing.T, side *rig.Side, e auditv1.Event) {
	t.Helper()
	// A manager that is killed while it asks leaves a request whose body was never read, and that did nothing.
	cutOff := e.RequestObject == nil && !succeeded(e)
	if !isOperator(e) || isRead(e.Verb) || cutOff {
		return
	}
	switch what := e.Verb + " " + resource(e); what {
	case "delete nodes", "deletecollection nodes", "deletecollection pods":
		t.Errorf("N2: %s: %s %s", side.Name, what, e.RequestURI)
	case "delete pods":
		var options metav1.DeleteOptions
		agent := e.ObjectRef.Namespace == "kube-system" && strings.HasPrefix(e.ObjectRef.Name, "cilium-")
		if !agent || !body(t, e, &options) || !preconditioned(&options) || options.GracePeriodSeconds != nil {
			t.Errorf("N2: %s: %s deleted, body %s", side.Name, e.RequestURI, raw(e))
		}
	case "create pods/eviction":
		var eviction policyv1.Eviction
		if !body(t, e, &eviction) || !preconditioned(eviction.DeleteOptions) {
			t.Errorf("N2: %s: an eviction without UID: %s %s", side.Name, e.RequestURI, raw(e))
		}
	}
}

func preconditioned(options *metav1.DeleteOptions) bool {
	return options != nil && options.Preconditions != nil && options.Preconditions.UID != nil
}

func raw(e auditv1.Event) string {
	if e.RequestObject == nil {
		return "none"
	}
	return string(e.RequestObject.Raw)
}

// expectC6: once a value is written, every node from before it is held back until it is processed.
func expectC6(t *testing.T, side *rig.Side, h *history, e auditv1.Event) {
	t.Helper()
	for name, config := range h.configs {
		selector, err := metav1.LabelSelectorAsSelector(config.selector)
		if err != nil || !config.own {
			continue
		}
		for node, state := range h.nodes {
			if state.born < config.written && selector.Matches(labels.Set(state.labels)) && !state.had[config.revision] {
				state.had[config.revision] = true // told once
				t.Errorf("C6: %s: %s reaches node %s, which was not processed, after %s %s by %s", side.Name, name, node, e.Verb, e.RequestURI, e.User.Username)
			}
		}
	}
}
