package policies

import (
	"maps"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// Labels that Cilium gives pods besides their own (pkg/k8s/apis/cilium.io/const.go).
const (
	labelNamespace       = "io.kubernetes.pod.namespace"
	labelNamespaceLabels = "io.cilium.k8s.namespace.labels."
	labelServiceAccount  = "io.cilium.k8s.policy.serviceaccount"
	labelCluster         = "io.cilium.k8s.policy.cluster"
)

// selectedBy reports whether an endpointSelector selects the pod. Without one the rule is for nodes.
func (s Subject) selectedBy(endpoints *metav1.LabelSelector) (selected bool, unsettled string) {
	if endpoints == nil {
		return false, ""
	}
	plain := bare(endpoints)
	selector, err := metav1.LabelSelectorAsSelector(withoutCluster(plain))
	if err != nil {
		return false, ""
	}
	if s.Namespace == nil && mentions(*plain, func(key string) bool { return strings.HasPrefix(key, labelNamespaceLabels) }) {
		return true, "whether it selects the pod: its namespace could not be read"
	}
	return selector.Matches(s.labels()), ""
}

// labels are those that Cilium knows the pod by.
func (s Subject) labels() labels.Set {
	all := labels.Set{labelNamespace: s.Pod.Namespace, labelServiceAccount: s.Pod.Spec.ServiceAccountName}
	maps.Copy(all, s.Pod.Labels)
	if s.Namespace != nil {
		for key, value := range s.Namespace.Labels {
			all[labelNamespaceLabels+key] = value
		}
	}
	return all
}

// bare is a selector without the sources that Cilium puts before keys: "k8s:app" and "any:app" are both the pod's label app,
// and "cidrgroup:app" is that of a CiliumCIDRGroup. Of other sources, as reserved, a pod has no label; a dot makes such a key one that Kubernetes' parser takes.
func bare(selector *metav1.LabelSelector) *metav1.LabelSelector {
	plain := &metav1.LabelSelector{MatchLabels: map[string]string{}}
	for key, value := range selector.MatchLabels {
		plain.MatchLabels[bareKey(key)] = value
	}
	for _, requirement := range selector.MatchExpressions {
		requirement.Key = bareKey(requirement.Key)
		plain.MatchExpressions = append(plain.MatchExpressions, requirement)
	}
	return plain
}

func bareKey(key string) string {
	source, rest, found := strings.Cut(key, ":")
	switch {
	case !found:
		return key
	case source == "k8s", source == "any", source == "cidrgroup":
		return rest
	}
	return source + "." + rest
}

// withoutCluster leaves out the cluster's name: the pod is in the cluster that the policy is in.
func withoutCluster(selector *metav1.LabelSelector) *metav1.LabelSelector {
	left := &metav1.LabelSelector{MatchLabels: map[string]string{}}
	for key, value := range selector.MatchLabels {
		if key != labelCluster {
			left.MatchLabels[key] = value
		}
	}
	for _, requirement := range selector.MatchExpressions {
		if requirement.Key != labelCluster {
			left.MatchExpressions = append(left.MatchExpressions, requirement)
		}
	}
	return left
}

// mentions reports whether a selector has a key that is asked for.
func mentions(selector metav1.LabelSelector, asked func(key string) bool) bool {
	for key := range selector.MatchLabels {
		if asked(bareKey(key)) {
			return true
		}
	}
	for _, requirement := range selector.MatchExpressions {
		if asked(bareKey(requirement.Key)) {
			return true
		}
	}
	return false
}
