package clusterview

import (
	"context"
	"errors"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// lister answers lists as a cluster would in which one kind may not be listed.
type lister struct {
	client.Client

	denied string
	broken error
}

func (l lister) List(_ context.Context, list client.ObjectList, _ ...client.ListOption) error {
	forbidden := func(kind string) error {
		if l.denied != kind {
			return l.broken
		}
		return apierrors.NewForbidden(schema.GroupResource{Resource: kind}, "", errors.New("no right"))
	}
	switch list := list.(type) {
	case *corev1.PersistentVolumeList:
		list.Items = []corev1.PersistentVolume{{ObjectMeta: metav1.ObjectMeta{Name: "pv"}, Spec: corev1.PersistentVolumeSpec{
			ClaimRef: &corev1.ObjectReference{Namespace: "shop", Name: "data"},
			NodeAffinity: &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
				MatchExpressions: []corev1.NodeSelectorRequirement{{Key: corev1.LabelHostname, Operator: corev1.NodeSelectorOpIn, Values: []string{"n"}}},
			}}}},
		}}}
		return forbidden("persistentvolumes")
	case *storagev1.VolumeAttachmentList:
		list.Items = []storagev1.VolumeAttachment{{ObjectMeta: metav1.ObjectMeta{Name: "csi-1"}, Spec: storagev1.VolumeAttachmentSpec{NodeName: "n", Source: storagev1.VolumeAttachmentSource{PersistentVolumeName: new("pv")}}}}
		return forbidden("volumeattachments")
	default:
		return errors.New("asked for something else")
	}
}

func TestWithoutTheRightToSeeVolumesNodesAreReplacedAsBeforeAndThatIsSaid(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lister lister
		unseen bool
	}{
		"all may be read":            {lister{}, false},
		"no PersistentVolumes":       {lister{denied: "persistentvolumes"}, true},
		"no VolumeAttachments":       {lister{denied: "volumeattachments"}, true},
		"the API server is not well": {lister{broken: errors.New("timeout")}, false},
	} {
		v := nodeWith("1.18.0")
		said, err := v.ReadStorage(t.Context(), c.lister)
		if (err != nil) != (c.lister.broken != nil) {
			t.Errorf("%s: %v", name, err)
		}
		if c.lister.broken != nil {
			continue
		}
		node := v.theNode(t, v1alpha1.RolloutReplaceNodes)
		if (node.LocalData == nil) != c.unseen || (len(node.Attached) == 0) != c.unseen {
			t.Errorf("%s: local data %v, attached %v", name, node.LocalData, node.Attached)
		}
		if c.unseen != strings.Contains(said, "PersistentVolumes and VolumeAttachments") {
			t.Errorf("%s: said %q", name, said)
		}
	}
}
