package nodesim

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// BornWithAnnotation on a pod holds its [Rules] as JSON.
const BornWithAnnotation = "nodesim.crossvpc.io/born-with"

// podNodeIndex finds the pods of a node.
const podNodeIndex = "spec.nodeName"

// onPrimary: every third pod has an address of the node's first interface, where interfaces share.
const onPrimary = 3

// addPods registers what plays the CNI for the pods that kwok plays.
func (s *Sim) addPods(ctx context.Context, manager ctrl.Manager) error {
	err := manager.GetFieldIndexer().IndexField(ctx, &corev1.Pod{}, podNodeIndex, func(object client.Object) []string {
		return []string{object.(*corev1.Pod).Spec.NodeName}
	})
	if err != nil {
		return fmt.Errorf("index pods by node: %w", err)
	}
	return ctrl.NewControllerManagedBy(manager).Named("pods").
		For(&corev1.Pod{}, builder.WithPredicates(predicate.NewPredicateFuncs(func(object client.Object) bool { return !isAgent(object) }))).
		WithOptions(soonAgain()).
		Complete(reconcile.AsReconciler(manager.GetClient(), reconcile.ObjectReconciler[*corev1.Pod](objectReconciler(s.giveRules))))
}

// giveRules records, once, what the CNI gives to a pod that comes up: it depends on the agent that runs just then.
func (s *Sim) giveRules(ctx context.Context, pod *corev1.Pod) (ctrl.Result, error) {
	if pod.Spec.HostNetwork || pod.Spec.NodeName == "" || pod.Status.PodIP == "" || pod.Annotations[BornWithAnnotation] != "" || pod.DeletionTimestamp != nil {
		return ctrl.Result{}, nil
	}
	m := s.machineOf(pod.Spec.NodeName)
	if m == nil {
		return ctrl.Result{RequeueAfter: notYet}, nil
	}
	b, ok := s.bear(ctx, m, pod.UID)
	if !ok {
		return ctrl.Result{RequeueAfter: notYet}, nil // the CNI waits for the agent
	}
	if b.address.IsValid() {
		if err := s.setAddress(ctx, pod, b.address); err != nil {
			return ctrl.Result{}, err
		}
	}
	record, err := json.Marshal(b.rules)
	if err != nil {
		return ctrl.Result{}, fmt.Errorf("record the rules of %s: %w", pod.Name, err)
	}
	patch := fmt.Appendf(nil, `{"metadata":{"annotations":{%q:%q}}}`, BornWithAnnotation, record)
	err = s.client.Patch(ctx, pod, client.RawPatch(types.MergePatchType, patch))
	return ctrl.Result{}, client.IgnoreNotFound(err)
}

// birth is what a pod got when it was made.
type birth struct {
	rules Rules
	// address is valid where it is one of the first interface; otherwise the pod keeps the one kwok chose.
	address netip.Addr
}

// bear gives a pod its rules and address, the same ones whenever it is asked again; not while no agent is up.
func (s *Sim) bear(ctx context.Context, m *machine, uid types.UID) (birth, bool) {
	s.forget(ctx, m)
	s.mu.Lock()
	defer s.mu.Unlock()
	if b, ok := m.pods[uid]; ok {
		return b, true
	}
	if m.agent == nil || !m.agent.ready {
		return birth{}, false
	}
	b := birth{rules: rulesOf(s.release, *m.kernel, 1)}
	if address := m.freeAddress(); m.births%onPrimary == 0 && address.IsValid() {
		b.address, b.rules.Interface = address, 0
	}
	m.births++
	m.pods[uid] = b
	return b, true
}

// freeAddress is an address of the first interface that no pod has; the zero one if there is none.
func (m *machine) freeAddress() netip.Addr {
	taken := map[netip.Addr]bool{}
	for _, b := range m.pods {
		taken[b.address] = true
	}
	for _, address := range m.eth0Addresses {
		if !taken[address] {
			return address
		}
	}
	return netip.Addr{}
}

// rulesOf is what the CNI gives to a pod on a node that is set up like this (pkg/ipam, plugins/cilium-cni).
func rulesOf(r release, kernel Datapath, eni int) Rules {
	if !kernel.Masquerade || !r.destinationScoped() {
		return Rules{Interface: eni, Any: true}
	}
	return Rules{Interface: eni, Destinations: slices.Clone(kernel.Destinations)}
}

// forget drops the births of pods that are gone, which frees their addresses.
func (s *Sim) forget(ctx context.Context, m *machine) {
	var pods corev1.PodList
	if err := s.client.List(ctx, &pods, client.MatchingFields{podNodeIndex: m.node}); err != nil {
		return // they are freed next time
	}
	present := map[types.UID]bool{}
	for _, pod := range pods.Items {
		present[pod.UID] = true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(m.pods, func(uid types.UID, _ birth) bool { return !present[uid] })
}

func (s *Sim) setAddress(ctx context.Context, pod *corev1.Pod, address netip.Addr) error {
	patch := fmt.Appendf(nil, `{"status":{"podIP":%q,"podIPs":[{"ip":%q}]}}`, address, address)
	err := s.client.Status().Patch(ctx, pod, client.RawPatch(types.MergePatchType, patch))
	if client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("address of pod %s: %w", pod.Name, err)
	}
	return nil
}
