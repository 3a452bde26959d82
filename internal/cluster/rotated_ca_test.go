package cluster

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cluster/access"
	"github.com/crossvpc/crossvpc/test/kubeconfig"
)

// authority is one of an API server's: it signs itself, as one that a cluster is made with does.
type authority struct {
	pem         string
	certificate tls.Certificate
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return authority{kubeconfig.PEM("CERTIFICATE", der), tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}}
}

// rotating is an API server with one node, whose authority is changed while it runs.
type rotating struct {
	*httptest.Server

	mu  sync.Mutex
	now authority
}

func newRotating(t *testing.T) *rotating {
	t.Helper()
	r := &rotating{now: newAuthority(t)}
	r.Server = httptest.NewUnstartedServer(http.HandlerFunc(oneNode))
	r.Config.ErrorLog = log.New(io.Discard, "", 0) // handshakes that fail on purpose
	r.TLS = &tls.Config{MinVersion: tls.VersionTLS12, GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		r.mu.Lock()
		defer r.mu.Unlock()
		return &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{r.now.certificate}}, nil
	}}
	r.StartTLS()
	t.Cleanup(r.Close)
	return r
}

// oneNode answers a list, and a watch that begins with one.
func oneNode(w http.ResponseWriter, request *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	const node = `{"kind":"Node","apiVersion":"v1","metadata":{"name":"n","resourceVersion":"1"}}`
	switch query := request.URL.Query(); {
	case query.Get("watch") != "":
		_, _ = io.WriteString(w, `{"type":"ADDED","object":`+node+`}`+"\n"+
			`{"type":"BOOKMARK","object":{"kind":"Node","apiVersion":"v1","metadata":{"resourceVersion":"1","annotations":{"k8s.io/initial-events-end":"true"}}}}`+"\n")
		w.(http.Flusher).Flush()
		<-request.Context().Done()
	case strings.HasSuffix(request.URL.Path, "/nodes"):
		_, _ = io.WriteString(w, `{"kind":"NodeList","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[`+node+`]}`)
	case request.URL.Path == "/api/v1":
		_, _ = io.WriteString(w, `{"kind":"APIResourceList","groupVersion":"v1","resources":[{"name":"namespaces","kind":"Namespace","verbs":["get"]},`+
			`{"name":"nodes","kind":"Node","verbs":["get","list","watch"]}]}`)
	case strings.HasSuffix(request.URL.Path, "/namespaces/kube-system"):
		_, _ = io.WriteString(w, `{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"kube-system","uid":"uid-1"}}`)
	default:
		answer(http.StatusNotFound, "none")(w, request)
	}
}

// rotate gives the server another authority, and ends the connections that know the one before, as a restart does.
func (r *rotating) rotate(t *testing.T) authority {
	t.Helper()
	next := newAuthority(t)
	r.mu.Lock()
	r.now = next
	r.mu.Unlock()
	r.CloseClientConnections()
	return next
}

// unasked is what an account is not asked for here.
type unasked interface {
	Drop(token string)
	Entry(ctx context.Context, principal string) (access.Entry, error)
}

// described is an EKS cluster as its account describes it.
type described struct {
	unasked

	mu sync.Mutex
	is access.Description
}

func (d *described) Account(context.Context, *v1alpha1.PeeredCluster) (access.Account, error) {
	return d, nil
}
func (d *described) ID() string                                { return "one" }
func (d *described) Token(context.Context) (string, error)     { return kubeconfig.Token, nil }
func (d *described) Principal(context.Context) (string, error) { return "arn:aws:iam::1:role/x", nil }

func (d *described) Describe(context.Context) (access.Description, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.is, nil
}

// reached is a cluster with the means to publish another authority where its way reads it.
type reached struct {
	connector *Connector
	cluster   *v1alpha1.PeeredCluster
	publish   func(authority)
}

func byKubeConfig(t *testing.T, server *rotating) reached {
	t.Helper()
	content := func(of authority) []byte {
		return kubeconfig.Encode(t, kubeconfig.Config(kubeconfig.Fields{"server": server.URL, "certificate-authority-data": of.pem}, nil))
	}
	secret := kubeconfig.Secret(content(server.now), "value")
	connector, secrets := connectorWith(secret)
	return reached{connector, kubeconfig.Cluster("us"), func(of authority) {
		if err := secrets.Get(t.Context(), client.ObjectKeyFromObject(secret), secret); err != nil {
			t.Fatal(err)
		}
		secret.Data["value"] = content(of)
		if err := secrets.Update(t.Context(), secret); err != nil {
			t.Fatal(err)
		}
	}}
}

func byEKS(t *testing.T, server *rotating) reached {
	t.Helper()
	account := &described{}
	publish := func(of authority) {
		ca, err := base64.StdEncoding.DecodeString(of.pem)
		if err != nil {
			t.Fatal(err)
		}
		account.mu.Lock()
		defer account.mu.Unlock()
		account.is = access.Description{Status: "ACTIVE", Endpoint: server.URL, CA: ca}
	}
	publish(server.now)
	cluster := kubeconfig.Cluster("us")
	cluster.Spec.Access = v1alpha1.ClusterAccess{EKS: &v1alpha1.EKSAccess{Name: "prod", Region: "us-east-1"}}
	return reached{NewConnector(access.NewLocal(&rest.Config{}), access.NewEKS(account, clock.RealClock{})), cluster, publish}
}

// look connects and reads the nodes from a watch, as a reconciliation does.
func (r reached) look(t *testing.T) error {
	t.Helper()
	connection, err := r.connector.Connect(t.Context(), r.cluster)
	if err != nil {
		return err
	}
	if _, err := connection.Identify(t.Context()); err != nil {
		return err
	}
	if err := connection.Client.List(t.Context(), &corev1.NodeList{}); err != nil {
		return connection.Explain(err)
	}
	return nil
}

// TestAClusterWhoseAuthorityIsRotatedIsReachedAgainWithoutARestart: EKS lets people rotate it since August 2026.
func TestAClusterWhoseAuthorityIsRotatedIsReachedAgainWithoutARestart(t *testing.T) {
	for name, c := range map[string]struct {
		by   func(*testing.T, *rotating) reached
		says string
	}{
		"by a kubeconfig": {byKubeConfig, "shows a certificate of another certificate authority. If the cluster's certificate authority was changed, write it into the kubeconfig"},
		"by EKS":          {byEKS, "shows a certificate that the CA of EKS cluster prod in us-east-1 does not verify. crossvpc reads both from EKS again"},
	} {
		t.Run(name, func(t *testing.T) {
			server := newRotating(t)
			r := c.by(t, server)
			t.Cleanup(func() { r.connector.Forget("us") })
			if err := r.look(t); err != nil {
				t.Fatalf("before: %v", err)
			}
			next := server.rotate(t)
			for range 2 { // the second while it rests: it is not asked, and says the same
				expectError(t, r.look(t), v1alpha1.ReasonClusterUnreachable, c.says)
			}
			r.publish(next)
			if err := r.look(t); err != nil {
				t.Errorf("with the new authority: %v", err)
			}
		})
	}
}
