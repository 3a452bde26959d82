package podrules

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/component-helpers/storage/ephemeral"
)

// ReasonLocalVolume is the reason of a node that must not be replaced, because data is on its own disks.
const ReasonLocalVolume = "LocalVolume"

// Storage is which volumes a cluster has, and where; the zero value: none is known.
type Storage struct {
	// volumes are by claim, as namespace/name.
	volumes map[string]*corev1.PersistentVolume
	// pinned are the volumes that one node alone can use, by that node's name or hostname.
	pinned map[string][]*corev1.PersistentVolume
	// attached are the volumes by the name of the node they are attached to.
	attached map[string][]string
}

// IndexStorage prepares volumes and attachments to be asked about many pods.
func IndexStorage(volumes []corev1.PersistentVolume, attachments []storagev1.VolumeAttachment) Storage {
	s := Storage{volumes: map[string]*corev1.PersistentVolume{}, pinned: map[string][]*corev1.PersistentVolume{}, attached: map[string][]string{}}
	for i := range volumes {
		volume := &volumes[i]
		if claim := volume.Spec.ClaimRef; claim != nil && volume.Status.Phase != corev1.VolumeReleased {
			s.volumes[claim.Namespace+"/"+claim.Name] = volume
			for _, host := range hostsOf(volume) {
				s.pinned[host] = append(s.pinned[host], volume)
			}
		}
	}
	for i := range attachments {
		spec := &attachments[i].Spec
		name := attachments[i].Name // of a volume that a pod has without a claim
		if spec.Source.PersistentVolumeName != nil {
			name = *spec.Source.PersistentVolumeName
		}
		s.attached[spec.NodeName] = append(s.attached[spec.NodeName], name)
	}
	return s
}

// LocalTo says that data of a claim is on the node's own disks, where a successor would not find it; nil: none is.
func (s Storage) LocalTo(node *corev1.Node, pods []*corev1.Pod) *Finding {
	for _, pod := range pods {
		for _, claim := range claimsOf(pod) {
			if volume := s.volumes[claim]; volume != nil && volume.Spec.HostPath != nil && !finished(pod) {
				return localVolume(volume)
			}
		}
	}
	for _, host := range []string{node.Labels[corev1.LabelHostname], node.Name} {
		for _, volume := range s.pinned[host] {
			return localVolume(volume)
		}
	}
	return nil
}

func localVolume(volume *corev1.PersistentVolume) *Finding {
	return &Finding{Reason: ReasonLocalVolume, Message: fmt.Sprintf("PersistentVolume %s (claim %s/%s) is on the node's own disk, and replacing the node would lose its data. "+
		"Move the data, or set spec.rollout.strategy to RecyclePods, which keeps the node.", volume.Name, volume.Spec.ClaimRef.Namespace, volume.Spec.ClaimRef.Name)}
}

// StillAttached names the volumes that are attached to the node and that no pod uses which stays there: another node can
// attach them only once they are gone here, and waits for six minutes where the instance is gone before that
// (https://kubernetes.io/docs/concepts/cluster-administration/node-shutdown/#storage-force-detach-on-timeout).
func (s Storage) StillAttached(node string, staying []*corev1.Pod) []string {
	names := slices.Clone(s.attached[node])
	for _, pod := range staying {
		for _, claim := range claimsOf(pod) {
			if volume := s.volumes[claim]; volume != nil {
				names = slices.DeleteFunc(names, func(name string) bool { return name == volume.Name })
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// claimsOf are the claims that a pod uses, as namespace/name.
func claimsOf(pod *corev1.Pod) []string {
	var claims []string
	for i := range pod.Spec.Volumes {
		volume := &pod.Spec.Volumes[i]
		switch {
		case volume.PersistentVolumeClaim != nil:
			claims = append(claims, pod.Namespace+"/"+volume.PersistentVolumeClaim.ClaimName)
		case volume.Ephemeral != nil:
			claims = append(claims, pod.Namespace+"/"+ephemeral.VolumeClaimName(pod, volume))
		}
	}
	return claims
}

// hostsOf are the nodes, by name or hostname, on which alone a volume can be used; none where it can be elsewhere. Which
// label names the node is the driver's choice (kubernetes.io/hostname, topology.topolvm.io/node ...), so every label with a
// single value counts: that of a zone is no node's name.
func hostsOf(volume *corev1.PersistentVolume) []string {
	affinity := volume.Spec.NodeAffinity
	if affinity == nil || affinity.Required == nil || len(affinity.Required.NodeSelectorTerms) != 1 { // of several terms one is enough
		return nil
	}
	var hosts []string
	term := affinity.Required.NodeSelectorTerms[0]
	for _, requirement := range slices.Concat(term.MatchExpressions, term.MatchFields) {
		if requirement.Operator == corev1.NodeSelectorOpIn && len(requirement.Values) == 1 {
			hosts = append(hosts, requirement.Values[0])
		}
	}
	return hosts
}
