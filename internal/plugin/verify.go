package plugin

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
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
	command.Flags().DurationVar(&wait, "wait", 2*time.Minute, "How long all runs together may take. 0 runs nothing and shows what was seen last.")
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
