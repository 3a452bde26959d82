package nodesim

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/crossvpc/crossvpc/test/controlplane"
)

// agent is the run of one agent pod.
type agent struct {
	uid types.UID
	// config is what its init container read: it stays the same until the pod is recreated.
	config map[string]string
	// decideAt is when the container that runs is Ready, or exits.
	decideAt time.Time
	// startAt is when a container that exited starts again; zero while one runs.
	startAt  time.Time
	ready    bool
	restarts int32
	// status is what was written last; what the cache shows may be older.
	status corev1.PodStatus
}

// addAgents registers what plays the kubelet of Cilium's pods.
func (s *Sim) addAgents(manager ctrl.Manager) error {
	return ctrl.NewControllerManagedBy(manager).Named("agents").
		For(&corev1.Pod{}, builder.WithPredicates(predicate.NewPredicateFuncs(isAgent))).
		WithOptions(soonAgain()).
		Complete(reconcile.AsReconciler(manager.GetClient(), reconcile.ObjectReconciler[*corev1.Pod](objectReconciler(s.playAgent))))
}

// soonAgain has what failed tried again within a second: a kubelet does not leave a pod alone for minutes because the API
// server was busy.
func soonAgain() controller.Options {
	return controller.Options{RateLimiter: workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](5*time.Millisecond, time.Second)}
}

// objectReconciler makes a reconciler of a function.
type objectReconciler func(context.Context, *corev1.Pod) (ctrl.Result, error)

// Reconcile implements reconcile.ObjectReconciler.
func (f objectReconciler) Reconcile(ctx context.Context, pod *corev1.Pod) (ctrl.Result, error) {
	return f(ctx, pod)
}

func isAgent(object client.Object) bool {
	_, ok := object.GetLabels()[controlplane.ManagedPodLabel]
	return ok
}

// notYet is how soon to look again where something is still to come.
const notYet = 100 * time.Millisecond

func (s *Sim) playAgent(ctx context.Context, pod *corev1.Pod) (ctrl.Result, error) {
	if pod.Spec.NodeName == "" {
		return ctrl.Result{}, nil
	}
	m := s.machineOf(pod.Spec.NodeName)
	if pod.DeletionTimestamp != nil {
		return ctrl.Result{}, s.endAgent(ctx, m, pod)
	}
	if m == nil || !s.registered(m) {
		return ctrl.Result{RequeueAfter: notYet}, nil
	}
	a := s.agentOf(m)
	if a == nil || a.uid != pod.UID {
		if pod.Status.Phase != corev1.PodPending {
			return ctrl.Result{}, nil // of a former nodesim: what it read is not known
		}
		return s.startAgent(ctx, m, pod)
	}
	return s.continueAgent(ctx, m, pod, a)
}

// startAgent runs the init containers and starts the agent.
func (s *Sim) startAgent(ctx context.Context, m *machine, pod *corev1.Pod) (ctrl.Result, error) {
	var node corev1.Node
	if err := s.reader.Get(ctx, client.ObjectKey{Name: pod.Spec.NodeName}, &node); err != nil {
		return ctrl.Result{}, fmt.Errorf("labels of the agent's node: %w", err)
	}
	if unregistered(&node) {
		return ctrl.Result{RequeueAfter: notYet}, nil
	}
	began := time.Now()
	config, err := buildConfig(ctx, s.reader, &node)
	if err != nil {
		return ctrl.Result{}, err
	}
	a := &agent{uid: pod.UID, config: config, decideAt: time.Now().Add(s.options.AgentDelay)}
	if err := s.writeStatus(ctx, pod, a, startedStatus(pod, m, began, time.Now())); err != nil {
		return ctrl.Result{}, err
	}
	s.setAgent(m, a)
	return ctrl.Result{RequeueAfter: max(s.options.AgentDelay, time.Millisecond)}, nil
}

// continueAgent does what is due: the agent is Ready, or it exits, or it starts again with what its init container read.
func (s *Sim) continueAgent(ctx context.Context, m *machine, pod *corev1.Pod, a *agent) (ctrl.Result, error) {
	now := time.Now()
	switch {
	case a.ready:
		return ctrl.Result{}, nil
	case !a.startAt.IsZero() && now.Before(a.startAt):
		return ctrl.Result{RequeueAfter: a.startAt.Sub(now)}, nil
	case !a.startAt.IsZero():
		a.restarts++
		a.startAt, a.decideAt = time.Time{}, now.Add(s.options.AgentDelay)
		return ctrl.Result{RequeueAfter: max(s.options.AgentDelay, time.Millisecond)}, s.writeStatus(ctx, pod, a, restartedStatus(pod, a, now))
	case now.Before(a.decideAt):
		return ctrl.Result{RequeueAfter: a.decideAt.Sub(now)}, nil
	}
	if cause := s.judge(m, a.config); cause != nil {
		backoff := min(s.options.CrashBackoff<<min(a.restarts, 10), 30*s.options.CrashBackoff)
		a.startAt = now.Add(backoff)
		return ctrl.Result{RequeueAfter: backoff}, s.crash(ctx, m, pod, a, cause, backoff)
	}
	return ctrl.Result{}, s.becomeReady(ctx, m, pod, a)
}

// judge says why an agent with this configuration exits at its start, if it does.
func (s *Sim) judge(m *machine, config map[string]string) error {
	if s.options.RefuseConfig != nil {
		if err := s.options.RefuseConfig(m.node, config); err != nil {
			return err
		}
	}
	native, err := nativeRoutingCIDR(config)
	if err != nil || !native.IsValid() || config["ipam"] != "eni" {
		return err
	}
	return s.release.accepts(native, m.blocks)
}

func (s *Sim) crash(ctx context.Context, m *machine, pod *corev1.Pod, a *agent, cause error, backoff time.Duration) error {
	if err := s.setTaint(ctx, m.node, true); err != nil {
		return err
	}
	return s.writeStatus(ctx, pod, a, crashedStatus(pod, a, cause, backoff, time.Now()))
}

// becomeReady is done again from the start where a part of it fails.
func (s *Sim) becomeReady(ctx context.Context, m *machine, pod *corev1.Pod, a *agent) error {
	path, err := s.datapath(m, a.config)
	if err != nil {
		return err
	}
	s.mu.Lock()
	m.kernel = &path
	s.mu.Unlock()
	if err := s.writeStatus(ctx, pod, a, readyStatus(a, time.Now())); err != nil {
		return err
	}
	if err := s.setTaint(ctx, m.node, false); err != nil {
		return err
	}
	s.mu.Lock()
	a.ready = true
	s.mu.Unlock()
	return nil
}

// datapath is what an agent with this configuration sets up.
func (s *Sim) datapath(m *machine, config map[string]string) (Datapath, error) {
	native, err := nativeRoutingCIDR(config)
	if err != nil {
		return Datapath{}, err
	}
	path := Datapath{
		Masquerade: masquerades(config), Excluded: native, RestoresRules: s.release.restoresRules(),
		Destinations: append([]netip.Prefix{}, m.blocks...),
	}
	if native.IsValid() {
		path.Destinations = append(path.Destinations, native)
	} else {
		path.Excluded = m.blocks[0]
	}
	return path, nil
}

func (s *Sim) endAgent(ctx context.Context, m *machine, pod *corev1.Pod) error {
	if m != nil {
		if a := s.agentOf(m); a != nil && a.uid == pod.UID {
			s.setAgent(m, nil) // the kernel keeps what the agent set up
		}
	}
	err := s.client.Delete(ctx, pod, client.GracePeriodSeconds(0), client.Preconditions{UID: &pod.UID})
	return client.IgnoreNotFound(err)
}

// registered reports whether the agent finds the VPC's blocks in its CiliumNode: before, it waits.
func (s *Sim) registered(m *machine) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !m.registering
}

func (s *Sim) agentOf(m *machine) *agent {
	s.mu.Lock()
	defer s.mu.Unlock()
	return m.agent
}

func (s *Sim) setAgent(m *machine, a *agent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m.agent = a
}
