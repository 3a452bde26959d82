package rig

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Many serves the us cluster as many clusters, each under a path of its own and with a kube-system of its own UID, which
// is how crossvpc tells clusters apart. A machine has room for two control planes, not for a hundred.
type Many struct {
	server *httptest.Server
	uid    string
}

// ServeMany starts to serve.
func (r *Rig) ServeMany(ctx context.Context) (*Many, error) {
	system := &corev1.Namespace{}
	if err := r.US.Kube.Get(ctx, client.ObjectKey{Name: metav1.NamespaceSystem}, system); err != nil {
		return nil, err
	}
	content, err := r.US.Cluster.ServiceAccountKubeconfig(ctx, SystemNamespace, ServiceAccount)
	if err != nil {
		return nil, err
	}
	config, err := clientcmd.RESTConfigFromKubeConfig(content)
	if err != nil {
		return nil, err
	}
	transport, err := rest.TransportFor(config)
	if err != nil {
		return nil, err
	}
	target, err := url.Parse(config.Host)
	if err != nil {
		return nil, err
	}
	m := &Many{uid: string(system.UID)}
	m.server = httptest.NewUnstartedServer(m.proxy(target, transport))
	m.server.EnableHTTP2 = true
	m.server.StartTLS()
	r.onStop(func() error { m.server.Close(); return nil })
	return m, nil
}

// proxy takes the cluster's name off the path.
func (m *Many) proxy(target *url.URL, transport http.RoundTripper) http.Handler {
	return &httputil.ReverseProxy{
		Transport: transport, FlushInterval: -1,
		Rewrite: func(p *httputil.ProxyRequest) {
			name, path, _ := strings.Cut(strings.TrimPrefix(p.In.URL.Path, "/"), "/")
			p.Out.URL.Path, p.Out.URL.RawPath = "/"+path, ""
			p.SetURL(target)
			p.Out.Header.Del("Authorization") // the transport's own
			p.Out.Header.Set(clusterHeader, name)
			p.Out.Header.Del("Accept-Encoding") // or the answer can't be read here
		},
		ModifyResponse: m.giveOwnUID,
	}
}

// clusterHeader carries the name from the request to the answer.
const clusterHeader = "X-Cluster"

func (m *Many) giveOwnUID(response *http.Response) error {
	if response.Request.URL.Path != "/api/v1/namespaces/"+metav1.NamespaceSystem {
		return nil
	}
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	_ = response.Body.Close()
	// Of the same length, so that it holds for protobuf as well.
	content = bytes.ReplaceAll(content, []byte(m.uid), []byte(m.uidOf(response.Request.Header.Get(clusterHeader))))
	response.Body = io.NopCloser(bytes.NewReader(content))
	return nil
}

func (m *Many) uidOf(name string) string {
	sum := sha256.Sum256([]byte(name))
	return m.uid[:len(m.uid)-12] + hex.EncodeToString(sum[:])[:12]
}

// Kubeconfig leads to the cluster of that name.
func (m *Many) Kubeconfig(name string) ([]byte, error) {
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: m.server.Certificate().Raw})
	content, err := clientcmd.Write(clientcmdapi.Config{
		Clusters:       map[string]*clientcmdapi.Cluster{name: {Server: m.server.URL + "/" + name, CertificateAuthorityData: ca}},
		AuthInfos:      map[string]*clientcmdapi.AuthInfo{name: {Token: "of-the-proxy"}},
		Contexts:       map[string]*clientcmdapi.Context{name: {Cluster: name, AuthInfo: name}},
		CurrentContext: name,
	})
	if err != nil {
		return nil, fmt.Errorf("kubeconfig of %s: %w", name, err)
	}
	return content, nil
}
