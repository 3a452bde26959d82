package peeredcluster

import (
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

// twoWithData are two nodes of a group, each with a pod on a volume of its own.
func twoWithData(t *testing.T, volume func(w *world, node string, spec *corev1.PersistentVolumeSpec)) *world {
	t.Helper()
	w := newWorld(t)
	ids := w.addGroup("eu", w.network, 2)
	w.installs("1.18.0", 0)
	for i, node := range []string{"a", "b"} {
		w.addNodeOn(node, w.providerID(ids[i]))
		spec := corev1.PersistentVolumeSpec{
			Capacity: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}, AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			ClaimRef: &corev1.ObjectReference{Kind: "PersistentVolumeClaim", Namespace: "default", Name: "data-" + node, UID: "claim"},
		}
		volume(w, node, &spec)
		made := &corev1.PersistentVolume{ObjectMeta: metav1.ObjectMeta{Name: "pv-" + node}, Spec: spec}
		w.create(made)
		made.Status.Phase = corev1.VolumeBound
		if err := w.kube.Status().Update(t.Context(), made); err != nil {
			t.Fatal(err)
		}
		w.runPod(&corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{
				Namespace: "default", Name: "db-" + node, Annotations: w.clock.stamp(),
				OwnerReferences: []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "StatefulSet", Name: "db", UID: "set", Controller: new(true)}},
			},
			Spec: corev1.PodSpec{
				NodeName: node, Containers: []corev1.Container{{Name: "main", Image: "db"}},
				Volumes: []corev1.Volume{{Name: "data", VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "data-" + node}}}},
			},
		}, "main")
	}
	w.clock.advance(time.Hour)
	w.peeredCluster(replacing("eu"))
	w.peering("eu-us", "10.12.0.0/16")
	return w
}

// attachedTo has the volume attached by a CSI driver, as its attacher says so.
func attachedTo(w *world, node string, spec *corev1.PersistentVolumeSpec) {
	w.t.Helper()
	spec.CSI = &corev1.CSIPersistentVolumeSource{Driver: "ebs.csi.aws.com", VolumeHandle: "vol-" + node}
	w.create(&storagev1.VolumeAttachment{
		ObjectMeta: metav1.ObjectMeta{Name: "csi-" + node},
		Spec:       storagev1.VolumeAttachmentSpec{Attacher: "ebs.csi.aws.com", NodeName: node, Source: storagev1.VolumeAttachmentSource{PersistentVolumeName: new("pv-" + node)}},
	})
}

// onItsDisk has the volume on a disk of the node's own.
func onItsDisk(_ *world, node string, spec *corev1.PersistentVolumeSpec) {
	spec.Local = &corev1.LocalVolumeSource{Path: "/mnt/disks/1"}
	spec.NodeAffinity = &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
		MatchExpressions: []corev1.NodeSelectorRequirement{{Key: corev1.LabelHostname, Operator: corev1.NodeSelectorOpIn, Values: []string{node}}},
	}}}}
}

// emptied reconciles until the node after the canary is empty, and gives its name.
func (w *world) emptied() string {
	w.t.Helper()
	node := ""
	w.until("the node after the canary empty", func(object *v1alpha1.PeeredCluster) bool {
		canary := object.Status.Cilium.Canary
		if canary == nil || canary.State != v1alpha1.CanaryPassed {
			return false
		}
		node = map[string]string{"a": "b", "b": "a"}[canary.Node]
		return slices.Contains(w.cordoned(), node) && len(w.podsOn(node)) == 0
	})
	return node
}

func TestAnInstanceIsTerminatedOnceTheVolumesOfItsPodsAreDetached(t *testing.T) {
	w := twoWithData(t, attachedTo)
	node := w.emptied()
	for range 5 {
		object, _ := w.reconcile()
		if says := meta.FindStatusCondition(object.Status.Conditions, v1alpha1.ConditionNodesUpToDate).Message; !strings.Contains(says, "still attached (pv-"+node+")") {
			t.Errorf("NodesUpToDate says %q", says)
		}
		w.clock.advance(time.Minute)
	}
	if terminated := w.terminations(); len(terminated) > 0 {
		t.Fatalf("terminated while volumes are attached: %v", terminated)
	}
	w.delete(&storagev1.VolumeAttachment{ObjectMeta: metav1.ObjectMeta{Name: "csi-" + node}})
	w.until("terminated", func(*v1alpha1.PeeredCluster) bool { return len(w.terminations()) == 1 })
}

// TestAVolumeThatIsNeverDetachedHoldsAnInstanceForAsLongAsADrainMayTake, and no longer.
func TestAVolumeThatIsNeverDetachedHoldsAnInstanceForAsLongAsADrainMayTake(t *testing.T) {
	w := twoWithData(t, attachedTo)
	w.edit(func(spec *v1alpha1.PeeredClusterSpec) { spec.Rollout.DrainTimeoutSeconds = 120 })
	w.emptied()
	since := w.clock.Now()
	w.until("terminated", func(*v1alpha1.PeeredCluster) bool { return len(w.terminations()) == 1 })
	drain := time.Duration(w.read().Spec.Rollout.DrainTimeoutSeconds) * time.Second
	if waited := w.clock.Now().Sub(since); waited < drain/2 || waited > 2*drain {
		t.Errorf("it was held for %s, and a drain may take %s", waited, drain)
	}
}

// TestANodeWithDataOnItsOwnDisksIsRefusedBeforeItIsCordoned: as the canary it is renewed in place, which keeps them.
func TestANodeWithDataOnItsOwnDisksIsRefusedBeforeItIsCordoned(t *testing.T) {
	w := twoWithData(t, onItsDisk)
	var left v1alpha1.BlockedNode
	w.until("the node after the canary refused", func(object *v1alpha1.PeeredCluster) bool {
		passed := object.Status.Cilium != nil && object.Status.Cilium.Canary != nil && object.Status.Cilium.Canary.State == v1alpha1.CanaryPassed
		if preview := object.Status.Rollout; !passed && preview != nil && preview.Preview != nil && len(w.startedOn()) == 0 &&
			!slices.ContainsFunc(preview.Preview.Blockers, func(says string) bool { return strings.Contains(says, "PersistentVolume pv-") }) {
			t.Errorf("before the first cordon the preview names no volume: %v", preview.Preview.Blockers)
		}
		for _, blocked := range object.Status.BlockedNodes {
			left = blocked
		}
		return passed && left.Reason == podrules.ReasonLocalVolume && len(w.cordoned()) == 0
	})
	if !strings.Contains(left.Message, "PersistentVolume pv-"+left.Name+" (claim default/data-"+left.Name+") is on the node's own disk") {
		t.Errorf("it says %q", left.Message)
	}
	for range 3 {
		w.clock.advance(time.Hour)
		w.reconcile()
	}
	started := slices.DeleteFunc(w.startedOn(), func(node string) bool { return node != left.Name })
	if len(started) > 0 || len(w.terminations()) > 0 || len(w.podsOn(left.Name)) != 1 {
		t.Errorf("node %s was begun on %d times, with %v on it and %v terminated", left.Name, len(started), w.podsOn(left.Name), w.terminations())
	}
	w.delete(&corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "db-" + left.Name}})
	w.dropVolume("pv-" + left.Name)
	w.until("terminated", func(*v1alpha1.PeeredCluster) bool { return len(w.terminations()) == 1 })
}

// dropVolume deletes a volume, for the controller that would take the finalizer off.
func (w *world) dropVolume(name string) {
	w.t.Helper()
	volume := &corev1.PersistentVolume{ObjectMeta: metav1.ObjectMeta{Name: name}}
	if err := w.kube.Patch(w.t.Context(), volume, client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`))); err != nil {
		w.t.Fatal(err)
	}
	w.delete(volume)
}
