package access

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// largestKubeConfig is as much as a Secret can hold.
const largestKubeConfig = 1 << 20

// remedyOne makes a kubeconfig of one cluster out of any.
const remedyOne = "`kubectl config view --minify --flatten` prints such a kubeconfig"

// parseKubeConfig takes from a kubeconfig what reaches an API server over TLS,
// and refuses it for anything else that would take effect. Its errors begin
// with what must be true and never quote the content: parsers do.
func parseKubeConfig(content []byte) (*rest.Config, error) {
	if len(content) > largestKubeConfig {
		return nil, errors.New("it must not be larger than 1 MiB")
	}
	config, err := clientcmd.Load(content)
	if err != nil {
		return nil, errors.New("it must be YAML or JSON of apiVersion v1 and kind Config")
	}
	server, user, err := onlyContext(config)
	if err != nil {
		return nil, err
	}
	for _, check := range []error{checkServer(server), checkUser(user)} {
		if check != nil {
			return nil, check
		}
	}
	return &rest.Config{
		Host:        server.Server,
		BearerToken: user.Token,
		TLSClientConfig: rest.TLSClientConfig{
			ServerName: server.TLSServerName,
			CAData:     server.CertificateAuthorityData,
			CertData:   user.ClientCertificateData,
			KeyData:    user.ClientKeyData,
		},
	}, nil
}

// onlyContext refuses further contexts too: a Secret should hold the
// credentials of one cluster, not a copy of somebody's ~/.kube/config.
func onlyContext(config *clientcmdapi.Config) (*clientcmdapi.Cluster, *clientcmdapi.AuthInfo, error) {
	if len(config.Contexts) != 1 || len(config.Clusters) != 1 || len(config.AuthInfos) != 1 {
		return nil, nil, fmt.Errorf("it must have exactly one context, one cluster and one user, and has %d, %d and %d; %s",
			len(config.Contexts), len(config.Clusters), len(config.AuthInfos), remedyOne)
	}
	if config.CurrentContext == "" {
		return nil, nil, fmt.Errorf("current-context must name its context; %s", remedyOne)
	}
	context, named := config.Contexts[config.CurrentContext]
	if !named || context == nil {
		return nil, nil, fmt.Errorf("current-context must name a context that it has; %s", remedyOne)
	}
	server, user := config.Clusters[context.Cluster], config.AuthInfos[context.AuthInfo]
	if server == nil || user == nil {
		return nil, nil, fmt.Errorf("its context must name a cluster and a user that it has; %s", remedyOne)
	}
	return server, user, nil
}

// rule is a field that must hold; the message says what must be true.
type rule struct {
	broken  bool
	message string
}

func firstBroken(rules []rule) error {
	for _, r := range rules {
		if r.broken {
			return errors.New(r.message)
		}
	}
	return nil
}

func checkServer(server *clientcmdapi.Cluster) error {
	if err := checkAddress(server.Server); err != nil {
		return err
	}
	return firstBroken([]rule{
		{server.InsecureSkipTLSVerify, "insecure-skip-tls-verify must be left out; put the CA into certificate-authority-data"},
		{server.CertificateAuthority != "", "certificate-authority must be left out, because it names a file; put the CA into certificate-authority-data"},
		{server.ProxyURL != "", "proxy-url must be left out; set HTTPS_PROXY on crossvpc's own Deployment if it needs a proxy"},
		{!holdsCertificates(server.CertificateAuthorityData), "certificate-authority-data must hold certificates in PEM form"},
	})
}

func checkUser(user *clientcmdapi.AuthInfo) error {
	impersonates := user.Impersonate != "" || user.ImpersonateUID != "" || len(user.ImpersonateGroups) > 0 || len(user.ImpersonateUserExtra) > 0
	hasCertificate, hasKey := len(user.ClientCertificateData) > 0, len(user.ClientKeyData) > 0
	return firstBroken([]rule{
		{user.Exec != nil, "exec must be left out, because it runs a program; use a token or a client certificate"},
		{user.AuthProvider != nil, "auth-provider must be left out; use a token or a client certificate"},
		{user.ClientCertificate != "", "client-certificate must be left out, because it names a file; use client-certificate-data"},
		{user.ClientKey != "", "client-key must be left out, because it names a file; use client-key-data"},
		{user.TokenFile != "", "tokenFile must be left out, because it names a file; use token"},
		{user.Username != "" || user.Password != "", "username and password must be left out; use a token or a client certificate"},
		{impersonates, "as, as-uid, as-groups and as-user-extra must be left out; use the credentials of the user itself"},
		{hasCertificate != hasKey, "client-certificate-data and client-key-data must be given together"},
		{hasCertificate && hasKey && !holdsKeyPair(user), "client-certificate-data and client-key-data must be a certificate and its key in PEM form"},
		{user.Token == "" && !hasCertificate, "its user must have a token, or client-certificate-data and client-key-data"},
		{strings.ContainsFunc(user.Token, notInHeader), "token must be one line of visible ASCII characters"},
	})
}

// holdsCertificates is true for no data: the machine's CAs are used then.
func holdsCertificates(data []byte) bool {
	return len(data) == 0 || x509.NewCertPool().AppendCertsFromPEM(data)
}

func holdsKeyPair(user *clientcmdapi.AuthInfo) bool {
	_, err := tls.X509KeyPair(user.ClientCertificateData, user.ClientKeyData)
	return err == nil
}

func notInHeader(r rune) bool { return r <= ' ' || r > '~' }
