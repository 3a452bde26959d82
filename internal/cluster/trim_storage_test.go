package cluster

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func TestOfVolumesWhatTheReplacementOfANodeRestsOnIsKept(t *testing.T) {
	pod := trimmed(t, trimPod, `
metadata: {name: p}
spec:
  volumes:
  - {name: data, persistentVolumeClaim: {claimName: data}}
  - {name: own, ephemeral: {volumeClaimTemplate: {spec: {storageClassName: fast}}}}
  - {name: config, configMap: {name: c}}
  tolerations: [{key: karpenter.sh/disrupted, operator: Exists}, {key: dedicated, operator: Exists}]
`, &corev1.Pod{})
	want := []corev1.Volume{
		{Name: "data", VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "data"}}},
		{Name: "own", VolumeSource: corev1.VolumeSource{Ephemeral: &corev1.EphemeralVolumeSource{}}},
	}
	if diff := cmp.Diff(want, pod.Spec.Volumes); diff != "" {
		t.Errorf("volumes (-want +got):\n%s", diff)
	}
	if len(pod.Spec.Tolerations) != 1 || pod.Spec.Tolerations[0].Key != "karpenter.sh/disrupted" {
		t.Errorf("tolerations: %v", pod.Spec.Tolerations)
	}
	volume := trimmed(t, trimPersistentVolume, `
metadata: {name: pv}
spec:
  capacity: {storage: 1Gi}
  claimRef: {namespace: shop, name: data}
  local: {path: /mnt}
  csi: {driver: d, volumeHandle: h}
  nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [n]}]}]}}
status: {phase: Bound, message: m}
`, &corev1.PersistentVolume{})
	if volume.Spec.ClaimRef == nil || volume.Spec.Local == nil || volume.Spec.NodeAffinity == nil || volume.Status.Phase != corev1.VolumeBound {
		t.Errorf("kept too little: %+v", volume)
	}
	if volume.Spec.Capacity != nil || volume.Spec.CSI != nil || volume.Status.Message != "" {
		t.Errorf("kept too much: %+v", volume)
	}
	attachment := trimmed(t, trimVolumeAttachment, `
metadata: {name: a}
spec: {attacher: x, nodeName: node-1, source: {persistentVolumeName: pv}}
status: {attached: true, attachmentMetadata: {a: b}}
`, &storagev1.VolumeAttachment{})
	if attachment.Spec.NodeName != "node-1" || *attachment.Spec.Source.PersistentVolumeName != "pv" || len(attachment.Status.AttachmentMetadata) > 0 {
		t.Errorf("attachment: %+v", attachment)
	}
	claim := trimmed(t, trimNodeClaim, `
apiVersion: karpenter.sh/v1
kind: NodeClaim
metadata: {name: c}
spec: {terminationGracePeriod: 1h, requirements: []}
status: {providerID: "aws:///a/i-1", capacity: {cpu: 1}}
`, &unstructured.Unstructured{})
	kept := map[string]any{"apiVersion": "karpenter.sh/v1", "kind": "NodeClaim", "metadata": map[string]any{"name": "c"}, "spec": map[string]any{"terminationGracePeriod": "1h"}, "status": map[string]any{"providerID": "aws:///a/i-1"}}
	if diff := cmp.Diff(kept, claim.Object); diff != "" {
		t.Errorf("NodeClaim (-want +got):\n%s", diff)
	}
}
