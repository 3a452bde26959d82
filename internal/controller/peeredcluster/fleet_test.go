package peeredcluster

import (
	"encoding/json"
	"maps"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
	"github.com/crossvpc/crossvpc/test/controlplane"
)

func restConfig(t *testing.T) *rest.Config {
	t.Helper()
	return controlplane.Shared(t, controlplane.Options{Names: []string{"component"}}).Cluster("component").Config()
}

// reset takes away what an earlier test left: these objects are of the whole cluster.
func (w *world) reset() {
	w.t.Helper()
	now := client.GracePeriodSeconds(0)
	for _, list := range []client.ObjectList{
		&v1alpha1.VPCPeeringList{}, &v1alpha1.PeeredClusterList{}, &v1alpha1.AWSIdentityList{}, &corev1.NodeList{}, &corev1.PodList{},
		&appsv1.DaemonSetList{}, &corev1.PersistentVolumeList{}, &storagev1.VolumeAttachmentList{}, cilium.ListOf("CiliumNode", "v2"), cilium.ListOf("CiliumNodeConfig", "v2"), cilium.ListOf("CiliumCIDRGroup", "v2"),
	} {
		if err := w.kube.List(w.t.Context(), list); err != nil {
			w.t.Fatal(err)
		}
		err := meta.EachListItem(list, func(item runtime.Object) error {
			object := item.(client.Object)
			if len(object.GetFinalizers()) > 0 {
				object.SetFinalizers(nil)
				if err := w.kube.Update(w.t.Context(), object); err != nil {
					return err
				}
			}
			return client.IgnoreNotFound(w.kube.Delete(w.t.Context(), object, now))
		})
		if err != nil {
			w.t.Fatal(err)
		}
	}
	for _, name := range []string{cilium.ConfigMapName, "ip-masq-agent"} {
		configMap := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "kube-system", Name: name}}
		if err := client.IgnoreNotFound(w.kube.Delete(w.t.Context(), configMap)); err != nil {
			w.t.Fatal(err)
		}
	}
}

// eni is what Helm makes of eni.enabled and enableIPv4Masquerade; test/charts has it from the charts.
var eni = map[string]string{
	"ipam": "eni", "routing-mode": "native", "enable-ipv4": "true", "enable-ipv6": "false",
	"enable-ipv4-masquerade": "true", "enable-bpf-masquerade": "false", "enable-endpoint-routes": "true", "cni-chaining-mode": "none",
}

// installs has Cilium of the version with nodes a, b and so on; changes are pairs of options.
func (w *world) installs(version string, nodes int, changes ...string) {
	w.t.Helper()
	data := maps.Clone(eni)
	for i := 0; i < len(changes); i += 2 {
		data[changes[i]] = changes[i+1]
	}
	configMap := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "kube-system", Name: cilium.ConfigMapName}, Data: data}
	if err := w.kube.Create(w.t.Context(), configMap, client.FieldOwner("helm")); err != nil {
		w.t.Fatal(err)
	}
	w.create(daemonSetOf("cilium", "cilium-agent", "quay.io/cilium/cilium:v"+version))
	for i := range nodes {
		w.addNode(string(rune('a' + i)))
	}
	w.clock.advance(time.Hour)
}

func daemonSetOf(name, container, image string) *appsv1.DaemonSet {
	labels := map[string]string{"k8s-app": name}
	spec := corev1.PodSpec{HostNetwork: true, Containers: []corev1.Container{{Name: container, Image: image}}}
	if name == cilium.DaemonSetName {
		spec.InitContainers = []corev1.Container{{Name: "config", Image: image, Command: []string{"cilium-dbg", "build-config"}}}
	}
	return &appsv1.DaemonSet{
		ObjectMeta: metav1.ObjectMeta{Namespace: "kube-system", Name: name},
		Spec: appsv1.DaemonSetSpec{
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: spec},
		},
	}
}

// addNode has a node join, with its CiliumNode and its agent.
func (w *world) addNode(name string) {
	w.t.Helper()
	w.addNodeOn(name, w.providerID(w.runInstance()))
}

// addNodeOn has a node join that says so of its instance.
func (w *world) addNodeOn(name, providerID string) {
	w.t.Helper()
	node := &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{corev1.LabelHostname: name}, Annotations: w.clock.stamp()},
		Spec:       corev1.NodeSpec{ProviderID: providerID},
	}
	w.create(node)
	node.Status.Conditions = []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue, LastTransitionTime: metav1.NewTime(w.clock.Now())}}
	if err := w.kube.Status().Update(w.t.Context(), node); err != nil {
		w.t.Fatal(err)
	}
	node.Spec.Taints = nil // what the API server gave it goes once it is Ready; no controller is here to do that
	if err := w.kube.Update(w.t.Context(), node); err != nil {
		w.t.Fatal(err)
	}
	w.addCiliumNode(name, providerID)
	w.addAgent(name)
}

func (w *world) addCiliumNode(name, providerID string) {
	w.t.Helper()
	id, _ := podrules.InstanceID(providerID)
	interfaces := map[string]any{}
	for i, eni := range w.interfacesOf(id) {
		groups := []any{}
		for _, group := range eni.Groups {
			groups = append(groups, *group.GroupId)
		}
		interfaces[*eni.NetworkInterfaceId] = map[string]any{
			"id": *eni.NetworkInterfaceId, "number": int64(i), "subnet": map[string]any{"id": *eni.SubnetId}, "security-groups": groups,
			"vpc": map[string]any{"id": *eni.VpcId, "primary-cidr": w.network.Blocks[0]},
		}
	}
	w.writeCiliumNode(name, map[string]any{"vpc-id": w.network.VPCID, "availability-zone": w.network.Zones[0].Name}, interfaces)
}

// writeCiliumNode makes a CiliumNode, or edits the one that there is.
func (w *world) writeCiliumNode(name string, eni, interfaces map[string]any) {
	w.t.Helper()
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(cilium.KindOf("CiliumNode", "v2"))
	object.SetName(name)
	_, err := controllerutil.CreateOrUpdate(w.t.Context(), w.kube, object, func() error {
		object.Object["spec"] = map[string]any{"eni": eni}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	object.Object["status"] = map[string]any{"eni": map[string]any{"enis": interfaces}}
	if err := w.kube.Status().Update(w.t.Context(), object); err != nil {
		w.t.Fatal(err)
	}
}

// addAgent makes the agent's pod of a node as the DaemonSet is now.
func (w *world) addAgent(node string) {
	w.t.Helper()
	daemonSet := &appsv1.DaemonSet{}
	if err := w.kube.Get(w.t.Context(), client.ObjectKey{Namespace: "kube-system", Name: "cilium"}, daemonSet); err != nil {
		w.t.Fatal(err)
	}
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "kube-system", GenerateName: "cilium-", Labels: daemonSet.Spec.Template.Labels, Annotations: w.clock.stamp(),
			OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(daemonSet, appsv1.SchemeGroupVersion.WithKind("DaemonSet"))}},
		Spec: *daemonSet.Spec.Template.Spec.DeepCopy(),
	}
	pod.Spec.NodeName = node
	pod.Annotations[bootedWith] = w.given(node)
	if w.unseen {
		pod.Annotations[bootedWith] = bootedUnseen
	}
	w.runPod(pod, "cilium-agent")
}

// bootedWith says, on an agent's pod, which value it read when it started.
const (
	bootedWith   = "test/booted-with"
	bootedUnseen = "a value that nobody saw"
)

// addPod makes a pod of a workload on a node.
func (w *world) addPod(name, node string, tolerations ...corev1.Toleration) {
	w.t.Helper()
	w.runPod(&corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name, Annotations: w.clock.stamp(),
			OwnerReferences: []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: name, UID: "set", Controller: new(true)}}},
		Spec: corev1.PodSpec{NodeName: node, Tolerations: tolerations, Containers: []corev1.Container{{Name: "main", Image: "app"}}},
	}, "main")
}

func (w *world) runPod(pod *corev1.Pod, container string) {
	w.t.Helper()
	w.create(pod)
	now := metav1.NewTime(w.clock.Now())
	pod.Status = corev1.PodStatus{
		Phase: corev1.PodRunning, StartTime: &now,
		Conditions:        []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue, LastTransitionTime: now}},
		ContainerStatuses: []corev1.ContainerStatus{{Name: container, State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: now}}}},
	}
	if container == "cilium-agent" {
		pod.Status.InitContainerStatuses = []corev1.ContainerStatus{{Name: "config", State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{FinishedAt: now}}}}
	}
	if container == "cilium-agent" && w.refused != "" && w.given(pod.Spec.NodeName) == w.refused {
		pod.Status.Conditions[0].Status = corev1.ConditionFalse
		pod.Status.ContainerStatuses[0].State = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}}
	}
	if err := w.kube.Status().Update(w.t.Context(), pod); err != nil {
		w.t.Fatal(err)
	}
}

// given is the option's value for an agent that starts on the node now.
func (w *world) given(node string) string {
	w.t.Helper()
	options := cilium.DefaultSources("kube-system").Resolve(cilium.Objects{
		ConfigMaps:  map[string]map[string]string{"kube-system/cilium-config": {cilium.NativeRoutingKey: w.ciliumConfig()}},
		NodeConfigs: w.nodeConfigs(),
	}, cilium.Node{Name: node, Labels: map[string]string{corev1.LabelHostname: node}})
	return options[cilium.NativeRoutingKey].Value
}

// holders are the managedFields of a ConfigMap.
func (w *world) holders(name string) []metav1.ManagedFieldsEntry {
	w.t.Helper()
	found := &corev1.ConfigMap{}
	if err := w.kube.Get(w.t.Context(), client.ObjectKey{Namespace: "kube-system", Name: name}, found); err != nil {
		w.t.Fatal(err)
	}
	return found.ManagedFields
}

// playNodes has pods that were evicted go, and gives a node without an agent another.
func (w *world) playNodes() {
	w.t.Helper()
	var pods corev1.PodList
	if err := w.kube.List(w.t.Context(), &pods); err != nil {
		w.t.Fatal(err)
	}
	agents := map[string]bool{}
	for i := range pods.Items {
		pod := &pods.Items[i]
		switch {
		case pod.DeletionTimestamp != nil:
			if err := client.IgnoreNotFound(w.kube.Delete(w.t.Context(), pod, client.GracePeriodSeconds(0))); err != nil {
				w.t.Fatal(err)
			}
		case pod.Labels["k8s-app"] == "cilium":
			agents[pod.Spec.NodeName] = true
		}
	}
	var nodes corev1.NodeList
	if err := w.kube.List(w.t.Context(), &nodes); err != nil {
		w.t.Fatal(err)
	}
	for i := range nodes.Items {
		if !agents[nodes.Items[i].Name] {
			w.clock.advance(time.Second)
			w.addAgent(nodes.Items[i].Name)
		}
	}
}

// ciliumConfig is the option in Cilium's ConfigMap.
func (w *world) ciliumConfig() string {
	w.t.Helper()
	found := &corev1.ConfigMap{}
	if err := w.kube.Get(w.t.Context(), client.ObjectKey{Namespace: "kube-system", Name: cilium.ConfigMapName}, found); err != nil {
		w.t.Fatal(err)
	}
	return found.Data[cilium.NativeRoutingKey]
}

// setOption writes into Cilium's ConfigMap as somebody; an empty value removes the option.
func (w *world) setOption(who, key, value string) {
	w.t.Helper()
	var content any
	if value != "" {
		content = value
	}
	patch, err := json.Marshal(map[string]any{"data": map[string]any{key: content}})
	if err != nil {
		w.t.Fatal(err)
	}
	configMap := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "kube-system", Name: cilium.ConfigMapName}}
	if err := w.kube.Patch(w.t.Context(), configMap, client.RawPatch("application/merge-patch+json", patch), client.FieldOwner(who)); err != nil {
		w.t.Fatal(err)
	}
}

// nodeConfigs are the CiliumNodeConfigs there are.
func (w *world) nodeConfigs() []cilium.NodeConfig {
	w.t.Helper()
	list := cilium.ListOf("CiliumNodeConfig", "v2")
	err := w.kube.List(w.t.Context(), list)
	if apierrors.IsNotFound(err) || meta.IsNoMatchError(err) { // what an older Cilium serves
		list = cilium.ListOf("CiliumNodeConfig", "v2alpha1")
		err = w.kube.List(w.t.Context(), list)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	var configs []cilium.NodeConfig
	for i := range list.Items {
		config, err := cilium.NodeConfigFromUnstructured(&list.Items[i])
		if err != nil {
			w.t.Fatal(err)
		}
		configs = append(configs, config)
	}
	return configs
}
