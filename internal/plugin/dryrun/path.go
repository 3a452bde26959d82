package dryrun

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/plugin/manifest"
)

// Path reads AWS now, and with the asker's credentials, for what a VPCPeering's status may lack: the object comes back with
// a path that is read as the operator reads it. Unread is why it could not be, or not whole.
func Path(ctx context.Context, options Options, peering *v1alpha1.VPCPeering) (seen *v1alpha1.VPCPeering, unread []string, err error) {
	looked := peering.DeepCopy()
	r, err := newRun(ctx, options, manifest.Objects{Peerings: []*v1alpha1.VPCPeering{looked}})
	if err != nil {
		return nil, nil, err
	}
	defer r.close()
	r.peerings.PathInPlans = true
	if err := r.place(ctx); err != nil {
		return nil, nil, err
	}
	forgetPath(looked)
	for _, side := range []v1alpha1.VPCPeeringSide{peering.Spec.Requester, peering.Spec.Accepter} {
		if _, err := r.lookAtIdentities(ctx, side); err != nil {
			return nil, nil, err
		}
	}
	if err := r.peerings.Preview(ctx, looked); err != nil {
		return nil, nil, fmt.Errorf("reading the path of VPCPeering %s: %w", client.ObjectKeyFromObject(peering), err)
	}
	seen = peering.DeepCopy()
	forgetPath(seen)
	seen.Status.Path = looked.Status.Path
	if path := meta.FindStatusCondition(looked.Status.Conditions, v1alpha1.ConditionPathClear); path != nil {
		meta.SetStatusCondition(&seen.Status.Conditions, *path)
	}
	for _, key := range r.restsOn(looked) {
		if why := r.unread[key]; why != "" {
			unread = append(unread, why)
		}
	}
	return seen, unread, nil
}

// forgetPath: what was seen before is not taken for what is seen now.
func forgetPath(peering *v1alpha1.VPCPeering) {
	peering.Status.Path = nil
	meta.RemoveStatusCondition(&peering.Status.Conditions, v1alpha1.ConditionPathClear)
}
