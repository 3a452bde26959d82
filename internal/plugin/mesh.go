package plugin

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/plugin/diagnosis"
)

// clusterID is the agent's option: with 0 it is in no cluster mesh (pkg/clustermesh/clustermesh.go of Cilium).
const clusterID = "cluster-id"

// usualNamespace is where Cilium's documentation installs it, and so what a PeeredCluster has by default.
const usualNamespace = "kube-system"

// lookForMesh notes at a pod's end whether its cluster may be in a cluster mesh.
func (s *session) lookForMesh(ctx context.Context, end *diagnosis.End, kubeContext string) error {
	if end.Pod == nil {
		return nil
	}
	kube, err := s.inContext(kubeContext)
	if err != nil {
		return err
	}
	end.Policies.Mesh = meshOf(ctx, kube, ciliumNamespace(*end))
	return nil
}

// ciliumNamespace is where Cilium is in the cluster of an end.
func ciliumNamespace(end diagnosis.End) string {
	if end.Cluster != nil && end.Cluster.CiliumNamespace() != "" {
		return end.Cluster.CiliumNamespace()
	}
	return usualNamespace
}

// meshOf says why Cilium may know the peer's pods from a cluster mesh; empty: it does not. Which clusters are in it is in a
// Secret with keys, which a diagnosis does not read.
func meshOf(ctx context.Context, kube client.Reader, namespace string) string {
	const unknown = "whether blocks or labels count for the peer's pods: "
	config := &corev1.ConfigMap{}
	if err := kube.Get(ctx, client.ObjectKey{Namespace: namespace, Name: cilium.ConfigMapName}, config); apierrors.IsNotFound(err) {
		return ""
	} else if err != nil {
		return unknown + explain(err)
	}
	if id := config.Data[clusterID]; id != "" && id != "0" {
		return unknown + fmt.Sprintf("%s in ConfigMap %s/%s is %s, so this cluster may be in a cluster mesh. If the peer is not in it, blocks count", clusterID, namespace, cilium.ConfigMapName, id)
	}
	return ""
}
