package plugin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/heartbeat"
	"github.com/crossvpc/crossvpc/internal/plugin/view"
)

func (s *session) rolloutCommand() *cobra.Command {
	command := &cobra.Command{
		Use: "rollout", Short: "See and steer how the nodes of a PeeredCluster are renewed", Args: cobra.NoArgs,
		Example: "  kubectl crossvpc rollout",
		// What cannot be run accepts any word, and would end well for a script that misspells one.
		RunE: func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	for _, act := range []struct {
		name, short, done string
		edit              func(*v1alpha1.PeeredCluster) error
	}{
		{"pause", "Start no further node; what is in progress is finished", "paused", func(c *v1alpha1.PeeredCluster) error {
			c.Spec.Rollout.Paused = true
			return nil
		}},
		{"resume", "Go on after a pause", "resumed", func(c *v1alpha1.PeeredCluster) error {
			c.Spec.Rollout.Paused = false
			return nil
		}},
		{"approve", "Approve the revision that status shows now, and no later one", "approved", approve},
		{"retry", "Try again what failed: a canary, a drain, a replacement", "told to try again", func(c *v1alpha1.PeeredCluster) error {
			metav1.SetMetaDataAnnotation(&c.ObjectMeta, v1alpha1.AnnotationRetry, "kubectl-"+s.now().UTC().Format(time.RFC3339Nano))
			return nil
		}},
	} {
		command.AddCommand(&cobra.Command{
			Use: act.name + " CLUSTER", Short: act.short, Args: cobra.ExactArgs(1), ValidArgsFunction: s.completeClusters,
			Example: "  kubectl crossvpc rollout " + act.name + " local",
			RunE: func(command *cobra.Command, args []string) error {
				return s.edit(command.Context(), args[0], act.done, act.edit)
			},
		})
	}
	command.AddCommand(s.rolloutStatusCommand(), s.stopAllCommand())
	return command
}

// approve refuses what is not shown: nobody approves a value that he could not see.
func approve(cluster *v1alpha1.PeeredCluster) error {
	if cluster.Status.Cilium == nil || cluster.Status.Cilium.Revision == "" {
		return fmt.Errorf("PeeredCluster %s shows no revision to approve yet. See: kubectl crossvpc rollout status %s", cluster.Name, cluster.Name)
	}
	if cluster.Status.ObservedGeneration != cluster.Generation {
		return fmt.Errorf("PeeredCluster %s has changed and its status has not followed yet. Look at it again, then approve", cluster.Name)
	}
	cluster.Spec.Rollout.ApprovedRevision = cluster.Status.Cilium.Revision
	return nil
}

// errDropped: an API server drops fields that its CRDs do not have, and says nothing.
var errDropped = errors.New("the cluster did not take the change: its CRDs are of an older release than this plugin. Upgrade crossvpc there, or use the plugin of its release")

// edit changes a PeeredCluster, unless somebody else did in between.
func (s *session) edit(ctx context.Context, name, done string, change func(*v1alpha1.PeeredCluster) error) error {
	kube, err := s.client()
	if err != nil {
		return err
	}
	cluster := &v1alpha1.PeeredCluster{}
	if err := kube.Get(ctx, client.ObjectKey{Name: name}, cluster); err != nil {
		return err
	}
	before := cluster.DeepCopy()
	if err := change(cluster); err != nil {
		return err
	}
	wanted := cluster.Spec.DeepCopy()
	patch := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
	if err := kube.Patch(ctx, cluster, patch, client.FieldOwner("kubectl-crossvpc")); err != nil {
		return err
	}
	if !equality.Semantic.DeepEqual(*wanted, cluster.Spec) {
		return errDropped
	}
	said := fmt.Sprintf("peeredcluster/%s %s\n", name, done)
	if revision := cluster.Spec.Rollout.ApprovedRevision; done == "approved" {
		said = fmt.Sprintf("peeredcluster/%s approved: revision %s\n", name, revision)
	}
	_, err = io.WriteString(s.streams.Out, said)
	return err
}

func (s *session) rolloutStatusCommand() *cobra.Command {
	return &cobra.Command{
		Use: "status [CLUSTER]", Short: "How far the nodes are, and which are blocked by what; without a name: whose turn it is",
		Example: `  kubectl crossvpc rollout status local
  kubectl crossvpc rollout status`,
		Args: cobra.MaximumNArgs(1), ValidArgsFunction: s.completeClusters,
		RunE: func(command *cobra.Command, args []string) error {
			kube, err := s.client()
			if err != nil {
				return err
			}
			if len(args) == 0 {
				return s.showQueue(command.Context(), kube)
			}
			cluster := &v1alpha1.PeeredCluster{}
			if err := kube.Get(command.Context(), client.ObjectKey{Name: args[0]}, cluster); err != nil {
				return err
			}
			tree := s.withManager(command.Context(), kube, view.Cluster(cluster), heartbeat.Late{Kind: "PeeredCluster", Name: cluster.Name})
			if err := s.printTree(tree); err != nil {
				return err
			}
			return judged(tree.State)
		},
	}
}

// showQueue shows the order in which the clusters of the installation renew nodes.
func (s *session) showQueue(ctx context.Context, kube client.Client) error {
	var all v1alpha1.PeeredClusterList
	if err := kube.List(ctx, &all); err != nil {
		return err
	}
	queue := view.Queue(all.Items)
	if err := s.print(queue, func(to io.Writer) error { return s.paper().Write(to, queue) }); err != nil {
		return err
	}
	return judged(queue.State)
}

func (s *session) stopAllCommand() *cobra.Command {
	var resume bool
	var reason string
	command := &cobra.Command{
		Use: "stop-all", Short: "Stop the rollouts of all clusters of this installation, or let them go on",
		Example: `  kubectl crossvpc rollout stop-all --reason "incident 4711"
  kubectl crossvpc rollout stop-all --resume`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error { return s.stopAll(command.Context(), reason, resume) },
	}
	command.Flags().StringVar(&reason, "reason", "", "Shown in the status of every cluster.")
	command.Flags().BoolVar(&resume, "resume", false, "Let rollouts go on.")
	return command
}

func (s *session) stopAll(ctx context.Context, reason string, resume bool) error {
	kube, err := s.client()
	if err != nil {
		return err
	}
	stop := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: s.system, Name: v1alpha1.StopConfigMap}}
	if resume {
		if err := client.IgnoreNotFound(kube.Delete(ctx, stop)); err != nil {
			return err
		}
		_, err = fmt.Fprintln(s.streams.Out, "Rollouts go on.")
		return err
	}
	stop.Data = map[string]string{"reason": reason}
	if err := client.IgnoreAlreadyExists(kube.Create(ctx, stop, client.FieldOwner("kubectl-crossvpc"))); err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.streams.Out, "No rollout starts a further node. Let them go on with: kubectl crossvpc rollout stop-all --resume")
	return err
}

// completeClusters offers the PeeredClusters to the shell.
func (s *session) completeClusters(command *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	kube, err := s.client()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []cobra.Completion
	all, _ := clusters(command.Context(), kube) // a shell shows no errors
	for name := range all {
		names = append(names, name)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
