package clusterview

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

// ReadStorage reads which volumes there are, and what they are attached to. Unseen says that it may not, as with the rights
// of an earlier release: nodes are then replaced as before. Empty: it may.
func (v *View) ReadStorage(ctx context.Context, kube client.Client) (unseen string, err error) {
	var (
		volumes     corev1.PersistentVolumeList
		attachments storagev1.VolumeAttachmentList
	)
	for _, list := range []client.ObjectList{&volumes, &attachments} {
		err := kube.List(ctx, list)
		if apierrors.IsForbidden(err) {
			return "PersistentVolumes and VolumeAttachments, so it sees no local volumes and waits for none to be detached", nil
		}
		if err != nil {
			return "", fmt.Errorf("listing volumes and what they are attached to: %w", err)
		}
	}
	v.Storage = podrules.IndexStorage(volumes.Items, attachments.Items)
	return "", nil
}
