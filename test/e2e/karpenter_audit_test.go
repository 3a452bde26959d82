package e2e

import (
	"slices"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	auditv1 "k8s.io/apiserver/pkg/apis/audit/v1"

	"github.com/crossvpc/crossvpc/test/e2e/rig"
	"github.com/crossvpc/crossvpc/test/karpenter"
)

// expectKarpentersRules replays the audit log: never more NodeClaims of a NodePool were disrupted at once than its budget
// allows, pods went by eviction only, which asks the PodDisruptionBudgets, and the operator had the rights that it
// needed, all of them.
func expectKarpentersRules(t *testing.T, r *rig.Rig) {
	t.Helper()
	disrupted, worst, evictions := map[string]string{}, map[string]int{}, 0
	used := map[string]bool{}
	for _, e := range events(t, r.EU) {
		switch {
		case isOperator(e):
			expectAllowed(t, e, used)
		case e.User.Username != karpenter.User || !succeeded(e):
		case resource(e) == "nodeclaims/status":
			followDisruption(t, e, disrupted, worst)
		case resource(e) == "pods/eviction":
			evictions++
		case resource(e) == "pods" && (e.Verb == "delete" || e.Verb == "deletecollection"):
			t.Errorf("N2: Karpenter deleted a pod: %s", e.RequestURI)
		}
	}
	for pool, most := range worst {
		if most > mostDisrupted {
			t.Errorf("%d nodes of NodePool %s were disrupted at once, its budget is %d", most, pool, mostDisrupted)
		}
	}
	if worst["apps"] == 0 || evictions == 0 {
		t.Errorf("Karpenter disrupted nothing: %v, %d evictions", worst, evictions)
	}
	for _, grant := range []string{"watch nodepools", "patch nodepools", "watch nodeclaims"} {
		if !used[grant] {
			t.Errorf("config/ grants %s, which nothing uses", grant)
		}
	}
	t.Logf("Karpenter: at most %v nodes disrupted at once, %d evictions", worst, evictions)
}

func expectAllowed(t *testing.T, e auditv1.Event, used map[string]bool) {
	t.Helper()
	used[e.Verb+" "+resource(e)] = true
	if e.ResponseStatus != nil && e.ResponseStatus.Code == 403 {
		t.Errorf("denied: %s %s: %s", e.Verb, e.RequestURI, e.ResponseStatus.Message)
	}
}

// followDisruption: Karpenter writes why it disrupts a NodeClaim, and that its instance is terminating, from when on its
// budgets do not count it (BuildDisruptionBudgetMapping in pkg/controllers/disruption/helpers.go).
func followDisruption(t *testing.T, e auditv1.Event, disrupted map[string]string, worst map[string]int) {
	t.Helper()
	var claim struct {
		Status struct {
			Conditions []metav1.Condition `json:"conditions"`
		} `json:"status"`
	}
	if !body(t, e, &claim) || len(claim.Status.Conditions) == 0 {
		return
	}
	is := func(kind string) bool {
		return slices.ContainsFunc(claim.Status.Conditions, func(c metav1.Condition) bool { return c.Type == kind && c.Status == metav1.ConditionTrue })
	}
	name := e.ObjectRef.Name
	delete(disrupted, name)
	if is("DisruptionReason") && !is("InstanceTerminating") {
		disrupted[name] = name[:max(0, len(name)-6)] // NAME-xxxxx
	}
	count := map[string]int{}
	for _, pool := range disrupted {
		count[pool]++
	}
	for pool, n := range count {
		worst[pool] = max(worst[pool], n)
	}
}
