package dryrun

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cluster/access"
)

// ways reach clusters as whoever asks does: by a context of his kubeconfig, or by his own AWS credentials.
type ways struct {
	kubeconfig clientcmdapi.Config
	// current is the context of the hub.
	current string
	// contexts are those that were named for a cluster.
	contexts map[string]string
	eks      access.Way
}

// Takes implements access.Way.
func (ways) Takes(v1alpha1.ClusterAccess) bool { return true }

// Forget implements access.Way.
func (w ways) Forget(name string) { w.eks.Forget(name) }

// Access implements access.Way.
func (w ways) Access(ctx context.Context, object *v1alpha1.PeeredCluster) (*access.Access, error) {
	name, found := w.context(object)
	switch {
	case found:
		return w.byContext(name)
	case object.Spec.Access.EKS != nil:
		return w.eks.Access(ctx, object)
	}
	return nil, access.Errorf(v1alpha1.ReasonInvalidKubeConfig, nil,
		"Your kubeconfig has no context %s. Name the one of PeeredCluster %s with --cluster-context %[2]s=CONTEXT.", object.Name, object.Name)
}

// context is the one that was named, else one of the cluster's own name, else that of the hub where it is the same cluster.
func (w ways) context(object *v1alpha1.PeeredCluster) (name string, found bool) {
	if named := w.contexts[object.Name]; named != "" {
		return named, true
	}
	if object.Spec.Access.Local != nil {
		return w.current, true
	}
	_, found = w.kubeconfig.Contexts[object.Name]
	return object.Name, found
}

func (w ways) byContext(name string) (*access.Access, error) {
	if _, known := w.kubeconfig.Contexts[name]; !known {
		return nil, access.Errorf(v1alpha1.ReasonInvalidKubeConfig, nil, "Your kubeconfig has no context %q.", name)
	}
	config, err := clientcmd.NewNonInteractiveClientConfig(w.kubeconfig, name, &clientcmd.ConfigOverrides{}, nil).ClientConfig()
	if err != nil {
		return nil, access.Errorf(v1alpha1.ReasonInvalidKubeConfig, err, "The context %s of your kubeconfig cannot be used: %v.", name, err)
	}
	return &access.Access{Config: config, Source: "context " + name, Explain: explainContext(name)}, nil
}

func explainContext(name string) func(access.Failure) *access.Error {
	return func(f access.Failure) *access.Error {
		if !slices.Contains([]access.Problem{access.Unauthorized, access.Forbidden}, f.Problem) {
			return nil
		}
		said := "it does not accept your credentials"
		if f.Said != "" {
			said = f.Said
		}
		return access.Errorf(v1alpha1.ReasonClusterUnreachable, f.Cause, "%s", fmt.Sprintf("Context %s (%s): %s. Log in again, or ask for that right.", name, f.Server, said))
	}
}
