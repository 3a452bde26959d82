package firstrun

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/plugin/view"
)

// prove looks in both accounts and clusters for anything that this installation made, and names what is left.
func (r *run) prove(ctx context.Context) error {
	r.title("Is anything left?")
	root := view.Item{Name: "Installation " + r.InstallationID}
	for _, s := range r.sides() {
		place := view.Item{Name: s.Name}
		for _, look := range []struct {
			name string
			do   func(context.Context) (remains, error)
		}{
			{"Connections, routes and group rules with our tag", r.leftInAWS(s)},
			{"CiliumNodeConfigs, CiliumCIDRGroups and cordons of ours", r.leftInCluster(s)},
			{"Cluster roles and CRDs", r.leftOfInstall(s)},
		} {
			found, err := look.do(ctx)
			place.Items = append(place.Items, judge(look.name, found, err))
		}
		place.State = view.Worst(place.Items)
		root.Items = append(root.Items, place)
	}
	root.State = view.Worst(root.Items)
	if err := view.PaperFor(r.out, time.Now()).Write(r.out, root); err != nil {
		return err
	}
	said, err := verdict(root, r.InstallationID)
	if err == nil {
		r.say("%s AWS shows a deleted connection for some hours as deleted; it is gone all the same.", said)
	}
	return err
}

// verdict is what the proof proves: what is left, what could not be read, and whose the rest is are three things.
func verdict(root view.Item, installation string) (said string, err error) {
	switch {
	case has(root, view.Bad) && has(root, view.Unknown):
		return "", errors.New("what is marked ✖ is left, and what is marked ? could not be read, or no record says whose it is: whether more is left is not known. Correct it, then ask again with make first-run UNDO=all")
	case has(root, view.Bad):
		return "", errors.New("what is marked ✖ is left. When it is gone, ask again with make first-run UNDO=all")
	case has(root, view.Unknown):
		return "", errors.New("nothing was seen that is left, and what is marked ? could not be read, or no record says whose it is: whether anything is left there is not known. Ask again with make first-run UNDO=all when it can be read, or with the record")
	case has(root, view.AtRest):
		return fmt.Sprintf("Nothing of installation %s is left. What is marked ‖ is of another installation or run, and nothing of it was undone: if it is yours, set ID to its id.", installation), nil
	}
	return "Nothing is left.", nil
}

// remains are what a look found.
type remains struct {
	// left is ours, others are of other installations, or were there without this run.
	left, others []string
	// unclaimed may be either: it names no installation, and there is no record.
	unclaimed []string
}

func judge(name string, found remains, err error) view.Item {
	others := "Of another installation or run: " + strings.Join(found.others, ", ") + "."
	switch {
	case err != nil:
		return view.Item{Name: name, State: view.Unknown, Message: fmt.Sprintf("It cannot be read: %v.", err)}
	case len(found.unclaimed) > 0:
		return view.Item{Name: name, State: view.Unknown, Message: "There is no record that says whether this run made it: " + strings.Join(found.unclaimed, ", ") +
			". Name the record with ARGS=-record=FILE. Without one, ask who installed it; docs/install.md says how to remove it."}
	case len(found.left) > 0 && len(found.others) > 0:
		return view.Item{Name: name, State: view.Bad, Message: "Left: " + strings.Join(found.left, ", ") + ". " + others}
	case len(found.left) > 0:
		return view.Item{Name: name, State: view.Bad, Message: "Left: " + strings.Join(found.left, ", ") + "."}
	case len(found.others) > 0:
		return view.Item{Name: name, State: view.AtRest, Message: others}
	}
	return view.Item{Name: name, State: view.Good, Message: "None."}
}

func (r *run) leftInAWS(s *side) func(context.Context) (remains, error) {
	return func(ctx context.Context) (remains, error) {
		if err := s.readNetwork(ctx, aws.VPCs|aws.Connections|aws.RouteTables|aws.Groups, nil); err != nil {
			return remains{}, err
		}
		var groups []string
		for _, group := range s.seen.network.Groups {
			groups = append(groups, group.ID)
		}
		if err := s.readNetwork(ctx, aws.Rules, groups); err != nil {
			return remains{}, err
		}
		return owned(s.seen.network, r.InstallationID), nil
	}
}

// owned names what carries a tag of crossvpc, and routes to connections that do: ours, and those of other installations.
func owned(network peering.SideSnapshot, installation string) (found remains) {
	add := func(what string, tags map[string]string) {
		switch by := tags[v1alpha1.TagManagedBy]; by {
		case "":
		case installation:
			found.left = append(found.left, what)
		default:
			found.others = append(found.others, fmt.Sprintf("%s (%s)", what, cmp.Or(tags[v1alpha1.TagOwner], by)))
		}
	}
	tagsOf := map[string]map[string]string{}
	for _, c := range network.Connections {
		tagsOf[c.ID] = c.Tags
		if !c.State.Gone() && c.State != peering.StateDeleting {
			add(c.ID, c.Tags)
		}
	}
	for _, rule := range network.Rules {
		add(rule.ID, rule.Tags)
	}
	for _, table := range network.RouteTables {
		for _, route := range table.Routes {
			add(fmt.Sprintf("route %s of %s", route.Destination, table.ID), tagsOf[route.Target])
		}
	}
	return found
}

func (r *run) leftInCluster(s *side) func(context.Context) (remains, error) {
	return func(ctx context.Context) (remains, error) {
		configs, err := s.ofCilium(ctx, "CiliumNodeConfig")
		if err != nil {
			return remains{}, err
		}
		groups, err := s.ofCilium(ctx, "CiliumCIDRGroup")
		if err != nil {
			return remains{}, err
		}
		nodes := &corev1.NodeList{}
		if err := s.kube.List(ctx, nodes); err != nil {
			return remains{}, err
		}
		found, named := marked(configs, nodes.Items, r.InstallationID), labelled("CiliumCIDRGroup", groups, r.InstallationID)
		return remains{left: append(named.left, found.left...), others: append(named.others, found.others...)}, nil
	}
}

// ofCilium are crossvpc's objects of one of Cilium's kinds, in whichever version the cluster serves; none, where it serves no such kind.
func (s *side) ofCilium(ctx context.Context, kind string) ([]unstructured.Unstructured, error) {
	list, err := cilium.FirstServed(func(list *unstructured.UnstructuredList) error {
		return s.kube.List(ctx, list, client.MatchingLabels{cilium.LabelManagedBy: cilium.ManagedBy})
	}, cilium.ListOf(kind, "v2"), cilium.ListOf(kind, "v2alpha1"))
	if list == nil || err != nil {
		return nil, err
	}
	return list.Items, nil
}

// labelled sorts objects by the installation that their label names, which is an id as it is (settings.go).
func labelled(kind string, objects []unstructured.Unstructured, installation string) (found remains) {
	for _, object := range objects {
		what, by := kind+" "+object.GetName(), object.GetLabels()[cilium.LabelInstallation]
		if by == installation {
			found.left = append(found.left, what)
			continue
		}
		found.others = append(found.others, fmt.Sprintf("%s (%s)", what, cmp.Or(by, unnamed)))
	}
	return found
}

// unnamed stands for the id of an installation.
const unnamed = "no installation named"

// marked sorts CiliumNodeConfigs by the installation that their label names. The mark on a node names none: where only others have
// the revision that it is renewed for, it is theirs.
func marked(configs []unstructured.Unstructured, nodes []corev1.Node, installation string) (found remains) {
	found = labelled("CiliumNodeConfig", configs, installation)
	ours, theirs := map[string]bool{}, map[string]string{}
	for _, config := range configs {
		by, revision := config.GetLabels()[cilium.LabelInstallation], config.GetLabels()[cilium.LabelRevision]
		if by == installation {
			ours[revision] = true
		} else {
			theirs[revision] = cmp.Or(by, unnamed)
		}
	}
	for _, node := range nodes {
		mark, is := node.Annotations[v1alpha1.AnnotationRollout]
		if !is {
			continue
		}
		record := struct{ Revision string }{}
		_ = json.Unmarshal([]byte(mark), &record) // what cannot be read has no revision
		if by := theirs[record.Revision]; by != "" && !ours[record.Revision] {
			found.others = append(found.others, fmt.Sprintf("node %s (annotation %s, %s)", node.Name, v1alpha1.AnnotationRollout, by))
			continue
		}
		found.left = append(found.left, "node "+node.Name+" (annotation "+v1alpha1.AnnotationRollout+")")
	}
	return found
}

// leftOfInstall waits a little: namespaces and CRDs go some seconds after kubectl said so. What was there without this run stays.
func (r *run) leftOfInstall(s *side) func(context.Context) (remains, error) {
	step := "rights"
	if s == r.hub {
		step = "install"
	}
	return func(ctx context.Context) (remains, error) {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for deadline := time.Now().Add(time.Minute); ; {
			there, err := s.installObjects(ctx)
			switch {
			case err != nil:
				return remains{}, err
			case r.record.lost():
				return remains{unclaimed: there}, nil
			case !r.record.made(step):
				return remains{others: there}, nil
			case len(there) == 0 || time.Now().After(deadline):
				return remains{left: there}, nil
			}
			select {
			case <-ctx.Done():
				return remains{}, ctx.Err()
			case <-tick.C:
			}
		}
	}
}

func (s *side) installObjects(ctx context.Context) ([]string, error) {
	crd := &unstructured.Unstructured{}
	crd.SetGroupVersionKind(schema.GroupVersionKind{Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"})
	var left []string
	for _, look := range []struct {
		object client.Object
		name   string
	}{
		{&rbacv1.ClusterRole{}, "crossvpc-cluster"}, {&corev1.Namespace{}, systemNamespace}, {&corev1.Namespace{}, "crossvpc-probe"},
		{crd, "vpcpeerings." + v1alpha1.GroupVersion.Group},
	} {
		there, err := exists(s, look.object, client.ObjectKey{Name: look.name})(ctx)
		if err != nil {
			return nil, err
		}
		if there {
			left = append(left, look.name)
		}
	}
	return left, nil
}
