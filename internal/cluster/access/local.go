package access

import (
	"context"
	"strings"

	"k8s.io/client-go/rest"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// Local reaches the cluster that crossvpc runs in, as crossvpc itself does.
type Local struct{ own *rest.Config }

// NewLocal makes the way. own is the configuration that the operator runs with.
func NewLocal(own *rest.Config) Local { return Local{own: own} }

// Takes implements Way.
func (Local) Takes(access v1alpha1.ClusterAccess) bool { return access.Local != nil }

// Access implements Way.
func (l Local) Access(context.Context, *v1alpha1.PeeredCluster) (*Access, error) {
	return &Access{Config: l.own, Source: "local", Explain: explainLocal, Redact: withoutToken(l.own.BearerToken)}, nil
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

// withoutToken takes a token out of texts.
func withoutToken(token string) func(string) string {
	return func(text string) string {
		if token == "" {
			return text
		}
		return strings.ReplaceAll(text, token, "[token]")
	}
}
