package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// LocalName names a cluster-scoped object.
type LocalName struct {
	// Name of the object.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	Name string `json:"name"`
}

// AllowedNamespaces says which namespaces may refer to an object. Empty admits none.
// +kubebuilder:validation:AtMostOneOf=names;selector
type AllowedNamespaces struct {
	// Namespaces by name. Leave names and selector out to admit none.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=256
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=63
	// +kubebuilder:validation:items:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	Names []string `json:"names,omitempty"`

	// Namespaces by label. An empty selector ({}) admits every namespace.
	// +optional
	Selector *metav1.LabelSelector `json:"selector,omitempty"`
}

// Region is the code of an AWS region, such as eu-west-1.
// +kubebuilder:validation:MaxLength=32
// +kubebuilder:validation:Pattern=`^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}$`
type Region string

// VPCID is the id of a VPC, such as vpc-0123456789abcdef0.
// +kubebuilder:validation:MaxLength=21
// +kubebuilder:validation:Pattern=`^vpc-[0-9a-f]{8,17}$`
type VPCID string

// AccountID is the 12-digit number of an AWS account.
// +kubebuilder:validation:MaxLength=12
// +kubebuilder:validation:Pattern=`^[0-9]{12}$`
type AccountID string

// TagValue is the value of an AWS tag.
// +kubebuilder:validation:MaxLength=256
type TagValue string
