package vpcpeering

import (
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/clusterview"
	"github.com/crossvpc/crossvpc/internal/verification"
)

// dropNodesWithoutAgent leaves nodes out on which no agent routes for pods, before the run's pods are placed.
func (r *probes) dropNodesWithoutAgent(ctx context.Context, kube client.Reader, of *verification.Cluster) error {
	if len(of.UsedNodes()) > 0 {
		return nil
	}
	without, err := clusterview.WithoutAgent(ctx, kube, r.ciliumNamespaces[of.Name])
	if err != nil {
		return fmt.Errorf("PeeredCluster %s: %w", of.Name, err)
	}
	of.Nodes = slices.DeleteFunc(of.Nodes, func(node corev1.Node) bool { return without(&node) })
	return nil
}

// readNodes reads all nodes before the pods are placed, and those that have them afterwards.
func readNodes(ctx context.Context, kube client.Reader, of *verification.Cluster) error {
	names := of.UsedNodes()
	if len(names) == 0 {
		names = []string{""}
	}
	for _, name := range names {
		var only []client.ListOption
		if name != "" {
			only = append(only, client.MatchingFields{"metadata.name": name})
		}
		var nodes corev1.NodeList
		if err := kube.List(ctx, &nodes, only...); err != nil {
			return fmt.Errorf("listing nodes: %w", err)
		}
		of.Nodes = append(of.Nodes, nodes.Items...)
		interfaces, err := readInterfaces(ctx, kube, only)
		if err != nil {
			return err
		}
		of.Interfaces = append(of.Interfaces, interfaces...)
	}
	return nil
}

// readInterfaces: a cluster without CiliumNodes has pods all the same.
func readInterfaces(ctx context.Context, kube client.Reader, only []client.ListOption) ([]cilium.CiliumNode, error) {
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(schema.GroupVersionKind{Group: "cilium.io", Version: "v2", Kind: "CiliumNodeList"})
	err := kube.List(ctx, list, only...)
	if meta.IsNoMatchError(err) || apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("listing CiliumNodes: %w", err)
	}
	var nodes []cilium.CiliumNode
	for i := range list.Items {
		node, err := cilium.CiliumNodeFromUnstructured(&list.Items[i])
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, node)
	}
	return nodes, nil
}
