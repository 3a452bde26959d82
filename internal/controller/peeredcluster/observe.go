package peeredcluster

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

// observation is what was read of the cluster in one pass.
type observation struct {
	install   cilium.Install
	facts     cilium.Facts
	footprint cilium.Footprint
	// nodeConfigVersion is v2 or v2alpha1, whichever is served; empty: neither.
	nodeConfigVersion string
	nodes             []corev1.Node
	pods              []corev1.Pod
	budgets           []policyv1.PodDisruptionBudget
	karpenter         podrules.Karpenter

	indexed
}

// awsNodeNamespace is where EKS has its add-ons, wherever Cilium is.
const awsNodeNamespace = "kube-system"

// observe reads everything the decisions rest on. A failed read fails the pass:
// half an observation would look like things that are gone (A11). Lists come from
// watches, are shared with other passes and trimmed: they are only read here.
func (p *pass) observe(ctx context.Context) error {
	kube, o := p.connection.Client, &p.observed
	namespace := p.object.Spec.Cilium.Namespace
	o.install = cilium.Install{Namespace: namespace, Owner: p.owner()}
	var err error
	if o.install.DaemonSet, err = daemonSet(ctx, kube, namespace, cilium.DaemonSetName); err != nil {
		return err
	}
	if o.install.AWSNode, err = daemonSet(ctx, kube, awsNodeNamespace, cilium.AWSNodeName); err != nil {
		return err
	}
	if err := o.readCluster(ctx, kube); err != nil {
		return err
	}
	if err := p.observeCilium(ctx, kube, namespace); err != nil {
		return err
	}
	o.facts = cilium.Observe(o.install)
	return nil
}

func daemonSet(ctx context.Context, kube client.Client, namespace, name string) (*appsv1.DaemonSet, error) {
	found := &appsv1.DaemonSet{}
	err := kube.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, found)
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading DaemonSet %s/%s: %w", namespace, name, err)
	}
	return found, nil
}

func (o *observation) readCluster(ctx context.Context, kube client.Client) error {
	var nodes corev1.NodeList
	if err := kube.List(ctx, &nodes); err != nil {
		return fmt.Errorf("listing nodes: %w", err)
	}
	var pods corev1.PodList
	if err := kube.List(ctx, &pods); err != nil {
		return fmt.Errorf("listing pods: %w", err)
	}
	var budgets policyv1.PodDisruptionBudgetList
	if err := kube.List(ctx, &budgets); err != nil {
		return fmt.Errorf("listing PodDisruptionBudgets: %w", err)
	}
	o.nodes, o.pods, o.budgets = nodes.Items, pods.Items, budgets.Items
	o.install.Nodes, o.install.AgentPods, o.indexed = nil, nil, indexed{}
	for i := range o.pods {
		if o.isAgent(&o.pods[i]) {
			o.install.AgentPods = append(o.install.AgentPods, o.pods[i])
		}
	}
	for i := range o.nodes {
		node := &o.nodes[i]
		if o.without(node) {
			continue
		}
		o.install.Nodes = append(o.install.Nodes, cilium.Node{Name: node.Name, Labels: node.Labels, Annotations: node.Annotations})
	}
	return nil
}

// without reports whether the node runs no agent of this Cilium, and is never touched, also because the agent's DaemonSet
// does not select it, as it does none with Windows.
func (o *observation) without(node *corev1.Node) bool {
	if cilium.WithoutAgent(node.Labels) {
		return true
	}
	agents := o.install.DaemonSet
	return agents != nil && len(o.agentsOn(node.Name)) == 0 && !labels.SelectorFromSet(agents.Spec.Template.Spec.NodeSelector).Matches(labels.Set(node.Labels))
}

func (o *observation) serverless() int {
	count := 0
	for i := range o.nodes {
		if o.without(&o.nodes[i]) {
			count++
		}
	}
	return count
}

func (o *observation) isAgent(pod *corev1.Pod) bool {
	if o.install.DaemonSet == nil {
		return false
	}
	for _, owner := range pod.OwnerReferences {
		if owner.UID == o.install.DaemonSet.UID && owner.Controller != nil && *owner.Controller {
			return true
		}
	}
	return false
}

// observeCilium reads what Cilium has, also while its DaemonSet is away for a
// moment, as somebody installs it anew: what we set is there all the same. In a
// cluster where there never was any it asks for nothing.
func (p *pass) observeCilium(ctx context.Context, kube client.Client, namespace string) error {
	o := &p.observed
	if o.install.DaemonSet != nil {
		if err := o.readOptions(ctx, kube, namespace); err != nil {
			return err
		}
	} else if len(p.ciliumStatus().History) == 0 {
		return nil
	}
	if err := o.readNodeConfigs(ctx, kube, namespace); err != nil {
		return err
	}
	return o.readCiliumNodes(ctx, kube)
}

func (o *observation) readOptions(ctx context.Context, kube client.Client, namespace string) error {
	o.install.Objects.ConfigMaps = map[string]map[string]string{}
	o.install.Managed, o.install.Marks = map[string][]metav1.ManagedFieldsEntry{}, map[string]map[string]string{}
	for _, source := range cilium.SourcesOf(o.install.DaemonSet).ConfigMaps() {
		if err := o.readConfigMap(ctx, kube, source.Namespace, source.Name); err != nil {
			return err
		}
	}
	return o.readConfigMap(ctx, kube, namespace, cilium.IPMasqConfigMapName)
}

func (o *observation) readConfigMap(ctx context.Context, kube client.Client, namespace, name string) error {
	found := &corev1.ConfigMap{}
	err := kube.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, found)
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading ConfigMap %s/%s: %w", namespace, name, err)
	}
	key := namespace + "/" + name
	o.install.Objects.ConfigMaps[key] = found.Data
	o.install.Managed[key], o.install.Marks[key] = found.ManagedFields, found.Annotations
	return nil
}

// readNodeConfigs takes whichever version the cluster serves: 1.15 has only
// v2alpha1, and 1.20.0 and 1.20.1 only v2 (cilium/cilium#47774).
func (o *observation) readNodeConfigs(ctx context.Context, kube client.Reader, namespace string) error {
	for _, version := range []string{"v2", "v2alpha1"} {
		list := listOf("CiliumNodeConfig", version)
		err := kube.List(ctx, list, client.InNamespace(namespace))
		if meta.IsNoMatchError(err) || apierrors.IsNotFound(err) {
			continue
		}
		if err != nil {
			return fmt.Errorf("listing CiliumNodeConfigs: %w", err)
		}
		o.nodeConfigVersion = version
		for i := range list.Items {
			config, err := cilium.NodeConfigFromUnstructured(&list.Items[i])
			if err != nil {
				return err
			}
			o.install.Objects.NodeConfigs = append(o.install.Objects.NodeConfigs, config)
		}
		return nil
	}
	return nil
}

func (o *observation) readCiliumNodes(ctx context.Context, kube client.Client) error {
	list := listOf("CiliumNode", "v2")
	err := kube.List(ctx, list)
	if meta.IsNoMatchError(err) || apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("listing CiliumNodes: %w", err)
	}
	nodes := make([]cilium.CiliumNode, 0, len(list.Items))
	for i := range list.Items {
		node, err := cilium.CiliumNodeFromUnstructured(&list.Items[i])
		if err != nil {
			return err
		}
		nodes = append(nodes, node)
	}
	o.footprint, err = cilium.Discover(nodes)
	return err
}

func listOf(kind, version string) *unstructured.UnstructuredList {
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(ciliumKind(kind+"List", version))
	return list
}

func ciliumKind(kind, version string) schema.GroupVersionKind {
	return schema.GroupVersionKind{Group: "cilium.io", Version: version, Kind: kind}
}
