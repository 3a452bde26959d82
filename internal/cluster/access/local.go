package access

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"

	"k8s.io/client-go/rest"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// Local reaches the cluster that crossvpc runs in, as crossvpc itself does.
type Local struct{ own *rest.Config }

// NewLocal makes the way. own is the configuration that the operator runs with.
func NewLocal(own *rest.Config) Local { return Local{own: own} }

// Takes implements Way.
func (Local) Takes(access v1alpha1.ClusterAccess) bool { return access.Local != nil }

// Access implements Way. The file with the certificate authority is read at each call: the
// kubelet renews it when the cluster's changes.
func (l Local) Access(context.Context, *v1alpha1.PeeredCluster) (*Access, error) {
	found := &Access{Config: rest.CopyConfig(l.own), Source: "local", Explain: explainLocal}
	if file := l.own.CAFile; file != "" && len(l.own.CAData) == 0 {
		ca, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("reading the certificate authority of the own cluster: %w", err)
		}
		found.Config.CAData, found.Config.CAFile = ca, ""
		found.Source = fmt.Sprintf("local with CA %x", sha256.Sum256(ca))
	}
	return found, nil
}

// Forget implements Way.
func (Local) Forget(string) {}

func explainLocal(f Failure) *Error {
	if f.Problem != Unauthorized {
		return nil
	}
	return Errorf(v1alpha1.ReasonClusterUnreachable, f.Cause,
		"API server %s does not accept the credentials of crossvpc's own service account.", f.Server)
}
