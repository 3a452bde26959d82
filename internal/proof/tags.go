package proof

import (
	"maps"
	"slices"
	"strings"
)

// What AWS and its tools tag a cluster's resources with (EKS user guide, "Tagging your resources"
// and "Self-managed nodes"; Karpenter adds the last one).
const (
	clusterTagPrefix = "kubernetes.io/cluster/"
	clusterTagOwned  = "owned"
	eksClusterTag    = "eks:cluster-name"
	eksNodesTag      = "aws:eks:cluster-name"
	karpenterTag     = "eks:eks-cluster-name"
)

// owners are the names of the clusters that tags say own a resource, sorted, each once. A resource
// that is only shared with a cluster is not its own.
func owners(tags map[string]string) []string {
	found := map[string]bool{}
	for key, value := range tags {
		name, byKey := strings.CutPrefix(key, clusterTagPrefix)
		switch {
		case byKey && value == clusterTagOwned:
			found[name] = true
		case key == eksClusterTag, key == eksNodesTag, key == karpenterTag:
			found[value] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// TagKeys are the keys of the tags that say whose a resource is, with EC2's wildcard.
func TagKeys() []string {
	return []string{clusterTagPrefix + "*", eksClusterTag, eksNodesTag, karpenterTag}
}

// tagAdvice is how a resource says that it is the cluster's.
func tagAdvice(cluster string) string {
	return clusterTagPrefix + cluster + ": " + clusterTagOwned + " or " + eksClusterTag + ": " + cluster
}
