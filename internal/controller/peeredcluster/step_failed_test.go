package peeredcluster

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/smithy-go"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium/backend"
	"github.com/crossvpc/crossvpc/internal/rollout"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// forbid has the API server refuse what a rule matches, until the returned function is called.
func (w *world) forbid(what, message string, operation admissionv1.OperationType) (allow func()) {
	w.t.Helper()
	name := "no-" + strings.ReplaceAll(what, "/", "-")
	policy := &admissionv1.ValidatingAdmissionPolicy{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: admissionv1.ValidatingAdmissionPolicySpec{
		MatchConstraints: &admissionv1.MatchResources{ResourceRules: []admissionv1.NamedRuleWithOperations{{RuleWithOperations: admissionv1.RuleWithOperations{
			Operations: []admissionv1.OperationType{operation},
			Rule:       admissionv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{what}},
		}}}},
		Validations: []admissionv1.Validation{{Expression: "false", Message: message}},
	}}
	binding := &admissionv1.ValidatingAdmissionPolicyBinding{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: admissionv1.ValidatingAdmissionPolicyBindingSpec{
		PolicyName: name, ValidationActions: []admissionv1.ValidationAction{admissionv1.Deny},
	}}
	w.create(policy)
	w.create(binding)
	w.t.Cleanup(func() { _ = w.kube.Delete(w.t.Context(), policy) })
	return func() {
		w.delete(binding)
		w.delete(policy)
	}
}

// untilRefused waits until a policy that was just made, or unmade, is in force.
func (w *world) untilRefused(wanted bool, try func() error) {
	w.t.Helper()
	eventually(w.t, "the policy", func() error {
		if err := try(); (err != nil) != wanted {
			return fmt.Errorf("refused: %w", errors.Join(err, errors.New("not as it should be")))
		}
		return nil
	})
}

// touchesNode tries whether nodes may be changed.
func (w *world) touchesNode() error {
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "a"}}
	return w.kube.Patch(w.t.Context(), node, client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"labels":{"touched":"yes"}}}`)), client.DryRunAll)
}

func TestAStepThatIsRefusedIsInStatusAndGoneThroughWithOnceItIsNot(t *testing.T) {
	w := incident(t, "1.18.0", nil)
	allow := w.forbid("nodes", "nodes belong to the platform team", admissionv1.Update)
	w.untilRefused(true, w.touchesNode)
	w.reason(v1alpha1.ConditionNodesUpToDate, v1alpha1.ReasonForbidden, "Cordon ", "nodes belong to the platform team", "crossvpc retries the step")
	w.reason(v1alpha1.ConditionStalled, v1alpha1.ReasonForbidden)
	w.expectUntouched()
	allow()
	w.untilRefused(false, w.touchesNode)
	w.ready()
}

func TestAnEvictionThatAPolicyRefusesIsNamedWhileItLastsAndAfterwards(t *testing.T) {
	w := incident(t, "1.18.0", func(spec *v1alpha1.PeeredClusterSpec) { spec.Rollout.DrainTimeoutSeconds = 30 })
	allow := w.forbid("pods/eviction", "the database is being moved", admissionv1.Create)
	w.until("held up", func(object *v1alpha1.PeeredCluster) bool {
		return strings.Contains(sentences(object), "cannot be drained yet: pod default/web-") && strings.Contains(sentences(object), "the database is being moved")
	})
	object := w.until("given back", func(object *v1alpha1.PeeredCluster) bool { return len(object.Status.BlockedNodes) > 0 })
	blocked := object.Status.BlockedNodes[0]
	if blocked.Reason != rollout.BlockedDrainTimeout || !strings.Contains(blocked.Message, "The last refused eviction: pod default/web-") {
		t.Errorf("blocked: %+v", blocked)
	}
	allow()
	w.ready()
}

// TestAPodThatTheCordonDoesNotKeepAwayHoldsNoNodeUp has one that comes back however often it is evicted.
func TestAPodThatTheCordonDoesNotKeepAwayHoldsNoNodeUp(t *testing.T) {
	w := incident(t, "1.18.0", nil)
	w.until("cordoned", w.isCordoned)
	node, came := w.cordoned()[0], 0
	w.until("given its value", func(*v1alpha1.PeeredCluster) bool {
		held := slices.Contains(w.cordoned(), node)
		if held && len(w.podsOn(node)) == 0 {
			w.clock.advance(2 * time.Second)
			w.addPod(fmt.Sprintf("operator-%d", came), node, corev1.Toleration{Operator: corev1.TolerationOpExists})
			came++
		}
		return !held
	})
	if came != 2 { // once after the drain, and once after the one eviction above the new agent
		t.Errorf("it was evicted %d times", came)
	}
	w.ready()
}

func TestAFailedStepNeedsAPersonOrClearsByItself(t *testing.T) {
	call := func(code string) error {
		return &smithy.OperationError{ServiceID: "Auto Scaling", OperationName: "TerminateInstanceInAutoScalingGroup", Err: &smithy.GenericAPIError{Code: code, Message: "m"}}
	}
	for name, c := range map[string]struct {
		err      error
		progress verdict.Progress
		reason   string
	}{
		"AWS denies it":          {call("AccessDenied"), verdict.Stalled, v1alpha1.ReasonPermissionDenied},
		"AWS throttles":          {call("Throttling"), verdict.Wait, v1alpha1.ReasonAWSError},
		"a name is taken":        {fmt.Errorf("CiliumNodeConfig x %w", backend.ErrTaken), verdict.Stalled, v1alpha1.ReasonManagedElsewhere},
		"anything else may pass": {errors.New("connection reset"), verdict.Wait, v1alpha1.ReasonProgressing},
	} {
		t.Run(name, func(t *testing.T) {
			if progress, reason := judgeStepFailure(fmt.Errorf("Terminate n1: %w", c.err)); progress != c.progress || reason != c.reason {
				t.Errorf("%s %s, want %s %s", progress, reason, c.progress, c.reason)
			}
		})
	}
	if got := stepFailure(fmt.Errorf("TerminateInstance n1 i-1: %w", call("AccessDenied"))); !strings.HasPrefix(got, "TerminateInstance n1 i-1: ") || !strings.Contains(got, "autoscaling:TerminateInstanceInAutoScalingGroup") {
		t.Errorf("says %q", got)
	}
}

func TestARightThatAStepLacksIsSaidWithItsRemedy(t *testing.T) {
	n, found := &nodeRollout{configuration: &configuration{valueHistory: valueHistory{subject: &subject{}}}}, &findings{}
	if err := n.stepFailed(fmt.Errorf("MarkNodePool default: %w", forbidden("nodepools.karpenter.sh")), found); err != nil {
		t.Fatal(err)
	}
	if found.nodes.Reason != v1alpha1.ReasonForbidden || !strings.Contains(found.nodes.Message, "nodepools.karpenter.sh") || !strings.Contains(found.nodes.Message, tellsRole) {
		t.Errorf("%s: %s", found.nodes.Reason, found.nodes.Message)
	}
}

// TestADaemonSetsPodThatMayNotBeEvictedIsFoundBeforeTheFirstCordon: it has to go once the agent above it is new.
func TestADaemonSetsPodThatMayNotBeEvictedIsFoundBeforeTheFirstCordon(t *testing.T) {
	w := incident(t, "1.18.0", nil)
	for _, node := range []string{"a", "b", "c"} {
		w.runPod(&corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "log-" + node, Annotations: map[string]string{"karpenter.sh/do-not-disrupt": "true"},
				OwnerReferences: []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "DaemonSet", Name: "log", UID: "log", Controller: new(true)}}},
			Spec: corev1.PodSpec{NodeName: node, Containers: []corev1.Container{{Name: "main", Image: "app"}}},
		}, "main")
	}
	w.reason(v1alpha1.ConditionNodesUpToDate, v1alpha1.ReasonBlocked, "Pod default/log-a", "do-not-disrupt")
	w.expectUntouched()
}
