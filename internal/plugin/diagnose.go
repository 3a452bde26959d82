package plugin

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"
	coordinationv1 "k8s.io/api/coordination/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/heartbeat"
	"github.com/crossvpc/crossvpc/internal/plugin/diagnosis"
	"github.com/crossvpc/crossvpc/internal/plugin/dryrun"
	"github.com/crossvpc/crossvpc/internal/plugin/policies"
	"github.com/crossvpc/crossvpc/internal/plugin/view"
)

// asked are the flags of diagnose.
type asked struct {
	sourceContext, destinationContext string
	junit                             bool
	// port of the destination; empty: any.
	port string
	// readAWS has the path read now, with the asker's credentials.
	readAWS bool
	dryRun  dryRunFlags
	// bundle is the file to pack what a maintainer needs into; empty: none.
	bundle string
	// probe has crossvpc send packets first, for at most wait.
	probe bool
	wait  time.Duration
}

func (s *session) diagnoseCommand() *cobra.Command {
	var flags asked
	command := &cobra.Command{
		Use:   "diagnose SOURCE DESTINATION",
		Short: "Walk the hops from one end to the other, and stop at the first that does not hold",
		Long: `Walk the hops from one end to the other and back, in the order that a packet takes them, and stop at the first that does not hold,
with the evidence and what cures it. Without --probe it only reads.

An end is an address, a VPC, a PeeredCluster, CLUSTER/NODE, or pod/NAMESPACE/NAME. Codes are explained in docs/checks.md.`,
		Example: `  # two clusters
  kubectl crossvpc diagnose local us
  # a pod of this cluster, and an address of the peer
  kubectl crossvpc diagnose pod/shop/cart-0 10.12.3.4
  # pods of both clusters, for a machine to read
  kubectl crossvpc diagnose pod/shop/cart-0 pod/shop/stock-0 --destination-context us --junit
  # the same pods, and what policies say about one port
  kubectl crossvpc diagnose pod/shop/cart-0 pod/shop/stock-0 --destination-context us --port 8080
  # with packets between short-lived pods of both clusters, sent now
  kubectl crossvpc diagnose local us --probe
  # with AWS read now, with your own credentials
  kubectl crossvpc diagnose local us --read-aws --aws-profile eu=network-eu --aws-profile us=network-us
  # with everything that a maintainer needs, to attach to an issue
  kubectl crossvpc diagnose local us --bundle crossvpc.tar.gz`,
		Args: cobra.ExactArgs(2),
		RunE: func(command *cobra.Command, args []string) error {
			return s.diagnose(command.Context(), args[0], args[1], flags)
		},
	}
	command.Flags().StringVar(&flags.sourceContext, "source-context", "", "Context of the kubeconfig whose cluster has the source's pod. Default: that of --context.")
	command.Flags().StringVar(&flags.destinationContext, "destination-context", "", "Context of the kubeconfig whose cluster has the destination's pod.")
	command.Flags().StringVar(&flags.port, "port", "", "Port of the destination that network policies are asked about, as 8080 or 53/udp. Default: any.")
	command.Flags().BoolVar(&flags.junit, "junit", false, "Write the checks as a JUnit test suite.")
	command.Flags().BoolVar(&flags.probe, "probe", false, "First have crossvpc send packets between short-lived pods, as its verification does.")
	command.Flags().DurationVar(&flags.wait, "wait", 2*time.Minute, "How long --probe may take.")
	command.Flags().BoolVar(&flags.readAWS, "read-aws", false, "Read routes, groups and network ACLs now, with your own AWS credentials, in place of what status.path and PathClear say of them.")
	flags.dryRun.addAWS(command.Flags(), "--read-aws")
	command.Flags().StringVar(&flags.bundle, "bundle", "", "New file to pack what a maintainer needs into: objects, events, logs, the checks. Secrets are taken out.")
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
	if err == nil && flags.bundle != "" {
		err = s.writeBundle(ctx, flags.bundle, evidence, steps, tree)
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
	if flags.port != "" {
		port, err := policies.ParsePort(flags.port)
		if err != nil {
			return evidence, fmt.Errorf("--port: %w", err)
		}
		evidence.Port = &port
	}
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
	if flags.probe && evidence.Peering != nil {
		if err := s.probeFirst(ctx, kube, evidence.Peering, flags.wait); err != nil {
			return evidence, err
		}
		join(&evidence, all) // with what the run has written
	}
	if evidence.PathReadNow = flags.readAWS && evidence.Peering != nil; evidence.PathReadNow {
		if evidence.Peering, err = s.readPath(ctx, evidence.Peering, &flags.dryRun); err != nil {
			return evidence, err
		}
	}
	known := s.clusters(ctx, kube)
	inCluster(&evidence.From, known)
	inCluster(&evidence.To, known)
	evidence.ManagerSeen, evidence.Late = s.managerSeen(ctx, kube), s.lateWith(ctx, kube, evidence)
	return evidence, errors.Join(
		s.lookForMesh(ctx, &evidence.From, flags.sourceContext), s.lookForMesh(ctx, &evidence.To, flags.destinationContext),
		s.lookAtAgent(ctx, &evidence.From, flags.sourceContext), s.lookAtAgent(ctx, &evidence.To, flags.destinationContext),
	)
}

// managerSeen is when the acting manager renewed its lease last; zero: no lease says.
func (s *session) managerSeen(ctx context.Context, kube client.Reader) time.Time {
	lease := &coordinationv1.Lease{}
	if err := kube.Get(ctx, client.ObjectKey{Namespace: s.system, Name: v1alpha1.LeaderLease}, lease); err != nil || lease.Spec.RenewTime == nil {
		return time.Time{}
	}
	return lease.Spec.RenewTime.Time
}

// lateWith names what the diagnosis rests on and the manager is late with. Who may not read the heartbeat is told nothing of it.
func (s *session) lateWith(ctx context.Context, kube client.Reader, evidence diagnosis.Evidence) []string {
	lease := &coordinationv1.Lease{}
	if err := kube.Get(ctx, client.ObjectKey{Namespace: s.system, Name: heartbeat.Lease}, lease); err != nil || evidence.Peering == nil {
		return nil
	}
	beat, err := heartbeat.Read(lease)
	if err != nil {
		return nil
	}
	of := []heartbeat.Late{{Kind: "VPCPeering", Namespace: evidence.Peering.Namespace, Name: evidence.Peering.Name}}
	for _, end := range []diagnosis.End{evidence.From, evidence.To} {
		if end.Cluster != nil {
			of = append(of, heartbeat.Late{Kind: "PeeredCluster", Name: end.Cluster.Name})
		}
	}
	var named []string
	for _, late := range beat.Late {
		if slices.ContainsFunc(of, late.Same) {
			named = append(named, fmt.Sprintf("%s (due %s ago)", lateName(late), view.Age(s.now(), late.Due)))
		}
	}
	return named
}

// readPath reads the path as it is now. What could not be read of it is said, and its checks are Unclear.
func (s *session) readPath(ctx context.Context, peering *v1alpha1.VPCPeering, flags *dryRunFlags) (*v1alpha1.VPCPeering, error) {
	options, err := s.dryRun(ctx, flags)
	if err != nil {
		return nil, err
	}
	seen, unread, err := dryrun.Path(ctx, options, peering)
	for _, why := range unread {
		_, _ = fmt.Fprintln(s.streams.ErrOut, "warning: the path was not read, or not whole:", why)
	}
	return seen, err
}

// probeFirst has a run made and waits for it.
func (s *session) probeFirst(ctx context.Context, kube client.Client, peering *v1alpha1.VPCPeering, wait time.Duration) error {
	if peering.Spec.Verification == nil || !peering.Spec.Verification.Enabled {
		return fmt.Errorf("--probe: spec.verification.enabled of VPCPeering %s/%s is false, so crossvpc sends no packets. Set it to true, or diagnose without --probe",
			peering.Namespace, peering.Name)
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	over, err := s.runProbes(ctx, kube, peering)
	if err == nil && !over {
		err = fmt.Errorf("--probe: the run did not end within %s. Diagnose without --probe, or give it more time with --wait", wait)
	}
	return err
}
