package policies

import (
	"encoding/json"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
)

// AdminGroup is the API group of the policies of administrators (sigs.k8s.io/network-policy-api).
const AdminGroup = "policy.networking.k8s.io"

// AdminKinds are theirs: ClusterNetworkPolicy, of v1alpha2, has taken the place of the other two.
func AdminKinds() []string {
	return []string{"AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy"}
}

// AdminPolicy is what is needed of one: whom it selects, and for which direction.
type AdminPolicy struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              struct {
		Subject struct {
			Namespaces *metav1.LabelSelector `json:"namespaces"`
			Pods       *struct {
				NamespaceSelector metav1.LabelSelector `json:"namespaceSelector"`
				PodSelector       metav1.LabelSelector `json:"podSelector"`
			} `json:"pods"`
		} `json:"subject"`
		Ingress []any `json:"ingress"`
		Egress  []any `json:"egress"`
	} `json:"spec"`
}

// AdminFromUnstructured reads an object as the API server returns it.
func AdminFromUnstructured(object *unstructured.Unstructured) (AdminPolicy, error) {
	var policy AdminPolicy
	content, err := object.MarshalJSON()
	if err == nil {
		err = json.Unmarshal(content, &policy)
	}
	if err != nil {
		return AdminPolicy{}, fmt.Errorf("reading %s %s: %w", object.GetKind(), object.GetName(), err)
	}
	return policy, nil
}

// Administrators names their policies that may select the pod and have rules of the direction.
func (s Subject) Administrators(direction Direction) []string {
	var names []string
	for _, policy := range s.Admin {
		rules := policy.Spec.Ingress
		if direction == Egress {
			rules = policy.Spec.Egress
		}
		if len(rules) > 0 && s.administeredBy(policy) {
			names = append(names, policy.Kind+" "+policy.Name)
		}
	}
	return names
}

// administeredBy is true as well where the namespace's labels could not be read.
func (s Subject) administeredBy(policy AdminPolicy) bool {
	inNamespace := func(selector *metav1.LabelSelector) bool {
		return s.Namespace == nil || matches(selector, s.Namespace.Labels)
	}
	pods := policy.Spec.Subject.Pods
	if pods == nil {
		return policy.Spec.Subject.Namespaces != nil && inNamespace(policy.Spec.Subject.Namespaces)
	}
	return inNamespace(&pods.NamespaceSelector) && matches(&pods.PodSelector, s.Pod.Labels)
}

func matches(selector *metav1.LabelSelector, of map[string]string) bool {
	parsed, err := metav1.LabelSelectorAsSelector(selector)
	return err == nil && parsed.Matches(labels.Set(of))
}
