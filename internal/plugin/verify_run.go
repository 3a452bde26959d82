package plugin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/plugin/view"
)

// runProbes asks the manager for a run, and reads the object again once it is over; false: the time was over before. Where
// probes are off there is none.
func (s *session) runProbes(ctx context.Context, kube client.Client, peering *v1alpha1.VPCPeering) (over bool, err error) {
	if peering.Spec.Verification == nil || !peering.Spec.Verification.Enabled {
		return true, nil
	}
	if timeIsOver(ctx) { // others have used it up
		return false, s.unasked(ctx, peering)
	}
	token, err := s.askForRun(ctx, kube, peering)
	if err == nil {
		over, err = awaitRun(ctx, kube, peering, token)
	}
	if !over && timeIsOver(ctx) {
		return false, s.unfinished(ctx, peering)
	}
	return over, err
}

// askForRun leaves the object as the API server had it when it took the request.
func (s *session) askForRun(ctx context.Context, kube client.Client, peering *v1alpha1.VPCPeering) (token string, err error) {
	before := peering.DeepCopy()
	token = "kubectl-" + s.now().UTC().Format(time.RFC3339Nano)
	metav1.SetMetaDataAnnotation(&peering.ObjectMeta, v1alpha1.AnnotationReconcile, token)
	return token, kube.Patch(ctx, peering, client.MergeFrom(before), client.FieldOwner("kubectl-crossvpc"))
}

// awaitRun reads the object until a run has ended that had not when it was asked for, or until the time is over.
func awaitRun(ctx context.Context, kube client.Reader, peering *v1alpha1.VPCPeering, token string) (over bool, err error) {
	before := lastRun(peering)
	for {
		// A fresh object each time: a field that is absent from an answer keeps its value in one that is read into again.
		seen := &v1alpha1.VPCPeering{}
		if err := kube.Get(ctx, client.ObjectKeyFromObject(peering), seen); err != nil {
			return false, err
		}
		if *peering = *seen; probed(peering, token, before) {
			return true, nil
		}
		select {
		case <-ctx.Done():
			return false, nil
		case <-time.After(redraw):
		}
	}
}

// lastRun is when the last run ended, by the manager's clock; nil: none has.
func lastRun(peering *v1alpha1.VPCPeering) *metav1.Time {
	if peering.Status.Verification == nil {
		return nil
	}
	return peering.Status.Verification.LastRunTime
}

// probed reports whether a run that was asked for is over. Nothing is compared with this machine's clock, which may differ
// from the manager's: a last run that is another one than before is the one.
func probed(peering *v1alpha1.VPCPeering, token string, before *metav1.Time) bool {
	verification := peering.Status.Verification
	switch {
	case peering.Status.LastHandledReconcileAt != token:
		return false
	case verification == nil: // no pods are there to be probed, and none will be
		found := meta.FindStatusCondition(peering.Status.Conditions, v1alpha1.ConditionConnectivityVerified)
		return found != nil && found.Reason == v1alpha1.ReasonNotRequired
	}
	return verification.RunStartTime == nil && verification.LastRunTime != nil && !verification.LastRunTime.Equal(before)
}

// unasked says that no time was left for a run.
func (s *session) unasked(ctx context.Context, peering *v1alpha1.VPCPeering) error {
	if interrupted(ctx) {
		return errors.New("interrupted")
	}
	_, err := fmt.Fprintf(s.streams.ErrOut, "The probes of VPCPeering %s/%s were not run: the time was over. Give it more with --wait.\n", peering.Namespace, peering.Name)
	return err
}

// unfinished says that the run goes on: the pods are crossvpc's own, and it removes them whoever is interrupted.
func (s *session) unfinished(ctx context.Context, peering *v1alpha1.VPCPeering) error {
	if interrupted(ctx) {
		return fmt.Errorf("interrupted. The probes of VPCPeering %s/%s go on, and crossvpc removes their pods. See: kubectl crossvpc verify %s --namespace %s --wait 0",
			peering.Namespace, peering.Name, peering.Name, peering.Namespace)
	}
	_, err := fmt.Fprintf(s.streams.ErrOut, "The probes of VPCPeering %s/%s did not end in time; this is what was seen before. %s\n",
		peering.Namespace, peering.Name, view.Head(peering).Message)
	return err
}

// timeIsOver looks at the clock, too: a context says so a moment late, and client-go's limiter refuses a request before it does.
func timeIsOver(ctx context.Context) bool {
	deadline, set := ctx.Deadline()
	return ctx.Err() != nil || set && !time.Now().Before(deadline)
}

func interrupted(ctx context.Context) bool { return errors.Is(ctx.Err(), context.Canceled) }
