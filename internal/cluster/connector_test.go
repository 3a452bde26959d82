package cluster

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cluster/access"
	"github.com/crossvpc/crossvpc/internal/cluster/guard"
	"github.com/crossvpc/crossvpc/test/kubeconfig"
)

func connectorWith(objects ...client.Object) (*Connector, client.Client) {
	secrets := fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...).Build()
	return NewConnector(access.NewLocal(&rest.Config{Host: "https://10.1.1.1"}), access.NewKubeConfig(secrets, kubeconfig.Namespace)), secrets
}

func expectError(t *testing.T, err error, reason, message string) {
	t.Helper()
	known, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("error is %v, want a *cluster.Error", err)
	}
	if known.Reason != reason || !strings.Contains(known.Message, message) {
		t.Errorf("error is %s: %s\nwant %s: … %s …", known.Reason, known.Message, reason, message)
	}
	if strings.Contains(known.Message, kubeconfig.Token) {
		t.Errorf("message quotes the Secret: %s", known.Message)
	}
}

func TestAccessThatALaterReleaseBringsIsRefused(t *testing.T) {
	connector, _ := connectorWith()
	_, err := connector.Connect(t.Context(), &v1alpha1.PeeredCluster{})
	expectError(t, err, v1alpha1.ReasonNotYetSupported, "kubeConfigSecretRef")
}

func TestAConnectionIsKeptUntilItsSecretChanges(t *testing.T) {
	connector, secrets := connectorWith(kubeconfig.Secret(kubeconfig.Encode(t, kubeconfig.Config(nil, nil)), "kubeconfig"))
	connect := func() *Connection {
		t.Helper()
		connection, err := connector.Connect(t.Context(), kubeconfig.Cluster("us"))
		if err != nil {
			t.Fatal(err)
		}
		return connection
	}
	first := connect()
	if connect() != first {
		t.Error("an unchanged Secret made a new connection")
	}
	rotated := &corev1.Secret{}
	if err := secrets.Get(t.Context(), client.ObjectKey{Namespace: kubeconfig.Namespace, Name: "us"}, rotated); err != nil {
		t.Fatal(err)
	}
	rotated.Data["value"] = kubeconfig.Encode(t, kubeconfig.Config(nil, kubeconfig.Fields{"token": "rotated"}))
	if err := secrets.Update(t.Context(), rotated); err != nil {
		t.Fatal(err)
	}
	second := connect()
	if second == first || second.Config.BearerToken != "rotated" {
		t.Error("a rotated Secret did not take effect, or the key value does not come first")
	}
	connector.Forget("us")
	third := connect()
	if third == second {
		t.Error("a forgotten connection came back")
	}
	if err := secrets.Delete(t.Context(), rotated); err != nil {
		t.Fatal(err)
	}
	if _, err := connector.Connect(t.Context(), kubeconfig.Cluster("us")); err == nil || len(connector.kept) > 0 {
		t.Errorf("after its Secret was deleted %d connections are kept (%v)", len(connector.kept), err)
	}
}

func TestTheLocalClusterIsReachedWithTheOperatorsOwnConfiguration(t *testing.T) {
	own := &rest.Config{Host: "https://10.1.1.1", BearerTokenFile: filepath.Join(t.TempDir(), "token")}
	if err := os.WriteFile(own.BearerTokenFile, []byte("own"), 0o600); err != nil {
		t.Fatal(err)
	}
	connector := NewConnector(access.NewLocal(own))
	local := &v1alpha1.PeeredCluster{ObjectMeta: metav1.ObjectMeta{Name: "local"}}
	local.Spec.Access.Local = &v1alpha1.LocalAccess{}
	connection, err := connector.Connect(t.Context(), local)
	if err != nil {
		t.Fatal(err)
	}
	if connection.Config.Host != own.Host || connection.Config.BearerTokenFile != own.BearerTokenFile {
		t.Errorf("configuration is %s", connection.Config)
	}
	if connection.Config.Timeout != 10*time.Second || connection.Config.QPS != queriesPerSecond || connection.Config.UserAgent != "crossvpc" {
		t.Errorf("timeout, limit or user agent are not ours: %s", connection.Config)
	}
}

// connectTo connects to a server that speaks TLS.
func connectTo(t *testing.T, server kubeconfig.Fields) *Connection {
	t.Helper()
	return connectWithin(t, server, guard.DefaultLimits())
}

func connectWithin(t *testing.T, server kubeconfig.Fields, limits guard.Limits) *Connection {
	t.Helper()
	connector, _ := connectorWith(kubeconfig.Secret(kubeconfig.Encode(t, kubeconfig.Config(server, nil)), "value"))
	connector.Limits = limits
	connection, err := connector.Connect(t.Context(), kubeconfig.Cluster("us"))
	if err != nil {
		t.Fatal(err)
	}
	return connection
}

func servedBy(t *testing.T, handler http.HandlerFunc) kubeconfig.Fields {
	t.Helper()
	server := httptest.NewTLSServer(handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // handshakes that fail on purpose
	t.Cleanup(server.Close)
	return kubeconfig.Fields{"server": server.URL, "certificate-authority-data": kubeconfig.PEM("CERTIFICATE", server.Certificate().Raw)}
}

// answer is an API server that tells its version and APIs, and answers the rest
// with an error.
func answer(code int, message string) http.HandlerFunc {
	known := map[string]string{
		"/version": `{"gitVersion":"v1.37.2"}`,
		"/api":     `{"kind":"APIVersions","versions":["v1"]}`,
		"/apis":    `{"kind":"APIGroupList","apiVersion":"v1"}`,
		"/api/v1":  `{"kind":"APIResourceList","groupVersion":"v1","resources":[{"name":"namespaces","kind":"Namespace","verbs":["get"]}]}`,
	}
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if body, ok := known[r.URL.Path]; ok && code != http.StatusUnauthorized {
			_, _ = w.Write([]byte(body))
			return
		}
		w.WriteHeader(code)
		_, _ = w.Write([]byte(`{"kind":"Status","apiVersion":"v1","status":"Failure","code":` + strconv.Itoa(code) + `,"message":"` + message + `"}`))
	}
}

func TestWhatAServerDoesIsExplained(t *testing.T) {
	refusing, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := refusing.Addr().String()
	if err := refusing.Close(); err != nil {
		t.Fatal(err)
	}
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	elsewhere := 0
	other := servedBy(t, func(http.ResponseWriter, *http.Request) { elsewhere++ })
	for name, test := range map[string]struct {
		server          kubeconfig.Fields
		reason, message string
	}{
		"credentials that are not accepted": {servedBy(t, answer(401, "no")), v1alpha1.ReasonInvalidKubeConfig, "Secret crossvpc-system/us: API server https://127.0.0.1:"},
		"a permission that is missing": {
			servedBy(t, answer(403, "nodes is forbidden; your token is "+kubeconfig.Token)), v1alpha1.ReasonForbidden,
			"denies a permission that crossvpc needs: nodes is forbidden; your token is [redacted]",
		},
		"an overlong answer":      {servedBy(t, answer(403, strings.Repeat("a ", 3000))), v1alpha1.ReasonForbidden, "a a…"},
		"a server that fails":     {servedBy(t, answer(500, kubeconfig.Token)), v1alpha1.ReasonClusterUnreachable, "answers with error 500 Internal Server Error"},
		"a server that throttles": {servedBy(t, answer(503, kubeconfig.Token)), v1alpha1.ReasonClusterUnreachable, "answers with error 503 Service Unavailable"},
		"a redirect": {
			servedBy(t, func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, other["server"].(string), http.StatusTemporaryRedirect)
			}), v1alpha1.ReasonClusterUnreachable, "answers with a redirect, which crossvpc does not follow",
		},
		"a port that nobody listens at": {kubeconfig.Fields{"server": "https://" + address}, v1alpha1.ReasonClusterUnreachable, "API server https://" + address + " refuses connections"},
		"a certificate of another CA":   {kubeconfig.Merged(servedBy(t, answer(200, "")), kubeconfig.Fields{"certificate-authority-data": nil}), v1alpha1.ReasonClusterUnreachable, "certificate-authority-data must hold the CA that signed it"},
		"a port that speaks plain http": {kubeconfig.Fields{"server": strings.Replace(plain.URL, "http:", "https:", 1)}, v1alpha1.ReasonClusterUnreachable, "does not speak TLS"},
		"a name that does not resolve":  {kubeconfig.Fields{"server": "https://nowhere.invalid"}, v1alpha1.ReasonClusterUnreachable, "its name does not resolve"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := connectTo(t, test.server).Identify(t.Context())
			expectError(t, err, test.reason, test.message)
			if known, ok := errors.AsType[*Error](err); ok && len(known.Message) > 700 {
				t.Errorf("message has %d bytes", len(known.Message))
			}
		})
	}
	if elsewhere != 0 {
		t.Errorf("the redirect was followed %d times", elsewhere)
	}
}

func TestSilenceHasTheSameWordsAtEachTry(t *testing.T) {
	connection := connectTo(t, nil)
	dial := func(err error) error {
		return &url.Error{Op: "Get", URL: "https://10.0.0.1:6443/version", Err: &net.OpError{
			Op: "dial", Net: "tcp", Source: &net.TCPAddr{Port: 54321}, Err: err,
		}}
	}
	for name, test := range map[string]struct {
		err     error
		message string
	}{
		"deadline": {dial(context.DeadlineExceeded), "does not answer in time"},
		"no route": {dial(syscall.EHOSTUNREACH), "cannot be reached from here: there is no route to it"},
		"reset":    {dial(syscall.ECONNRESET), "closes connections before it answers"},
		"anything": {dial(errors.New("odd")), "cannot be reached"},
	} {
		t.Run(name, func(t *testing.T) {
			err := connection.Explain(test.err)
			expectError(t, err, v1alpha1.ReasonClusterUnreachable, "API server https://10.0.0.1:6443 "+test.message)
			if strings.Contains(err.Error(), "54321") {
				t.Errorf("message holds a local port: %s", err)
			}
			if !errors.Is(err, test.err) {
				t.Error("the cause is lost")
			}
		})
	}
	t.Run("a call that succeeded has nothing to explain", func(t *testing.T) {
		if err := connection.Explain(nil); err != nil {
			t.Errorf("error is %v", err)
		}
	})
	t.Run("a cancelled reconciliation is nobody's fault", func(t *testing.T) {
		if err := connection.Explain(dial(context.Canceled)); !errors.Is(err, context.Canceled) || errors.As(err, new(*Error)) {
			t.Errorf("error is %v", err)
		}
	})
}

func TestANameThatResolvesToTheMetadataServiceIsExplained(t *testing.T) {
	err := &url.Error{Op: "Get", Err: &net.OpError{Op: "dial", Err: access.ErrReserved}}
	expectError(t, connectTo(t, nil).Explain(err), v1alpha1.ReasonInvalidKubeConfig, "Secret crossvpc-system/us: server must not be a link-local")
	t.Run("and a connection of a Secret does not dial it", func(t *testing.T) {
		connection := connectTo(t, nil)
		if _, err := connection.Config.Dial(t.Context(), "tcp", "169.254.169.254:443"); !errors.Is(err, access.ErrReserved) {
			t.Errorf("error is %v", err)
		}
	})
}

func TestAServerThatIsLostBeforeTheFirstCallIsExplainedToo(t *testing.T) {
	refused := connectTo(t, kubeconfig.Fields{"server": "https://127.0.0.1:1"})
	objects := &unstructured.UnstructuredList{}
	objects.SetGroupVersionKind(schema.GroupVersionKind{Group: "cilium.io", Version: "v2", Kind: "CiliumNodeConfigList"})
	err := refused.Explain(refused.Client.List(t.Context(), objects))
	expectError(t, err, v1alpha1.ReasonClusterUnreachable, "API server https://127.0.0.1:1 refuses connections")
}
