package firstrun

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
)

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
