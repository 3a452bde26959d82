package plugin

import (
	"context"
	"io"
	"time"

	"github.com/spf13/cobra"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/heartbeat"
	"github.com/crossvpc/crossvpc/internal/plugin/view"
)

// redraw is how often --watch looks again.
const redraw = 2 * time.Second

func (s *session) statusCommand() *cobra.Command {
	var everywhere, watch bool
	command := &cobra.Command{
		Use:   "status [NAME]",
		Short: "How VPCPeerings stand, what they wait for, and since when",
		Example: `  # all VPCPeerings of the namespace, a line each
  kubectl crossvpc status
  # one of them as a tree, until it is Ready
  kubectl crossvpc status eu-us --namespace network --watch`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: s.completeNames,
		RunE: func(command *cobra.Command, args []string) error {
			return s.status(command.Context(), args, everywhere, watch)
		},
	}
	command.Flags().BoolVarP(&everywhere, "all-namespaces", "A", false, "All namespaces.")
	command.Flags().BoolVarP(&watch, "watch", "w", false, "With NAME: draw again every 2 seconds until it is good or somebody is needed.")
	return command
}

func (s *session) status(ctx context.Context, args []string, everywhere, watch bool) error {
	kube, namespace, err := s.open()
	if err != nil {
		return err
	}
	if len(args) == 0 {
		if everywhere {
			namespace = ""
		}
		return s.list(ctx, kube, namespace)
	}
	key := client.ObjectKey{Namespace: namespace, Name: args[0]}
	if watch {
		return s.watch(ctx, kube, key)
	}
	tree, err := s.tree(ctx, kube, key)
	if err != nil {
		return err
	}
	if err := s.printTree(tree); err != nil {
		return err
	}
	return judged(tree.State)
}

func (s *session) list(ctx context.Context, kube client.Reader, namespace string) error {
	all, err := peerings(ctx, kube, namespace)
	if err != nil {
		return err
	}
	heads, states := make([]view.Item, len(all)), make([]view.State, 0, len(all)+1)
	for i := range all {
		heads[i] = view.Head(&all[i])
		heads[i].Name, states = all[i].Namespace+"/"+all[i].Name, append(states, heads[i].State)
	}
	text := func(to io.Writer) error {
		if len(all) == 0 {
			_, err := io.WriteString(to, none(namespace))
			return err
		}
		return s.paper().Summary(to, all)
	}
	if err := s.print(heads, text); err != nil {
		return err
	}
	home, err := s.nobodyHome(ctx, kube)
	if err != nil {
		return err
	}
	return judged(append(states, home)...)
}

// nobodyHome says so beside a list, and how bad it is.
func (s *session) nobodyHome(ctx context.Context, kube client.Reader) (view.State, error) {
	manager, err := s.manager(ctx, kube, nil)
	if err != nil || manager.State != view.Bad {
		return view.Good, nil //nolint:nilerr // who may not read the heartbeat is told nothing of it
	}
	return view.Bad, s.paper().Write(s.streams.ErrOut, manager)
}

// none says where there is no VPCPeering.
func none(namespace string) string {
	if namespace == "" {
		return "There is no VPCPeering in any namespace.\n"
	}
	return "There is no VPCPeering in namespace " + namespace + ". Choose another with --namespace, or all with -A.\n"
}

func (s *session) tree(ctx context.Context, kube client.Reader, key client.ObjectKey) (view.Item, error) {
	peering := &v1alpha1.VPCPeering{}
	if err := kube.Get(ctx, key, peering); err != nil {
		return view.Item{}, err
	}
	found := s.clusters(ctx, kube)
	of := []heartbeat.Late{{Kind: "VPCPeering", Namespace: peering.Namespace, Name: peering.Name}}
	for _, name := range view.ClustersOf(peering) {
		of = append(of, heartbeat.Late{Kind: "PeeredCluster", Name: name})
	}
	return s.withManager(ctx, kube, view.Peering(peering, found), of...), nil
}

// watch draws until there is nothing to wait for.
func (s *session) watch(ctx context.Context, kube client.Reader, key client.ObjectKey) error {
	ticker := time.NewTicker(redraw)
	defer ticker.Stop()
	for {
		tree, err := s.tree(ctx, kube, key)
		if err != nil {
			return err
		}
		if paper := s.paper(); paper.Width > 0 {
			_, _ = io.WriteString(s.streams.Out, "\x1b[H\x1b[2J")
		}
		if err := s.printTree(tree); err != nil {
			return err
		}
		if tree.State != view.Working && tree.State != view.Unknown {
			return judged(tree.State)
		}
		select {
		case <-ctx.Done():
			return errNotGood
		case <-ticker.C:
		}
	}
}

// completeNames offers the VPCPeerings of the namespace to the shell.
func (s *session) completeNames(command *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	kube, namespace, err := s.open()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	all, err := peerings(command.Context(), kube, namespace)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []cobra.Completion
	for i := range all {
		names = append(names, all[i].Name)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
