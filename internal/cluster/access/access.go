package access

import (
	"context"

	"k8s.io/client-go/rest"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// Access is how one cluster is reached now.
type Access struct {
	// Config leads to the API server; copy it before changing it.
	Config *rest.Config
	// Source says what Config was made from. A connection holds while it is the same.
	Source string
	// Explain finds the words for a failure that fit this way. It gives nil where the
	// general words do.
	Explain func(Failure) *Error
	// VPCID is the cluster's VPC, and ServiceCIDR the block of its Services, where the way learns of them from
	// AWS and not from the cluster; empty: it does not.
	VPCID, ServiceCIDR string
}

// Problem is a kind of failure for which the ways have remedies of their own.
type Problem string

const (
	// Unauthorized says that the API server does not accept the credentials.
	Unauthorized Problem = "Unauthorized"
	// Reserved says that the name of the server resolves to an address that is never dialled.
	Reserved Problem = "Reserved"
	// Unverified says that the certificate of the API server does not verify.
	Unverified Problem = "Unverified"
	// Silent says that no answer came; Said says in which way.
	Silent Problem = "Silent"
	// Forbidden says that a permission is denied; Said is what the server said.
	Forbidden Problem = "Forbidden"
	// Unusable says that no client can be made of the configuration.
	Unusable Problem = "Unusable"
)

// Failure is what happened to a request.
type Failure struct {
	Problem Problem
	// Server is the address of the API server, as in the configuration.
	Server string
	// Said completes "API server … ": it holds no credential.
	Said  string
	Cause error
}

// Way is one way to reach clusters.
type Way interface {
	// Takes reports whether the cluster asks for this way.
	Takes(v1alpha1.ClusterAccess) bool
	// Access gives the access of a cluster that asks for this way. It asks nothing of
	// the cluster. An [*Error] says what a person has to put right; any other error
	// is worth another try.
	Access(ctx context.Context, object *v1alpha1.PeeredCluster) (*Access, error)
	// Forget drops what is kept for a PeeredCluster that was deleted.
	Forget(name string)
}
