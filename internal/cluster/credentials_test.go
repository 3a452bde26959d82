package cluster

import (
	"bytes"
	"encoding/base64"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/klog/v2"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/test/kubeconfig"
)

// longSecret is a token as service accounts have them, the last part of which is its signature.
const longSecret = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzeXN0ZW06c2VydmljZWFjY291bnQ6YTpiIn0.UExBTlRFRC1TSUdOQVRVUkUtMDEyMzQ1Njc4OQ"

// lockedBuffer is written to by everybody.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(line []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(line)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// logEverything has client-go log whatever it can: requests, headers and bodies.
func logEverything(t *testing.T) *lockedBuffer {
	t.Helper()
	logged := &lockedBuffer{}
	flags := flag.NewFlagSet("", flag.PanicOnError)
	klog.InitFlags(flags)
	for name, value := range map[string]string{"logtostderr": "false", "alsologtostderr": "false", "stderrthreshold": "FATAL", "v": "10"} {
		if err := flags.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	klog.SetOutput(logged)
	t.Cleanup(func() {
		klog.Flush()
		_ = flags.Set("v", "0")
		_ = flags.Set("logtostderr", "true")
	})
	return logged
}

func TestNoCredentialThatIsSentBackGetsIntoErrorsObjectsOrLogs(t *testing.T) {
	logged := logEverything(t)
	echo := func(w http.ResponseWriter, r *http.Request) {
		token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		said := strings.Join([]string{token, r.Header.Get("Authorization"), base64.StdEncoding.EncodeToString([]byte(token)), url.QueryEscape(token)}, " ")
		for _, name := range []string{"Warning", "Audit-Id", "X-Anything", "Retry-After"} {
			w.Header().Set(name, `299 - "`+said+`"`)
		}
		w.Header().Set("Content-Type", "application/json")
		switch query := r.URL.Query(); {
		case query.Get("watch") != "":
			_, _ = fmt.Fprintf(w, `{"type":"ADDED","object":{"kind":"Node","apiVersion":"v1","metadata":{"name":"n","labels":{"a":%q}}}}{"type":"ERROR","object":{"kind":"Status","message":%q}}{"type":%q}`, said, said, said)
		case query.Has("limit"):
			_, _ = fmt.Fprintf(w, `{"kind":"NodeList","apiVersion":"v1","items":[{"metadata":{"name":%q}}]}`, said)
		case r.URL.Path == "/version":
			_, _ = fmt.Fprintf(w, `{"gitVersion":%q}`, said)
		case strings.HasSuffix(r.URL.Path, "/kube-system"):
			_, _ = fmt.Fprintf(w, `{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"kube-system","uid":%q}}`, said)
		case r.URL.Path == "/api":
			_, _ = fmt.Fprint(w, `{"kind":"APIVersions","versions":["v1"]}`)
		case r.URL.Path == "/apis":
			_, _ = fmt.Fprint(w, `{"kind":"APIGroupList","apiVersion":"v1"}`)
		case r.URL.Path == "/api/v1":
			_, _ = fmt.Fprint(w, `{"kind":"APIResourceList","groupVersion":"v1","resources":[{"name":"nodes","kind":"Node","verbs":["get"]},{"name":"namespaces","kind":"Namespace","verbs":["get"]}]}`)
		default:
			w.WriteHeader(http.StatusTeapot)
			_, _ = fmt.Fprintf(w, `{"kind":"Status","message":%q,"reason":%q,"code":418}`, said, said)
		}
	}
	connector, _ := connectorWith(kubeconfig.Secret(kubeconfig.Encode(t, kubeconfig.Config(servedBy(t, echo), kubeconfig.Fields{"token": longSecret})), "value"))
	connection, err := connector.Connect(t.Context(), kubeconfig.Cluster("us"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connector.Forget("us") })
	identity, err := connection.Identify(t.Context())
	var nodes corev1.NodeList
	shown := fmt.Sprint(identity, err)
	shown += fmt.Sprint(connection.Live.List(t.Context(), &nodes), nodes)
	shown += fmt.Sprint(connection.Explain(connection.Client.List(t.Context(), &nodes)), nodes)
	shown += fmt.Sprint(connection.Explain(connection.Client.Create(t.Context(), node("n"))))
	shown += fmt.Sprint(connection.Explain(connection.Live.Get(t.Context(), client.ObjectKey{Name: "n"}, &corev1.Node{})))
	for began := time.Now(); !strings.Contains(logged.String(), "Response Body") && time.Since(began) < 10*time.Second; {
		klog.Flush()
	}
	for where, text := range map[string]string{"errors and objects": shown, "logs": logged.String()} {
		for _, form := range []string{"UExBTlRFRC1TSUdOQVRVUkUt", base64.StdEncoding.EncodeToString([]byte(longSecret))[40:70]} {
			if i := strings.Index(text, form); i >= 0 {
				t.Errorf("a credential is in %s: …%s", where, text[max(0, i-300):i+20])
			}
		}
	}
	if !strings.Contains(shown, "[redacted]") || !strings.Contains(logged.String(), "[redacted]") {
		t.Errorf("nothing was sent back, or it was not logged: %.1500s\n---- %.1500s", shown, logged)
	}
}
