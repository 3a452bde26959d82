package driver

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

// slowly keeps an evicted pod terminating for a while, so that a second reconciliation meets it, and its successor from being
// Ready for as long: longer than a machine stands still between the two.
var slowly = map[string]string{"pod-delete.stage.kwok.x-k8s.io/delay": "15s", "pod-ready.stage.kwok.x-k8s.io/delay": "15s"}

func TestN2ADrainGoesOnlyAsFastAsTheBudgetAllowsAndEndsEmpty(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	node := s.node()
	s.deploy("web", 3, slowly)
	s.protect("web", "web", 2)
	s.node()
	s.cordon(node)

	want := Evictions{Accepted: 1, Refused: 2}
	got := s.evict(s.on(node.Name))
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Evictions{}, "Refusal")); diff != "" {
		t.Errorf("first pass (-want +got):\n%s", diff)
	}
	if !strings.Contains(got.Refusal, s.namespace+"/web-") || !strings.Contains(got.Refusal, "disruption budget web needs 2 healthy pods") {
		t.Errorf("refusal %q names no pod and budget", got.Refusal)
	}
	if got := s.evict(s.on(node.Name)); got.Pending != 1 || got.Refused != 2 {
		t.Errorf("second pass: %+v, want the first not to be asked again", got)
	}
	s.eventually("the node to be empty", func() bool {
		s.evict(s.on(node.Name))
		return len(s.on(node.Name)) == 0
	})
}

func TestN2APodThatAsksNotToBeDisturbedIsNotAsked(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	node := s.node()
	s.deploy("kept", 1, map[string]string{podrules.DoNotDisrupt: "true"})
	s.deploy("unsafe", 1, map[string]string{"cluster-autoscaler.kubernetes.io/safe-to-evict": "false"})
	bare := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: "bare"}, Spec: s.template("bare", nil).Spec}
	s.create(bare)
	s.eventually("the bare pod to be bound", func() bool { return len(s.on(node.Name)) == 3 })

	if got := s.evict(s.on(node.Name)); got.Blocked != 3 || got.Accepted != 0 {
		t.Errorf("%+v, want 3 blocked", got)
	}
	for _, pod := range s.on(node.Name) {
		if pod.DeletionTimestamp != nil {
			t.Errorf("pod %s was told to go", pod.Name)
		}
	}
}

func TestN2ANamesakeThatCameSinceIsNotEvicted(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	node := s.node()
	s.deploy("web", 1, nil)
	pod := s.on(node.Name)[0]
	former := pod.DeepCopy()
	former.UID = "00000000-0000-0000-0000-000000000000"

	if got := s.evict([]*corev1.Pod{former}); got.Accepted != 1 {
		t.Errorf("%+v, want the former pod to count as gone", got)
	}
	if s.read(pod); pod.DeletionTimestamp != nil {
		t.Error("the namesake was told to go")
	}
	former.Name = "gone"
	if got := s.evict([]*corev1.Pod{former}); got.Accepted != 1 {
		t.Errorf("%+v, want a pod that is gone to count as such", got)
	}
}

func TestAPodWithTwoBudgetsIsRefusedAndFoundBefore(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	node := s.node()
	s.deploy("web", 1, nil)
	budgets := []policyv1.PodDisruptionBudget{*s.protect("web", "one", 0), *s.protect("web", "two", 0)}
	pod := s.on(node.Name)[0]

	if got := s.evict([]*corev1.Pod{pod}); got.Refused != 1 || !strings.Contains(got.Refusal, "more than one PodDisruptionBudget") {
		t.Errorf("%+v, want it refused because of its budgets", got)
	}
	if finding := podrules.IndexBudgets(budgets).Deadlock(pod); finding == nil || finding.Reason != podrules.ReasonSeveralBudgets {
		t.Errorf("Deadlock = %v, want %s", finding, podrules.ReasonSeveralBudgets)
	}
}

func TestABudgetThatCanNeverAllowIsFoundInWhatTheDisruptionControllerJudged(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	node := s.node()
	s.deploy("single", 1, nil)
	s.deploy("spare", 2, nil)
	budgets := []policyv1.PodDisruptionBudget{*s.protect("single", "single", 1), *s.protect("spare", "spare", 1)}
	found := map[string]string{}
	for _, pod := range s.on(node.Name) {
		if finding := podrules.IndexBudgets(budgets).Deadlock(pod); finding != nil {
			found[pod.Labels["app"]] = finding.Reason
		}
	}
	if diff := cmp.Diff(map[string]string{"single": podrules.ReasonBudgetNeverAllows}, found); diff != "" {
		t.Errorf("deadlocks (-want +got):\n%s", diff)
	}
}

func TestAMissingRightIsAnErrorThatNamesThePod(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	node := s.node()
	s.deploy("web", 1, nil)
	kubeconfig, err := s.cluster.UserKubeconfig("nobody")
	if err != nil {
		t.Fatal(err)
	}
	config, err := clientcmd.RESTConfigFromKubeConfig(kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	// The mapper is the admin's: nobody may not even discover.
	kube, err := client.New(config, client.Options{Mapper: s.RESTMapper()})
	if err != nil {
		t.Fatal(err)
	}
	pods := s.on(node.Name)
	if _, err := Evict(t.Context(), kube, &EvictionSerializer{}, pods, time.Now()); !apierrors.IsForbidden(err) || !strings.Contains(err.Error(), pods[0].Name) {
		t.Errorf("error %v, want Forbidden with the pod's name", err)
	}
}

// TestABudgetThatIsNotJudgedYetBlocksNobody answers as kube-apiserver does for a budget that the disruption controller
// has not seen: with a Retry-After, which client-go would wait for.
func TestABudgetThatIsNotJudgedYetBlocksNobody(t *testing.T) {
	t.Parallel()
	kube := answering(t, http.StatusTooManyRequests, http.Header{"Retry-After": {"600"}}, `{"kind":"Status","apiVersion":"v1","status":"Failure",
		"message":"Cannot evict pod as it would violate the pod's disruption budget.","reason":"TooManyRequests","code":429,"details":{"retryAfterSeconds":600,
		"causes":[{"reason":"DisruptionBudget","message":"The disruption budget web is still being processed by the server."}]}}`)
	start := time.Now()
	got, err := Evict(t.Context(), kube, &EvictionSerializer{}, []*corev1.Pod{owned("a"), owned("b")}, time.Now())
	if err != nil || got.Refused != 1 || got.Accepted != 0 {
		t.Errorf("%+v, %v, want one refused and the other left for the next pass", got, err)
	}
	if took := time.Since(start); took > 10*longestAnswer { // or it waits for as long as it was told to
		t.Errorf("one pass took %s, want about %s", took, longestAnswer)
	}
}

func TestAServerThatAsksForLessTrafficIsNoRefusal(t *testing.T) {
	t.Parallel()
	kube := answering(t, http.StatusTooManyRequests, nil, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"TooManyRequests","code":429}`)
	if got, err := Evict(t.Context(), kube, &EvictionSerializer{}, []*corev1.Pod{owned("a")}, time.Now()); !apierrors.IsTooManyRequests(err) {
		t.Errorf("%+v, %v, want the error", got, err)
	}
}

func TestAPassEndsWithItsContext(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Evict(ctx, s, &EvictionSerializer{}, []*corev1.Pod{owned("a")}, time.Now()); !errors.Is(err, ctx.Err()) {
		t.Errorf("error %v, want %v", err, ctx.Err())
	}
}

// TestAnEvictionThatWasBegunIsNotCutOff, for its budget could be held back for two minutes; no other is begun.
func TestAnEvictionThatWasBegunIsNotCutOff(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	kube := served(t, func(w http.ResponseWriter) {
		stop()
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write([]byte(`{"kind":"Status","apiVersion":"v1","status":"Success"}`))
	})
	got, err := Evict(ctx, kube, &EvictionSerializer{}, []*corev1.Pod{owned("a"), owned("b")}, time.Now())
	if got.Accepted != 1 || !errors.Is(err, context.Canceled) {
		t.Errorf("%+v, %v, want one accepted, and that the pass was ended", got, err)
	}
}

func TestOnePassAsksABoundedNumber(t *testing.T) {
	t.Parallel()
	kube := answering(t, http.StatusCreated, nil, `{"kind":"Status","apiVersion":"v1","status":"Success"}`)
	var pods []*corev1.Pod
	for range 2 * mostEvictions {
		leaving := owned("leaving")
		leaving.DeletionTimestamp = &metav1.Time{Time: time.Unix(0, 0)}
		pods = append(pods, leaving, owned("staying"))
	}
	// Pods that are told already come first by name, and must not use up the reconciliation.
	if got, err := Evict(t.Context(), kube, &EvictionSerializer{}, pods, time.Now()); err != nil || got.Accepted != mostEvictions || got.Pending != 2*mostEvictions {
		t.Errorf("%+v, %v, want %d accepted and %d pending", got, err, mostEvictions, 2*mostEvictions)
	}
}

// answering is a client of a server that gives every eviction the same answer.
func answering(t *testing.T, code int, header http.Header, body string) client.Client {
	t.Helper()
	return served(t, func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "application/json")
		maps.Copy(w.Header(), header)
		w.WriteHeader(code)
		_, _ = w.Write([]byte(body))
	})
}

// served is a client whose every request is answered by the function.
func served(t *testing.T, answer func(http.ResponseWriter)) client.Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answer(w) }))
	t.Cleanup(server.Close)
	mapper := meta.NewDefaultRESTMapper(nil)
	mapper.Add(corev1.SchemeGroupVersion.WithKind("Pod"), meta.RESTScopeNamespace)
	kube, err := client.New(&rest.Config{Host: server.URL, QPS: -1}, client.Options{Mapper: mapper})
	if err != nil {
		t.Fatal(err)
	}
	return kube
}

// owned is a pod that somebody would recreate.
func owned(name string) *corev1.Pod {
	return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
		Namespace: "shop", Name: name, UID: types.UID(name),
		OwnerReferences: []metav1.OwnerReference{{Kind: "ReplicaSet", Name: "web", Controller: new(true)}},
	}}
}
