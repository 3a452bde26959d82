package cilium

import (
	"net/netip"
	"strings"

	appsv1 "k8s.io/api/apps/v1"

	"github.com/crossvpc/crossvpc/internal/cidr"
)

// AWSNode is what Amazon's own CNI plugin does with pod traffic, from the
// environment of its DaemonSet.
type AWSNode struct {
	// ExternalSNAT: it masquerades nothing (AWS_VPC_K8S_CNI_EXTERNALSNAT).
	ExternalSNAT bool
	// ExcludeSNATCIDRs: to these it does not masquerade (AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS).
	ExcludeSNATCIDRs []netip.Prefix
}

func observeAWSNode(daemonSet *appsv1.DaemonSet) *AWSNode {
	if daemonSet == nil {
		return nil
	}
	found := &AWSNode{}
	for _, container := range daemonSet.Spec.Template.Spec.Containers {
		if container.Name != AWSNodeName {
			continue
		}
		for _, variable := range container.Env {
			switch variable.Name {
			case "AWS_VPC_K8S_CNI_EXTERNALSNAT":
				found.ExternalSNAT = strings.EqualFold(variable.Value, "true")
			case "AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS":
				found.ExcludeSNATCIDRs = readable(strings.Split(variable.Value, ","))
			}
		}
	}
	return found
}

func readable(list []string) []netip.Prefix {
	var prefixes []netip.Prefix
	for _, text := range list {
		if prefix, err := cidr.Parse(text); err == nil {
			prefixes = append(prefixes, prefix)
		}
	}
	return prefixes
}
