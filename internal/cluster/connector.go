package cluster

import (
	"context"
	"fmt"
	"sync"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// secretKeys are where a kubeconfig may be: "value" as Cluster API writes it.
var secretKeys = []string{"value", "kubeconfig"}

// Connector makes connections to clusters and keeps them until the Secret
// behind one changes. It is safe for concurrent use.
type Connector struct {
	local     *rest.Config
	secrets   client.Reader
	namespace string
	changes   chan event.TypedGenericEvent[Change]

	mu   sync.Mutex
	kept map[string]keptConnection
}

// keptConnection is a connection and what it was made from.
type keptConnection struct {
	source     string
	connection *Connection
}

// NewConnector makes a Connector. local is the configuration that the operator
// itself runs with; Secrets are read with secrets, from namespace alone.
func NewConnector(local *rest.Config, secrets client.Reader, namespace string) *Connector {
	return &Connector{
		local: local, secrets: secrets, namespace: namespace,
		changes: make(chan event.TypedGenericEvent[Change], mostChanges), kept: map[string]keptConnection{},
	}
}

// Changes tells when something changed in a cluster that is connected.
func (c *Connector) Changes() <-chan event.TypedGenericEvent[Change] { return c.changes }

// Connect gives a connection to a cluster. It reads the Secret at each call, so
// that a rotated one takes effect at once, and asks nothing of the cluster.
// An [*Error] says what a person has to put right; any other error is of the
// operator's own API server and worth another try.
func (c *Connector) Connect(ctx context.Context, cluster *v1alpha1.PeeredCluster) (*Connection, error) {
	access := cluster.Spec.Access
	switch {
	case access.Local != nil:
		return c.keep(cluster, "local", func(changes *changes) (*Connection, error) {
			return newConnection(c.local, "", cluster.Spec.Cilium.Namespace, changes)
		})
	case access.KubeConfigSecretRef != nil:
		return c.connectBySecret(ctx, cluster, types.NamespacedName{Namespace: c.namespace, Name: access.KubeConfigSecretRef.Name})
	case access.EKS != nil:
		return nil, failure(v1alpha1.ReasonNotYetSupported, nil,
			"access.eks is not yet supported: put a kubeconfig into a Secret in namespace %s and name it in access.kubeConfigSecretRef", c.namespace)
	default:
		return nil, failure(v1alpha1.ReasonNotYetSupported, nil,
			"access must name local or kubeConfigSecretRef; this release knows no other way")
	}
}

// Forget drops the connection of a cluster that was deleted.
func (c *Connector) Forget(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if kept, ok := c.kept[name]; ok {
		kept.connection.close()
		delete(c.kept, name)
	}
}

func (c *Connector) connectBySecret(ctx context.Context, cluster *v1alpha1.PeeredCluster, key types.NamespacedName) (*Connection, error) {
	secret := &corev1.Secret{}
	err := c.secrets.Get(ctx, key, secret)
	if apierrors.IsNotFound(err) {
		c.Forget(cluster.Name) // whoever takes the Secret away wants its credentials out of use
		return nil, invalid(key, "it must exist and hold a kubeconfig under the key value or kubeconfig")
	}
	if err != nil {
		return nil, fmt.Errorf("reading Secret %s: %w", key, err)
	}
	source := fmt.Sprintf("%s/%s@%s", key, secret.UID, secret.ResourceVersion)
	return c.keep(cluster, source, func(changes *changes) (*Connection, error) {
		return connectionOf(key, secret, cluster.Spec.Cilium.Namespace, changes)
	})
}

func connectionOf(key types.NamespacedName, secret *corev1.Secret, ciliumNamespace string, changes *changes) (*Connection, error) {
	content := kubeConfigIn(secret)
	if len(content) == 0 {
		return nil, invalid(key, "it must hold a kubeconfig under the key value or kubeconfig")
	}
	config, err := parseKubeConfig(content)
	if err != nil {
		return nil, invalid(key, "its kubeconfig is not acceptable: "+err.Error())
	}
	config.Dial = dialer.DialContext
	connection, err := newConnection(config, "Secret "+key.String(), ciliumNamespace, changes)
	if err != nil {
		// Not the error: it may quote what it was given.
		return nil, invalid(key, "its kubeconfig must hold usable TLS settings")
	}
	return connection, nil
}

func kubeConfigIn(secret *corev1.Secret) []byte {
	for _, key := range secretKeys {
		if content := secret.Data[key]; len(content) > 0 {
			return content
		}
	}
	return nil
}

// keep returns the connection that was made from the same source, else a new one.
func (c *Connector) keep(cluster *v1alpha1.PeeredCluster, source string, connect func(*changes) (*Connection, error)) (*Connection, error) {
	source += " " + cluster.Spec.Cilium.Namespace
	c.mu.Lock()
	defer c.mu.Unlock()
	former, ok := c.kept[cluster.Name]
	if ok && former.source == source {
		return former.connection, nil
	}
	connection, err := connect(&changes{cluster: cluster.Name, out: c.changes})
	if err != nil {
		return nil, err
	}
	if ok {
		former.connection.close()
	}
	c.kept[cluster.Name] = keptConnection{source: source, connection: connection}
	return connection, nil
}

func invalid(key types.NamespacedName, message string) *Error {
	return failure(v1alpha1.ReasonInvalidKubeConfig, nil, "Secret %s: %s", key, message)
}
