package plugin

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/plugin/diagnosis"
)

// end reads what a person named: an address, a VPC, a PeeredCluster, a node of one, or a pod in the cluster of a context.
func (s *session) end(ctx context.Context, text, kubeContext string) (diagnosis.End, error) {
	end := diagnosis.End{Name: text}
	if address, err := netip.ParseAddr(text); err == nil {
		end.Address = address.Unmap()
		return end, nil
	}
	parts := strings.Split(text, "/")
	switch {
	case parts[0] == "pod" && len(parts) == 3:
		return s.podEnd(ctx, end, client.ObjectKey{Namespace: parts[1], Name: parts[2]}, kubeContext)
	case len(parts) == 2:
		end.Node = parts[1]
	case len(parts) > 2:
		return end, fmt.Errorf("%q is no end: name an address, a VPC, CLUSTER, CLUSTER/NODE, or pod/NAMESPACE/NAME", text)
	}
	return end, nil
}

// inContext talks to the cluster of another context of the kubeconfig; empty: of the chosen one.
func (s *session) inContext(kubeContext string) (client.Client, error) {
	at := *s
	if kubeContext != "" {
		at.flags = genericclioptions.NewConfigFlags(true)
		at.flags.KubeConfig, at.flags.Context, at.flags.Timeout = s.flags.KubeConfig, &kubeContext, s.flags.Timeout
	}
	return at.client()
}

// podEnd looks the pod up; its address says later which cluster it is in.
func (s *session) podEnd(ctx context.Context, end diagnosis.End, key client.ObjectKey, kubeContext string) (diagnosis.End, error) {
	kube, err := s.inContext(kubeContext)
	if err != nil {
		return end, err
	}
	end.Pod = &corev1.Pod{}
	if err := kube.Get(ctx, key, end.Pod); err != nil {
		return end, err
	}
	end.Node = end.Pod.Spec.NodeName
	if address, err := netip.ParseAddr(end.Pod.Status.PodIP); err == nil {
		end.Address = address
	}
	end.Policies, err = readPolicies(ctx, kube, end.Pod)
	return end, err
}

// on reports whether an end is on a side of a peering.
func on(end diagnosis.End, side *v1alpha1.SideStatus) bool {
	if side == nil {
		return false
	}
	if end.Address.IsValid() {
		return slices.ContainsFunc(side.CIDRBlocks, func(text string) bool {
			block, err := netip.ParsePrefix(text)
			return err == nil && block.Contains(end.Address)
		})
	}
	cluster, _, _ := strings.Cut(end.Name, "/")
	return string(side.VPCID) == end.Name || slices.Contains(side.Clusters, cluster)
}

// join finds the peering between the ends. Where only the source is on one, and the destination is an address, it takes that
// one: the address is what is wrong then.
func join(evidence *diagnosis.Evidence, all []v1alpha1.VPCPeering) {
	for _, strict := range []bool{true, false} {
		for i := range all {
			status := &all[i].Status
			for _, way := range [][2]*v1alpha1.SideStatus{{status.Requester, status.Accepter}, {status.Accepter, status.Requester}} {
				far := on(evidence.To, way[1]) || !strict && way[1] != nil && evidence.To.Address.IsValid()
				if on(evidence.From, way[0]) && far {
					evidence.Peering, evidence.From.Side, evidence.To.Side = &all[i], way[0], way[1]
					return
				}
			}
		}
	}
}

// inCluster gives an end the PeeredCluster that it is in.
func inCluster(end *diagnosis.End, clusters map[string]*v1alpha1.PeeredCluster) {
	if end.Side == nil {
		return
	}
	named, _, _ := strings.Cut(end.Name, "/")
	for _, name := range end.Side.Clusters {
		if name == named || len(end.Side.Clusters) == 1 {
			end.Cluster = clusters[name]
		}
	}
}
