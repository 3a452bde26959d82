package plugin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/plugin/view"
)

func (s *session) verifyCommand() *cobra.Command {
	var all bool
	var wait time.Duration
	command := &cobra.Command{
		Use:   "verify [NAME]",
		Short: "Run the probes between pods now, and show clusters × clusters",
		Example: `  # one VPCPeering, now
  kubectl crossvpc verify eu-us --namespace network
  # all of them, as last seen
  kubectl crossvpc verify --all-pairs --wait 0`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: s.completeNames,
		RunE: func(command *cobra.Command, args []string) error {
			if len(args) == 0 && !all {
				return fmt.Errorf("name a VPCPeering, or ask for --all-pairs")
			}
			return s.verify(command.Context(), args, wait)
		},
	}
	command.Flags().BoolVar(&all, "all-pairs", false, "All VPCPeerings of all namespaces.")
	command.Flags().DurationVar(&wait, "wait", 2*time.Minute, "How long a run may take. 0 runs nothing and shows what was seen last.")
	return command
}

func (s *session) verify(ctx context.Context, args []string, wait time.Duration) error {
	kube, err := s.client()
	if err != nil {
		return err
	}
	chosen, err := s.chosen(ctx, kube, args)
	if err != nil {
		return err
	}
	over := true
	if wait > 0 {
		ctx, cancel := context.WithTimeout(ctx, wait)
		defer cancel()
		for i := range chosen {
			ended, err := s.runProbes(ctx, kube, &chosen[i])
			if err != nil {
				return err
			}
			over = over && ended
		}
	}
	matrix := view.NewMatrix(chosen)
	if err := s.print(matrix, func(to io.Writer) error { return matrix.Write(to, s.paper().Width) }); err != nil {
		return err
	}
	if state := matrix.State(); over || state == view.Bad {
		return judged(state)
	}
	return errUnclear // what was seen before says nothing of now
}

func (s *session) chosen(ctx context.Context, kube client.Reader, args []string) ([]v1alpha1.VPCPeering, error) {
	if len(args) == 0 {
		return peerings(ctx, kube, "")
	}
	namespace, err := s.namespace()
	if err != nil {
		return nil, err
	}
	peering := v1alpha1.VPCPeering{}
	err = kube.Get(ctx, client.ObjectKey{Namespace: namespace, Name: args[0]}, &peering)
	return []v1alpha1.VPCPeering{peering}, err
}

// runProbes asks the manager for a run, and reads the object again once it is over; false: the time was over before. Where
// probes are off there is none.
func (s *session) runProbes(ctx context.Context, kube client.Client, peering *v1alpha1.VPCPeering) (over bool, err error) {
	if peering.Spec.Verification == nil || !peering.Spec.Verification.Enabled {
		return true, nil
	}
	before, token := peering.DeepCopy(), "kubectl-"+s.now().UTC().Format(time.RFC3339Nano)
	asked := metav1.NewTime(s.now().Truncate(time.Second))
	metav1.SetMetaDataAnnotation(&peering.ObjectMeta, v1alpha1.AnnotationReconcile, token)
	if err := kube.Patch(ctx, peering, client.MergeFrom(before), client.FieldOwner("kubectl-crossvpc")); err != nil {
		return false, err
	}
	for {
		// A fresh object each time: a field that is absent from an answer keeps its value in one that is read into again.
		seen := &v1alpha1.VPCPeering{}
		err := kube.Get(ctx, client.ObjectKeyFromObject(peering), seen)
		if err != nil && ctx.Err() == nil { // else the time is over, which is said below
			return false, err
		}
		if err == nil {
			*peering = *seen
		}
		if probed(peering, token, asked) {
			return true, nil
		}
		select {
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.Canceled) { // the pods are crossvpc's own, and it removes them whoever is interrupted
				return false, fmt.Errorf("interrupted. The probes of VPCPeering %s/%s go on, and crossvpc removes their pods. See: kubectl crossvpc verify %s --namespace %s --wait 0",
					peering.Namespace, peering.Name, peering.Name, peering.Namespace)
			}
			_, err := io.WriteString(s.streams.ErrOut, fmt.Sprintf("The probes of VPCPeering %s/%s did not end in time; this is what was seen before. %s\n",
				peering.Namespace, peering.Name, view.Head(peering).Message))
			return false, err
		case <-time.After(redraw):
		}
	}
}

// probed reports whether a run that was asked for is over.
func probed(peering *v1alpha1.VPCPeering, token string, asked metav1.Time) bool {
	verification := peering.Status.Verification
	return peering.Status.LastHandledReconcileAt == token && verification != nil && verification.RunStartTime == nil &&
		verification.LastRunTime != nil && !verification.LastRunTime.Before(&asked)
}
