package firstrun

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"

	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/client-go/discovery"

	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/clusterview"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/plugin/kube"
	"github.com/crossvpc/crossvpc/internal/plugin/view"
)

// lookAtServer asks whether it answers, and whether it is the one that EKS names: a context that leads elsewhere would have
// everything written into another cluster.
func (s *side) lookAtServer(_ context.Context) view.Item {
	client, err := discovery.NewDiscoveryClientForConfig(s.server)
	if err != nil {
		return bad(message.Sentence(err.Error()))
	}
	version, err := client.ServerVersion()
	if err != nil {
		return bad(fmt.Sprintf("The cluster of context %s does not answer: %v.", s.Context, err))
	}
	if !s.sameServer() {
		return bad(fmt.Sprintf("Context %s leads to %s, and EKS says that cluster %s is at %s with another certificate authority. Name the context of this cluster: aws eks update-kubeconfig --region %s --name %s --alias %s",
			s.Context, s.server.Host, s.Cluster, s.seen.eks.Endpoint, s.Region, s.Cluster, s.Context))
	}
	return good(fmt.Sprintf("Kubernetes %s answers at %s.", version.GitVersion, s.server.Host))
}

// sameServer: by its address, or, where people go through a bastion, by its certificate authority, which each cluster has its own of.
func (s *side) sameServer() bool {
	if strings.TrimSuffix(s.server.Host, "/") == strings.TrimSuffix(s.seen.eks.Endpoint, "/") {
		return true
	}
	authority := s.server.CAData
	if content, err := os.ReadFile(s.server.CAFile); s.server.CAFile != "" && err == nil {
		authority = content
	}
	mine, its := firstCertificate(authority), firstCertificate(s.seen.eks.CA)
	return mine != nil && bytes.Equal(mine, its)
}

func firstCertificate(bundle []byte) []byte {
	if block, _ := pem.Decode(bundle); block != nil {
		return block.Bytes
	}
	if raw, err := base64.StdEncoding.DecodeString(string(bundle)); err == nil && len(raw) > 0 {
		if block, _ := pem.Decode(raw); block != nil {
			return block.Bytes
		}
	}
	return nil
}

// lookAtRights: what is installed has cluster roles, which only who has all of their rights may make.
func (s *side) lookAtRights(ctx context.Context) view.Item {
	denied, err := kube.Denied(ctx, s.kube, []authorizationv1.ResourceAttributes{
		{Verb: "create", Resource: "namespaces"},
		{Verb: "create", Group: "rbac.authorization.k8s.io", Resource: "clusterroles"},
		{Verb: "create", Group: "rbac.authorization.k8s.io", Resource: "clusterrolebindings"},
		{Verb: "create", Group: "rbac.authorization.k8s.io", Resource: "rolebindings", Namespace: "kube-system"},
	})
	if err != nil {
		return view.Item{State: view.Unknown, Message: message.Sentence(err.Error())}
	}
	if len(denied) > 0 {
		var missing []string
		for _, right := range denied {
			missing = append(missing, right.Verb+" "+right.Resource)
		}
		return bad("You may not " + strings.Join(missing, ", ") + ". Use a context of a cluster administrator.")
	}
	return good("You may install what is needed.")
}

func (s *side) lookAtCilium(ctx context.Context) view.Item {
	seen, err := clusterview.Read(ctx, s.kube, clusterview.Scope{
		Namespace: "kube-system", Owner: cilium.Owner{PeeredCluster: s.object}, Pin: cilium.Pin{Region: s.Region, VPCID: s.seen.eks.VPCID},
	})
	if err != nil {
		return view.Item{State: view.Unknown, Message: fmt.Sprintf("Cilium's objects cannot be read: %v.", err)}
	}
	s.seen.cluster = seen
	facts := seen.Facts
	nodes := message.Count(len(seen.Nodes), "node")
	switch {
	case facts.Found && facts.IPAM == cilium.IPAMENI:
		return good(fmt.Sprintf("Cilium %s in ENI mode, routing mode %s, masquerading %s, on %s.", facts.Version, facts.RoutingMode, facts.Masquerade, nodes))
	case facts.Found:
		return note(fmt.Sprintf("Cilium %s with ipam %s on %s.", facts.Version, facts.IPAM, nodes))
	case facts.AWSNode != nil:
		return note(fmt.Sprintf("Amazon's own plugin (aws-node) gives %s their pods, and there is no Cilium in kube-system. The peering, routes and rules are made; node work is decided by what aws-node does.", nodes))
	}
	return bad("There is neither Cilium nor aws-node in kube-system. Install a CNI, or set spec.cilium.namespace of the PeeredCluster by hand (docs/install.md).")
}

func (s *side) lookAtServices(ctx context.Context) view.Item {
	ranges, _, err := clusterview.ServiceCIDRs(ctx, s.kube)
	if len(ranges) == 0 && s.seen.eks.ServiceCIDR != "" {
		ranges, err = []string{s.seen.eks.ServiceCIDR}, nil
	}
	if err == nil && len(ranges) == 0 {
		err = errors.New("neither the cluster nor EKS says them")
	}
	if err != nil {
		return view.Item{State: view.Unknown, Message: fmt.Sprintf("The addresses of Services are not known: %v. They must not overlap the blocks of the other VPC.", err)}
	}
	s.seen.services = ranges
	return good(strings.Join(ranges, ", ") + ".")
}

// podGroups are the security groups on the interfaces of pods.
func (s *side) podGroups() []string {
	var groups []string
	if s.seen.cluster != nil {
		for _, set := range s.seen.cluster.Footprint.PodGroupSets() {
			groups = append(groups, set...)
		}
	}
	return groups
}
