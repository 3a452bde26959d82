package access

import (
	"context"
	"fmt"
	"net"
	"net/http"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// secretKeys are where a kubeconfig may be: "value" as Cluster API writes it.
var secretKeys = []string{"value", "kubeconfig"}

// KubeConfig reaches a cluster by a kubeconfig in a Secret.
type KubeConfig struct {
	secrets   client.Reader
	namespace string
}

// NewKubeConfig makes the way. Secrets are read from namespace alone.
func NewKubeConfig(secrets client.Reader, namespace string) KubeConfig {
	return KubeConfig{secrets: secrets, namespace: namespace}
}

// Takes implements Way.
func (KubeConfig) Takes(access v1alpha1.ClusterAccess) bool { return access.KubeConfigSecretRef != nil }

// Access implements Way. It reads the Secret at each call, so that a rotated one
// takes effect at once.
func (k KubeConfig) Access(ctx context.Context, object *v1alpha1.PeeredCluster) (*Access, error) {
	key := types.NamespacedName{Namespace: k.namespace, Name: object.Spec.Access.KubeConfigSecretRef.Name}
	secret := &corev1.Secret{}
	err := k.secrets.Get(ctx, key, secret)
	if apierrors.IsNotFound(err) {
		missing := invalid(key, "does not exist. Create it with a kubeconfig under the key value or kubeconfig.")
		missing.Withdrawn = true
		return nil, missing
	}
	if err != nil {
		return nil, fmt.Errorf("reading Secret %s: %w", key, err)
	}
	return accessBy(ctx, key, secret)
}

// Forget implements Way.
func (KubeConfig) Forget(string) {}

func accessBy(ctx context.Context, key types.NamespacedName, secret *corev1.Secret) (*Access, error) {
	content := kubeConfigIn(secret)
	if len(content) == 0 {
		return nil, invalid(key, "holds no kubeconfig. Put one under the key value or kubeconfig.")
	}
	config, err := parseKubeConfig(content)
	if err != nil {
		return nil, invalid(key, "holds a kubeconfig that crossvpc does not accept: "+err.Error()+".")
	}
	if err := checkProxied(ctx, config.Host, http.ProxyFromEnvironment, net.DefaultResolver); err != nil {
		return nil, invalid(key, "holds a kubeconfig that crossvpc does not accept: "+err.Error()+".")
	}
	config.Dial = dialer.DialContext
	return &Access{
		Config:  config,
		Source:  fmt.Sprintf("%s/%s@%s", key, secret.UID, secret.ResourceVersion),
		Explain: explainSecret(key),
	}, nil
}

func kubeConfigIn(secret *corev1.Secret) []byte {
	for _, key := range secretKeys {
		if content := secret.Data[key]; len(content) > 0 {
			return content
		}
	}
	return nil
}

func explainSecret(key types.NamespacedName) func(Failure) *Error {
	return func(f Failure) *Error {
		switch f.Problem {
		case Unauthorized:
			return Errorf(v1alpha1.ReasonInvalidKubeConfig, f.Cause,
				"Secret %s: API server %s does not accept its credentials. Put a kubeconfig with valid ones into the Secret.", key, f.Server)
		case Reserved:
			return Errorf(v1alpha1.ReasonInvalidKubeConfig, f.Cause,
				"Secret %s: %s, and the name in %s resolves to one.", key, ErrReserved, f.Server)
		case Unusable:
			return invalid(key, "holds a kubeconfig with unusable TLS settings. Correct its certificates and keys.")
		default:
			return nil
		}
	}
}

func invalid(key types.NamespacedName, message string) *Error {
	return Errorf(v1alpha1.ReasonInvalidKubeConfig, nil, "Secret %s %s", key, message)
}
