package cluster

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/crossvpc/crossvpc/test/dataplane/fabric"
	"github.com/crossvpc/crossvpc/test/dataplane/node"
)

// machine plays the instance of one Node. What happens to it is done one thing after the other.
type machine struct {
	name    string
	cluster *Cluster
	cancel  context.CancelFunc
	wake    chan struct{}

	mu       sync.Mutex
	labels   map[string]string
	observed *unstructured.Unstructured // its CiliumNode
	tasks    []task
	node     *node.Node
	agentUID string
	pods     map[string]*pod // by UID
	seen     map[string]bool // UIDs that there is, or was, a task for
}

// task is something to do on a machine that has booted; it is tried again until it is done.
type task struct {
	what string
	do   func(ctx context.Context) error
}

func (m *machine) setLabels(labels map[string]string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.labels = labels
	m.soon()
}

func (m *machine) setDevices(object *unstructured.Unstructured) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.observed = object
	m.soon()
}

func (m *machine) soon() {
	select {
	case m.wake <- struct{}{}:
	default: // it is about to look
	}
}

func (m *machine) booted() *node.Node {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.node
}

// run plays the machine until its Node is gone.
func (m *machine) run(ctx context.Context) {
	defer m.shutDown()
	for {
		wait := time.Hour
		if m.isKnown() && !m.turn(ctx) {
			wait = soon
		}
		select {
		case <-ctx.Done():
			return
		case <-m.wake:
		case <-time.After(wait):
		}
	}
}

// isKnown reports whether its Node has been seen: what else there is of it may be left from a former one.
func (m *machine) isKnown() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.labels != nil
}

// turn does what can be done now, and reports whether that is all.
func (m *machine) turn(ctx context.Context) bool {
	if m.booted() == nil {
		if err := m.boot(); err != nil {
			if !errors.Is(err, errNotYet) {
				m.cluster.log.Info("boot", "node", m.name, "reason", err)
			}
			return false
		}
	}
	return m.work(ctx) == 0
}

var errNotYet = errors.New("its interfaces are not known yet")

// boot makes the instance once both AWS and Cilium know its interfaces.
func (m *machine) boot() error {
	m.mu.Lock()
	observed := m.observed
	m.mu.Unlock()
	if observed == nil {
		return errNotYet
	}
	short, _, _ := strings.Cut(m.name, ".")
	spec, err := specOf(short, observed)
	if err != nil {
		return err
	}
	if !spec.Router.IsValid() {
		return errNotYet
	}
	var interfaces []fabric.Interface
	for _, device := range spec.Devices {
		if !m.cluster.fabric.Knows(device.ID) {
			return errNotYet
		}
		interfaces = append(interfaces, device.Interface)
	}
	if err := m.cluster.fabric.Delegate(interfaces...); err != nil {
		return err
	}
	made, err := node.Boot(m.cluster.fabric.Fabric, spec)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.node = made
	return nil
}

// work does what is to do, in order, and returns how much is left. A pod waits for the agent that comes after it.
func (m *machine) work(ctx context.Context) (left int) {
	m.mu.Lock()
	tasks := m.tasks
	m.tasks = nil
	m.mu.Unlock()
	var again []task
	for _, t := range tasks {
		if err := t.do(ctx); err != nil {
			m.cluster.log.Info(t.what, "node", m.name, "reason", err)
			again = append(again, t)
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tasks = append(again, m.tasks...)
	return len(m.tasks)
}

func (m *machine) shutDown() {
	m.mu.Lock()
	made, pods := m.node, m.pods
	m.node, m.pods = nil, map[string]*pod{}
	m.mu.Unlock()
	for _, p := range pods {
		p.stop()
	}
	if made != nil {
		if err := made.Close(); err != nil {
			m.cluster.log.Error("shut down", "node", m.name, "reason", err)
		}
	}
}

// onPod notes what there is to do about a pod, which may have been removed.
func (m *machine) onPod(object *corev1.Pod, removed bool) {
	gone := removed || object.DeletionTimestamp != nil
	m.mu.Lock()
	defer m.mu.Unlock()
	uid := string(object.UID)
	switch {
	case isAgent(object) && gone:
		m.add(uid+"/gone", "stop agent", func(context.Context) error { m.stopAgent(uid); return nil })
	case isAgent(object):
		m.add(uid, "start agent", func(ctx context.Context) error { return m.startAgent(ctx, object) })
	case object.Spec.HostNetwork:
	case isProbe(object):
		m.onProbe(object, gone, removed)
	default:
		m.onServer(object, gone || isEnded(object))
	}
	m.soon()
}

func (m *machine) onProbe(object *corev1.Pod, gone, removed bool) {
	uid := string(object.UID)
	switch {
	case gone:
		m.add(uid+"/gone", "end probe", func(ctx context.Context) error { return m.endProbe(ctx, object, removed) })
	case m.cluster.program != "" && object.Status.Phase == corev1.PodPending:
		m.add(uid, "run probe", func(ctx context.Context) error { return m.runProbe(ctx, object) })
	}
}

// onServer is about a pod that only has a namespace, and answers HTTP in it.
func (m *machine) onServer(object *corev1.Pod, gone bool) {
	uid := string(object.UID)
	switch {
	case gone && !m.seen[uid]:
	case gone:
		m.add(uid+"/gone", "delete pod", func(context.Context) error { return m.deletePod(uid) })
	case object.Status.PodIP != "":
		// A simulated kubelet may change its mind about the address.
		key := uid + "/" + object.Status.PodIP
		m.add(key, "add pod", func(context.Context) error { return m.addPod(object) }) //nolint:contextcheck // its server lives as long as the pod
		m.seen[uid] = true
	}
}

// add adds a task once.
func (m *machine) add(key, what string, do func(context.Context) error) {
	if !m.seen[key] {
		m.seen[key] = true
		m.tasks = append(m.tasks, task{what, do})
	}
}

func isAgent(pod *corev1.Pod) bool {
	return pod.Namespace == ciliumNamespace && pod.Labels["k8s-app"] == ciliumDaemonSet
}

func isEnded(pod *corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
}
