package controlplane

import (
	"context"
	"fmt"
	"os"
	"os/exec"

	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// Config returns a client configuration of the administrator, without a rate limit.
func (c *Cluster) Config() *rest.Config {
	return &rest.Config{
		Host: c.Server(),
		TLSClientConfig: rest.TLSClientConfig{
			CAData: c.pki.clients.pem, CertData: c.admin.cert, KeyData: c.admin.key,
		},
		QPS: -1,
	}
}

// Kubeconfig returns a kubeconfig of the administrator, its context named like the cluster.
func (c *Cluster) Kubeconfig() []byte {
	return c.kubeconfig(&clientcmdapi.AuthInfo{ClientCertificateData: c.admin.cert, ClientKeyData: c.admin.key})
}

// KubeconfigPath returns a file with [Cluster.Kubeconfig].
func (c *Cluster) KubeconfigPath() string { return c.path("kubeconfig") }

// UserKubeconfig returns a kubeconfig of a user, by client certificate, who may do what
// RBAC grants to the name and the groups: nothing, at first.
func (c *Cluster) UserKubeconfig(user string, groups ...string) ([]byte, error) {
	pair, err := c.pki.clients.issue(user, groups...)
	if err != nil {
		return nil, err
	}
	return c.kubeconfig(&clientcmdapi.AuthInfo{ClientCertificateData: pair.cert, ClientKeyData: pair.key}), nil
}

// ServiceAccountKubeconfig returns a kubeconfig with a token, valid for a day, of a
// service account that exists.
func (c *Cluster) ServiceAccountKubeconfig(ctx context.Context, namespace, name string) ([]byte, error) {
	client, err := kubernetes.NewForConfig(c.Config())
	if err != nil {
		return nil, fmt.Errorf("cluster %s: %w", c.name, err)
	}
	seconds := int64(24 * 60 * 60)
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: &seconds}}
	token, err := client.CoreV1().ServiceAccounts(namespace).CreateToken(ctx, name, request, metav1.CreateOptions{})
	if err != nil {
		return nil, fmt.Errorf("cluster %s: token of %s/%s: %w", c.name, namespace, name, err)
	}
	return c.kubeconfig(&clientcmdapi.AuthInfo{Token: token.Status.Token}), nil
}

// Kubectl runs kubectl as the administrator and returns what it prints, both streams.
// The error holds it too.
func (c *Cluster) Kubectl(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, c.binaries.Kubectl, args...)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+c.KubeconfigPath())
	out, err := cmd.CombinedOutput()
	if err != nil {
		return string(out), fmt.Errorf("cluster %s: kubectl %q: %w: %s", c.name, args, err, out)
	}
	return string(out), nil
}

func (c *Cluster) kubeconfig(user *clientcmdapi.AuthInfo) []byte {
	config := clientcmdapi.NewConfig()
	config.Clusters[c.name] = &clientcmdapi.Cluster{Server: c.Server(), CertificateAuthorityData: c.pki.clients.pem}
	config.AuthInfos[c.name] = user
	config.Contexts[c.name] = &clientcmdapi.Context{Cluster: c.name, AuthInfo: c.name}
	config.CurrentContext = c.name
	content, err := clientcmd.Write(*config)
	if err != nil {
		panic(fmt.Sprintf("encode a kubeconfig: %v", err)) // no input of a user is in it
	}
	return content
}

func (f *Fleet) writeMergedKubeconfig() error {
	merged := clientcmdapi.NewConfig()
	for _, name := range f.Names() {
		one, err := clientcmd.Load(f.clusters[name].Kubeconfig())
		if err != nil {
			return fmt.Errorf("merge kubeconfigs: %w", err)
		}
		merged.Clusters[name] = one.Clusters[name]
		merged.AuthInfos[name] = one.AuthInfos[name]
		merged.Contexts[name] = one.Contexts[name]
	}
	merged.CurrentContext = f.Names()[0]
	if err := clientcmd.WriteToFile(*merged, f.KubeconfigPath()); err != nil {
		return fmt.Errorf("write the kubeconfig of all clusters: %w", err)
	}
	return nil
}
