package plugin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/plugin/dryrun"
	"github.com/crossvpc/crossvpc/internal/plugin/manifest"
	"github.com/crossvpc/crossvpc/internal/plugin/view"
)

// planFlags are those of the command plan.
type planFlags struct {
	wait         time.Duration
	approve, yes bool
	// nodes has the clusters of a VPCPeering in the cluster read, too, with the asker's credentials.
	nodes  bool
	dryRun dryRunFlags
}

func (s *session) planCommand() *cobra.Command {
	flags := &planFlags{}
	command := &cobra.Command{
		Use:   "plan NAME | -f FILE",
		Short: "What a VPCPeering would change, and which nodes it would renew, before it does",
		Long: `What a VPCPeering would change, and which nodes it would renew, before it does.

With NAME it shows the plan of a VPCPeering in the cluster whose mode is Plan. The operator plans for nodes once the peering
is carried out; --nodes shows before that which nodes would be renewed, and which budgets would hold them up, with your own
credentials. With -f it makes the plan of VPCPeerings that
nobody applied yet, by the same steps as the operator, with your own credentials: AWS profiles, and contexts of your
kubeconfig. PeeredClusters and AWSIdentities are in the files or in the cluster. Nothing is written.`,
		Example: `  # what would change, once the plan is made
  kubectl crossvpc plan eu-us --namespace network --wait 2m

  # the same, and then approve exactly that, if you say yes
  kubectl crossvpc plan eu-us --namespace network --wait 2m --approve

  # with the nodes that would be renewed, and the budgets that would hold them up
  kubectl crossvpc plan eu-us --namespace network --nodes --aws-profile eu=network-eu --aws-profile us=network-us --cluster-context us=admin@us

  # what a file would change that nobody applied yet
  kubectl crossvpc plan -f peering.yaml --aws-profile eu=network-eu --aws-profile us=network-us --cluster-context us=admin@us`,
		Args: func(_ *cobra.Command, args []string) error {
			if named, files := len(args) == 1, len(flags.dryRun.files) > 0; len(args) > 1 || named == files {
				return errors.New("give the NAME of one VPCPeering, or files with -f")
			}
			return nil
		},
		ValidArgsFunction: s.completeNames,
		RunE: func(command *cobra.Command, args []string) error {
			if len(args) == 0 {
				return s.planFiles(command.Context(), flags)
			}
			return s.plan(command.Context(), args[0], flags)
		},
	}
	command.Flags().DurationVar(&flags.wait, "wait", 0, "How long to wait until the plan is made.")
	command.Flags().BoolVar(&flags.approve, "approve", false, "Ask whether to approve the plan that is shown, and set spec.approvedPlan.")
	command.Flags().BoolVar(&flags.yes, "yes", false, "With --approve: do not ask.")
	command.Flags().BoolVar(&flags.nodes, "nodes", false, "With NAME: also read which nodes would be renewed, and what would hold them up, with your own AWS and cluster credentials.")
	flags.dryRun.add(command.Flags())
	return command
}

func (s *session) plan(ctx context.Context, name string, flags *planFlags) error {
	kube, namespace, err := s.open()
	if err != nil {
		return err
	}
	key := client.ObjectKey{Namespace: namespace, Name: name}
	plan, err := s.planned(ctx, kube, key, flags.wait)
	if err != nil {
		return err
	}
	if flags.nodes {
		if plan, err = s.withNodes(ctx, kube, key, plan, flags); err != nil {
			return err
		}
	}
	if err := s.print(plan, func(to io.Writer) error { return s.paper().WritePlan(to, plan) }); err != nil {
		return err
	}
	if err := judgedPlans([]view.Plan{plan}); err != nil {
		return err
	}
	if flags.approve {
		return s.approvePlan(ctx, kube, key, plan, flags.yes)
	}
	return nil
}

// withNodes adds what clusters would do, by the same steps as for files: the peering counts as carried out in them.
func (s *session) withNodes(ctx context.Context, kube client.Reader, key client.ObjectKey, plan view.Plan, flags *planFlags) (view.Plan, error) {
	peering := &v1alpha1.VPCPeering{}
	if err := kube.Get(ctx, key, peering); err != nil {
		return plan, err
	}
	options, err := s.dryRun(ctx, &flags.dryRun)
	if err != nil {
		return plan, err
	}
	beside, err := dryrun.Plans(ctx, options, manifest.Objects{Peerings: []*v1alpha1.VPCPeering{peering}})
	if err != nil {
		return plan, err
	}
	return plan.WithNodesOf(beside[0]), nil
}

// planned reads the plan, and until the time is over as often as watch draws.
func (s *session) planned(ctx context.Context, kube client.Reader, key client.ObjectKey, wait time.Duration) (view.Plan, error) {
	deadline := s.now().Add(wait)
	for {
		peering := &v1alpha1.VPCPeering{}
		if err := kube.Get(ctx, key, peering); err != nil {
			return view.Plan{}, err
		}
		if peering.Spec.Mode != v1alpha1.ModePlan && peering.Spec.ApprovedPlan == "" {
			return view.Plan{}, fmt.Errorf("VPCPeering %s has no plan because its mode is %s. See: kubectl crossvpc status %s --namespace %s",
				key, modeOf(peering), key.Name, key.Namespace)
		}
		over := !s.now().Before(deadline)
		if peering.Status.Plan != nil && peering.Status.ObservedGeneration == peering.Generation && (over || settledPlan(peering)) {
			return view.NewPlan(peering, s.clusters(ctx, kube)), nil
		}
		if over {
			return view.Plan{}, errors.New(strings.TrimSpace(fmt.Sprintf("The plan of VPCPeering %s is not made yet. %s", key, view.Head(peering).Message)))
		}
		select {
		case <-ctx.Done():
			return view.Plan{}, ctx.Err()
		case <-time.After(redraw):
		}
	}
}

// settledPlan: while something is awaited, as what a cluster reports, the plan is not whole.
func settledPlan(peering *v1alpha1.VPCPeering) bool {
	return !meta.IsStatusConditionTrue(peering.Status.Conditions, v1alpha1.ConditionReconciling)
}

func modeOf(peering *v1alpha1.VPCPeering) v1alpha1.Mode {
	if peering.Spec.Mode == "" {
		return v1alpha1.ModeApply
	}
	return peering.Spec.Mode
}
