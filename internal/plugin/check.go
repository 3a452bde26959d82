package plugin

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	authorizationv1 "k8s.io/api/authorization/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/plugin/kube"
	"github.com/crossvpc/crossvpc/internal/plugin/view"
)

func (s *session) checkCommand() *cobra.Command {
	var readAWS bool
	var dryRun dryRunFlags
	command := &cobra.Command{
		Use:   "check",
		Short: "Is crossvpc installed, alive, and able to do its work? Reads only",
		Example: `  kubectl crossvpc check
  # with AWS read now, with your own credentials: what would be refused, encryption controls, quotas in use
  kubectl crossvpc check --read-aws --aws-profile eu=network-eu --aws-profile us=network-us
  kubectl crossvpc check -o json`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			kube, err := s.client()
			if err != nil {
				return err
			}
			looks := []look{s.checkKinds, s.checkRights, s.checkManager, s.checkIdentities, s.checkClusters, s.checkPeerings}
			if readAWS {
				looks = append(looks, s.checkAWS(&dryRun))
			}
			return s.check(command.Context(), kube, looks)
		},
	}
	command.Flags().BoolVar(&readAWS, "read-aws", false, "Read AWS, too, with your own credentials: what would be refused, encryption controls, and what is in use of quotas.")
	dryRun.addClusters(command.Flags(), "--read-aws")
	dryRun.addAWS(command.Flags(), "--read-aws")
	return command
}

// look is one part of a check.
type look func(context.Context, client.Client) (view.Item, error)

// check looks at one thing after the other, and stops where the next can't be judged.
func (s *session) check(ctx context.Context, kube client.Client, looks []look) error {
	root := view.Item{Name: "crossvpc", State: view.Good}
	for _, look := range looks {
		item, err := look(ctx, kube)
		if err != nil {
			item.State, item.Message = view.Unknown, explain(err)
		}
		root.Items = append(root.Items, item)
		if item.State == view.Unknown && item.Name == kindsCheck {
			break
		}
	}
	root.State = view.Worst(root.Items)
	if err := s.printTree(root); err != nil {
		return err
	}
	if root.Items[0].State == view.Unknown { // what is not installed, or not in reach, is neither good nor bad
		return errUnclear
	}
	return judged(root.State)
}

const kindsCheck = "CRDs"

// checkKinds asks the API server for each kind in the version that this program speaks.
func (s *session) checkKinds(ctx context.Context, kube client.Client) (view.Item, error) {
	item := view.Item{Name: kindsCheck, State: view.Good, Message: "The cluster serves all three kinds in version " + v1alpha1.GroupVersion.Version + "."}
	for _, list := range []client.ObjectList{&v1alpha1.AWSIdentityList{}, &v1alpha1.PeeredClusterList{}, &v1alpha1.VPCPeeringList{}} {
		if err := kube.List(ctx, list, client.Limit(1)); err != nil {
			return item, err
		}
	}
	return item, nil
}

// rights are what a person needs for this plugin; to write is not needed to look.
var rights = []authorizationv1.ResourceAttributes{
	{Group: v1alpha1.GroupVersion.Group, Resource: "vpcpeerings", Verb: "list"},
	{Group: v1alpha1.GroupVersion.Group, Resource: "peeredclusters", Verb: "list"},
	{Group: v1alpha1.GroupVersion.Group, Resource: "awsidentities", Verb: "list"},
	{Group: v1alpha1.GroupVersion.Group, Resource: "vpcpeerings", Verb: "patch"},
	{Group: v1alpha1.GroupVersion.Group, Resource: "peeredclusters", Verb: "patch"},
}

func (s *session) checkRights(ctx context.Context, hub client.Client) (view.Item, error) {
	item := view.Item{Name: "Your rights", State: view.Good, Message: "You may see and steer everything."}
	denied, err := kube.Denied(ctx, hub, rights)
	if err != nil {
		return item, err
	}
	if len(denied) > 0 {
		var missing []string
		for _, right := range denied {
			missing = append(missing, right.Verb+" "+right.Resource+"."+right.Group)
		}
		item.State, item.Message = view.AtRest, "You may not: "+strings.Join(missing, ", ")+". Ask for these rights if you need them."
	}
	return item, nil
}

// checkManager says whether a manager lives, and what it is late with.
func (s *session) checkManager(ctx context.Context, kube client.Client) (view.Item, error) {
	return s.manager(ctx, kube, nil)
}

func (s *session) checkIdentities(ctx context.Context, kube client.Client) (view.Item, error) {
	list := &v1alpha1.AWSIdentityList{}
	err := kube.List(ctx, list)
	return group("AWSIdentities", list.Items, view.Identity), err
}

func (s *session) checkClusters(ctx context.Context, kube client.Client) (view.Item, error) {
	list := &v1alpha1.PeeredClusterList{}
	err := kube.List(ctx, list)
	return group("PeeredClusters", list.Items, view.Cluster), err
}

func (s *session) checkPeerings(ctx context.Context, kube client.Client) (view.Item, error) {
	all, err := peerings(ctx, kube, "")
	return group("VPCPeerings", all, func(peering *v1alpha1.VPCPeering) view.Item {
		item := view.Head(peering)
		item.Name = peering.Namespace + "/" + peering.Name
		return item
	}), err
}

// group counts what is good and shows the rest.
func group[T any](name string, objects []T, show func(*T) view.Item) view.Item {
	var shown []view.Item
	for i := range objects {
		if item := show(&objects[i]); item.State != view.Good {
			shown = append(shown, item)
		}
	}
	item := view.Item{Name: name, State: view.Worst(shown), Items: shown}
	good := len(objects) - len(shown)
	item.Message = fmt.Sprintf("%d of %s %s.", good, message.Count(len(objects), "object"), message.Verb(good, "is as it should be", "are as they should be"))
	if len(objects) == 0 {
		item.Message = "There is none."
	}
	return item
}
