package plugin

import (
	"context"
	"encoding/xml"
	"io"

	"github.com/spf13/cobra"
	coordinationv1 "k8s.io/api/coordination/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/plugin/diagnosis"
	"github.com/crossvpc/crossvpc/internal/plugin/view"
)

// asked are the flags of diagnose.
type asked struct {
	sourceContext, destinationContext string
	junit                             bool
}

func (s *session) diagnoseCommand() *cobra.Command {
	var flags asked
	command := &cobra.Command{
		Use:   "diagnose SOURCE DESTINATION",
		Short: "Walk the hops from one end to the other, and stop at the first that does not hold",
		Long: `Walk the hops from one end to the other and back, in the order that a packet takes them, and stop at the first that does not hold,
with the evidence and what cures it. It reads only: no packet is sent.

An end is an address, a VPC, a PeeredCluster, CLUSTER/NODE, or pod/NAMESPACE/NAME. Codes are explained in docs/checks.md.`,
		Example: `  # two clusters
  kubectl crossvpc diagnose local us
  # a pod of this cluster, and an address of the peer
  kubectl crossvpc diagnose pod/shop/cart-0 10.12.3.4
  # pods of both clusters, for a machine to read
  kubectl crossvpc diagnose pod/shop/cart-0 pod/shop/stock-0 --destination-context us --junit`,
		Args: cobra.ExactArgs(2),
		RunE: func(command *cobra.Command, args []string) error {
			return s.diagnose(command.Context(), args[0], args[1], flags)
		},
	}
	command.Flags().StringVar(&flags.sourceContext, "source-context", "", "Context of the kubeconfig whose cluster has the source's pod. Default: that of --context.")
	command.Flags().StringVar(&flags.destinationContext, "destination-context", "", "Context of the kubeconfig whose cluster has the destination's pod.")
	command.Flags().BoolVar(&flags.junit, "junit", false, "Write the checks as a JUnit test suite.")
	return command
}

func (s *session) diagnose(ctx context.Context, from, to string, flags asked) error {
	evidence, err := s.evidence(ctx, from, to, flags)
	if err != nil {
		return err
	}
	steps := diagnosis.Walk(evidence)
	tree := diagnosis.Tree("From "+from+" to "+to, steps)
	if flags.junit {
		err = writeXML(s.streams.Out, diagnosis.JUnit(tree.Name, steps))
	} else {
		err = s.print(steps, func(to io.Writer) error { return s.paper().Write(to, tree) })
	}
	if err != nil {
		return err
	}
	if tree.State == view.Unknown {
		return errUnclear
	}
	return judged(tree.State)
}

// writeXML writes what a person can read, too.
func writeXML(to io.Writer, suite diagnosis.Suite) error {
	content, err := xml.MarshalIndent(suite, "", "  ")
	if err != nil {
		return err
	}
	_, err = io.WriteString(to, xml.Header+string(content)+"\n")
	return err
}

// evidence reads everything that the checks look at.
func (s *session) evidence(ctx context.Context, from, to string, flags asked) (diagnosis.Evidence, error) {
	evidence := diagnosis.Evidence{Now: s.now()}
	kube, err := s.client()
	if err != nil {
		return evidence, err
	}
	if evidence.From, err = s.end(ctx, from, flags.sourceContext); err != nil {
		return evidence, err
	}
	if evidence.To, err = s.end(ctx, to, flags.destinationContext); err != nil {
		return evidence, err
	}
	all, err := peerings(ctx, kube, "")
	if err != nil {
		return evidence, err
	}
	join(&evidence, all)
	known := s.clusters(ctx, kube)
	inCluster(&evidence.From, known)
	inCluster(&evidence.To, known)
	lease := &coordinationv1.Lease{}
	if err := kube.Get(ctx, client.ObjectKey{Namespace: s.system, Name: v1alpha1.LeaderLease}, lease); err == nil && lease.Spec.RenewTime != nil {
		evidence.ManagerSeen = lease.Spec.RenewTime.Time
	}
	return evidence, nil
}
