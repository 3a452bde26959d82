package access

import (
	"context"
	"sync"
	"time"

	"k8s.io/utils/clock"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// Accounts gives what the identity of a PeeredCluster may see of its EKS cluster.
type Accounts interface {
	// Account gives the identity that a PeeredCluster has now. An [*Error] says what is
	// wrong with it.
	Account(ctx context.Context, object *v1alpha1.PeeredCluster) (Account, error)
}

// Account is one EKS cluster, as one identity sees it. Its errors are [*Error]s where
// a person can act on them.
type Account interface {
	// ID is the same as long as the identity is.
	ID() string
	// Describe says where the cluster's API server is.
	Describe(ctx context.Context) (Description, error)
	// Token gives a token that the API server takes.
	Token(ctx context.Context) (string, error)
	// Drop discards the token: it was refused, and the next one is new.
	Drop(token string)
	// Principal is the ARN that the identity's access entry has.
	Principal(ctx context.Context) (string, error)
	// Entry asks for the access entry of a principal.
	Entry(ctx context.Context, principal string) (Entry, error)
}

// Description says how an EKS cluster is reached.
type Description struct {
	Status      string
	Endpoint    string
	CA          []byte
	Public      bool
	PublicCIDRs []string
	// ConfigMapOnly: the cluster takes no access entries.
	ConfigMapOnly bool
	// VPCID is the cluster's VPC, and ServiceCIDR the block of its Services; empty: not known.
	VPCID, ServiceCIDR string
}

// Entry is what an EKS cluster knows about a principal.
type Entry struct {
	Exists bool
	Groups []string
	// AWSTime is what AWS's clock said; zero: nothing.
	AWSTime time.Time
}

// EKS reaches EKS clusters: where they are it asks EKS, and the tokens are made of the
// PeeredCluster's identity.
type EKS struct {
	accounts Accounts
	clock    clock.PassiveClock

	mu   sync.Mutex
	kept map[string]*eksCluster
}

// NewEKS makes the way.
func NewEKS(accounts Accounts, c clock.PassiveClock) *EKS {
	return &EKS{accounts: accounts, clock: c, kept: map[string]*eksCluster{}}
}

// Takes implements Way.
func (*EKS) Takes(access v1alpha1.ClusterAccess) bool { return access.EKS != nil }

// Access implements Way.
func (e *EKS) Access(ctx context.Context, object *v1alpha1.PeeredCluster) (*Access, error) {
	account, err := e.accounts.Account(ctx, object)
	if err != nil {
		return nil, err
	}
	return e.cluster(object, account).access(ctx)
}

// Forget implements Way.
func (e *EKS) Forget(name string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.kept, name)
}

// cluster is what is known of a cluster by this identity, else nothing yet.
func (e *EKS) cluster(object *v1alpha1.PeeredCluster, account Account) *eksCluster {
	e.mu.Lock()
	defer e.mu.Unlock()
	asked := *object.Spec.Access.EKS
	known := e.kept[object.Name]
	if known == nil || known.EKSAccess != asked || known.account.ID() != account.ID() {
		known = &eksCluster{EKSAccess: asked, account: account, clock: e.clock, dialled: &dialled{}}
		e.kept[object.Name] = known
	}
	return known
}
