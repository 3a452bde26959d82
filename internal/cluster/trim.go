package cluster

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// longestAnnotation is as much as a wish of a pod's or node's owner takes. What
// is longer is somebody's payload (the last applied configuration, a network's
// state) and would be most of what is remembered.
const longestAnnotation = 1024

// asItIs keeps managed fields too: they tell who else writes an object.
func asItIs(object any) (any, error) { return object, nil }

func trimMetadata(object any) (any, error) {
	accessor, err := meta.Accessor(object)
	if err != nil {
		return object, nil //nolint:nilerr // a tombstone, say, holds no object to trim
	}
	accessor.SetManagedFields(nil)
	if annotations := accessor.GetAnnotations(); len(annotations) > 0 {
		maps.DeleteFunc(annotations, func(_, value string) bool { return len(value) > longestAnnotation })
	}
	return object, nil
}

// trimNode drops also the times of heartbeats, so that a heartbeat is no change.
func trimNode(object any) (any, error) {
	if node, ok := object.(*corev1.Node); ok {
		node.Status = corev1.NodeStatus{Addresses: node.Status.Addresses, Conditions: node.Status.Conditions}
		for i := range node.Status.Conditions {
			node.Status.Conditions[i].LastHeartbeatTime = metav1.Time{}
		}
	}
	return trimMetadata(object)
}

// trimPod keeps containers only for DaemonSets' pods, among which the agents are:
// their images and states say what a node runs.
func trimPod(object any) (any, error) {
	if pod, ok := object.(*corev1.Pod); ok {
		ofDaemonSet := slices.ContainsFunc(pod.OwnerReferences, func(o metav1.OwnerReference) bool { return o.Kind == "DaemonSet" })
		pod.Spec = trimPodSpec(pod.Spec, ofDaemonSet)
		pod.Status = trimPodStatus(pod.Status, ofDaemonSet)
	}
	return trimMetadata(object)
}

func trimPodSpec(spec corev1.PodSpec, containers bool) corev1.PodSpec {
	kept := corev1.PodSpec{
		NodeName: spec.NodeName, HostNetwork: spec.HostNetwork, Priority: spec.Priority, PriorityClassName: spec.PriorityClassName,
		Tolerations: trimTolerations(spec.Tolerations), Volumes: trimVolumes(spec.Volumes),
	}
	if containers {
		kept.InitContainers, kept.Containers = trimContainers(spec.InitContainers), trimContainers(spec.Containers)
	}
	return kept
}

// trimTolerations keeps those that may be of a cordon, or of what is one to Karpenter.
func trimTolerations(tolerations []corev1.Toleration) []corev1.Toleration {
	var kept []corev1.Toleration
	for _, toleration := range tolerations {
		if toleration.Key == "" || toleration.Key == corev1.TaintNodeUnschedulable || toleration.Key == "karpenter.sh/disrupted" {
			kept = append(kept, toleration)
		}
	}
	return kept
}

// trimVolumes keeps which claims a pod uses.
func trimVolumes(volumes []corev1.Volume) []corev1.Volume {
	var kept []corev1.Volume
	for i := range volumes {
		switch from := &volumes[i].VolumeSource; {
		case from.PersistentVolumeClaim != nil:
			kept = append(kept, corev1.Volume{Name: volumes[i].Name, VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: from.PersistentVolumeClaim}})
		case from.Ephemeral != nil:
			kept = append(kept, corev1.Volume{Name: volumes[i].Name, VolumeSource: corev1.VolumeSource{Ephemeral: &corev1.EphemeralVolumeSource{}}})
		}
	}
	return kept
}

// trimPersistentVolume keeps whose a volume is, and which nodes can use it.
func trimPersistentVolume(object any) (any, error) {
	if volume, ok := object.(*corev1.PersistentVolume); ok {
		kept := corev1.PersistentVolumeSpec{ClaimRef: volume.Spec.ClaimRef, NodeAffinity: volume.Spec.NodeAffinity}
		kept.Local, kept.HostPath = volume.Spec.Local, volume.Spec.HostPath
		volume.Spec, volume.Status = kept, corev1.PersistentVolumeStatus{Phase: volume.Status.Phase}
	}
	return trimMetadata(object)
}

// trimVolumeAttachment keeps what is attached where.
func trimVolumeAttachment(object any) (any, error) {
	if attachment, ok := object.(*storagev1.VolumeAttachment); ok {
		source := storagev1.VolumeAttachmentSource{PersistentVolumeName: attachment.Spec.Source.PersistentVolumeName}
		attachment.Spec = storagev1.VolumeAttachmentSpec{NodeName: attachment.Spec.NodeName, Source: source}
		attachment.Status = storagev1.VolumeAttachmentStatus{}
	}
	return trimMetadata(object)
}

func trimContainers(containers []corev1.Container) []corev1.Container {
	kept := make([]corev1.Container, 0, len(containers))
	for i := range containers {
		kept = append(kept, corev1.Container{Name: containers[i].Name, Image: containers[i].Image})
	}
	return kept
}

func trimPodStatus(status corev1.PodStatus, containers bool) corev1.PodStatus {
	kept := corev1.PodStatus{
		Phase: status.Phase, Reason: status.Reason, StartTime: status.StartTime,
		HostIP: status.HostIP, PodIP: status.PodIP, PodIPs: status.PodIPs,
	}
	for _, condition := range status.Conditions {
		if condition.Type == corev1.PodReady {
			condition.LastProbeTime = metav1.Time{}
			kept.Conditions = []corev1.PodCondition{condition}
		}
	}
	if containers {
		kept.InitContainerStatuses, kept.ContainerStatuses = status.InitContainerStatuses, status.ContainerStatuses
	}
	return kept
}

// trimNodeClaim keeps which instance it is, and after how long its pods are forced out.
func trimNodeClaim(object any) (any, error) {
	if claim, ok := object.(*unstructured.Unstructured); ok {
		id, _, err := unstructured.NestedString(claim.Object, "status", "providerID")
		forcedAfter, limited, _ := unstructured.NestedString(claim.Object, "spec", "terminationGracePeriod")
		unstructured.RemoveNestedField(claim.Object, "spec")
		unstructured.RemoveNestedField(claim.Object, "status")
		if id != "" && err == nil {
			claim.Object["status"] = map[string]any{"providerID": id}
		}
		if limited {
			claim.Object["spec"] = map[string]any{"terminationGracePeriod": forcedAfter}
		}
	}
	return trimMetadata(object)
}

// trimCiliumNode keeps what says where a node and its pods are in AWS (cilium.CiliumNode), but for the addresses, which
// change with every pod. The maps are new ones: Go never shrinks a map, however many entries are deleted.
func trimCiliumNode(object any) (any, error) {
	if node, ok := object.(*unstructured.Unstructured); ok {
		spec := keep(node.Object["spec"], "instance-id", "eni")
		within(spec, "eni", func(eni any) any {
			return keep(eni, "vpc-id", "availability-zone", "node-subnet-id", "first-interface-index", "security-groups", "exclude-interface-tags")
		})
		status := keep(node.Object["status"], "eni")
		within(status, "eni", func(eni any) any { return trimInterfaces(keep(eni, "enis")) })
		kept, _ := keep(node.Object, "apiVersion", "kind", "metadata", "spec", "status").(map[string]any)
		within(kept, "spec", func(any) any { return spec })
		within(kept, "status", func(any) any { return status })
		node.Object = kept
	}
	return trimMetadata(object)
}

func trimInterfaces(eni any) any {
	within(eni, "enis", func(enis any) any {
		interfaces, _ := enis.(map[string]any)
		for id := range interfaces {
			interfaces[id] = keep(interfaces[id], "id", "number", "subnet", "vpc", "security-groups", "tags")
		}
		return enis
	})
	return eni
}

// keep makes a map of these fields; what is no map stays as it is, for who reads it to refuse.
func keep(from any, fields ...string) any {
	all, ok := from.(map[string]any)
	if !ok {
		return from
	}
	kept := make(map[string]any, len(fields))
	for _, field := range fields {
		if value, found := all[field]; found {
			kept[field] = value
		}
	}
	return kept
}

// within changes a field of a map, where both are.
func within(object any, field string, change func(any) any) {
	if fields, ok := object.(map[string]any); ok {
		if value, found := fields[field]; found {
			fields[field] = change(value)
		}
	}
}
