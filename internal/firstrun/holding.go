package firstrun

import (
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/bootstrap"
	"github.com/crossvpc/crossvpc/internal/message"
)

// unlessHolding stops before namespaces are deleted in which others run or keep something: all that is in them would go with them.
func (r *run) unlessHolding(s *side, namespaces ...string) command {
	shown := "# stop where others keep something in namespace " + strings.Join(namespaces, " or ") + " of cluster " + s.Cluster
	return command{shown: shown, do: func(ctx context.Context) error {
		var others []string
		for _, namespace := range namespaces {
			names, err := s.heldIn(ctx, namespace)
			if err != nil {
				return err
			}
			others = append(others, names...)
		}
		if len(others) == 0 {
			return nil
		}
		return fmt.Errorf("%s of cluster %s would go with the namespace, and %s not of this run. Ask whose they are; when they are moved or deleted, go on with make first-run UNDO=all. To leave it to them, delete the record %s",
			message.List(others), s.Cluster, message.Verb(len(others), "is", "are"), r.Record)
	}}
}

// heldIn names the Pods of others in a namespace, and what keeps data there. What else they have, such as a Deployment, mostly has one of them.
func (s *side) heldIn(ctx context.Context, namespace string) ([]string, error) {
	var names []string
	for _, kind := range []string{"Pod", "PersistentVolumeClaim", "Secret", "ConfigMap"} {
		list := &metav1.PartialObjectMetadataList{} // without what is in a Secret
		list.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind(kind + "List"))
		if err := s.kube.List(ctx, list, client.InNamespace(namespace)); err != nil {
			return nil, fmt.Errorf("reading each %s in namespace %s of cluster %s: %w", kind, namespace, s.Cluster, err)
		}
		for _, o := range list.Items {
			if !comesWith(kind, o.ObjectMeta) {
				names = append(names, kind+" "+namespace+"/"+o.Name)
			}
		}
	}
	return names, nil
}

// comesWith tells what Kubernetes makes in each namespace, and what comes with crossvpc, by the names in its chart and manifests.
func comesWith(kind string, o metav1.ObjectMeta) bool {
	app, system := o.Labels["app.kubernetes.io/name"], o.Namespace == systemNamespace
	switch kind {
	case "Pod":
		return system && app == "crossvpc" || o.Namespace == probeNamespace && app == "crossvpc-probe"
	case "ConfigMap":
		byHelm := o.Labels["app.kubernetes.io/managed-by"] == "Helm" && o.Labels["app.kubernetes.io/instance"] == "crossvpc"
		return o.Name == "kube-root-ca.crt" || system && (byHelm || slices.Contains([]string{"crossvpc-settings", bootstrap.Marker}, o.Name))
	case "Secret":
		return system && strings.HasPrefix(o.Name, "sh.helm.release.v1.crossvpc.") // what Helm knows of its release
	}
	return false
}
