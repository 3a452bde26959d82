package e2e

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// fakeCluster answers as an API server with one node-less cluster does, but where it was told otherwise.
type fakeCluster struct {
	// at has what is answered otherwise, by the end of the path, or "watch" and "list".
	at map[string]http.HandlerFunc
	// uid of the cluster.
	uid string
}

// ServeHTTP implements http.Handler.
func (f fakeCluster) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	kind := r.URL.Path
	switch {
	case r.URL.Query().Get("watch") != "":
		kind = "watch"
	case r.URL.Query().Has("limit"):
		kind = "list"
	}
	if otherwise := f.at[kind]; otherwise != nil {
		otherwise(w, r)
		return
	}
	if kind == "/api/v1/namespaces/kube-system" {
		_, _ = fmt.Fprintf(w, `{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"kube-system","uid":%q}}`, f.uid)
		return
	}
	if answer, known := fakeAnswers[kind]; known {
		_, _ = io.WriteString(w, answer)
		return
	}
	w.WriteHeader(http.StatusNotFound)
	_, _ = io.WriteString(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","code":404,"reason":"NotFound","message":"none"}`)
}

var fakeAnswers = map[string]string{
	"/version": `{"major":"1","minor":"34","gitVersion":"v1.34.0"}`,
	"/api":     `{"kind":"APIVersions","versions":["v1"]}`,
	"/apis":    `{"kind":"APIGroupList","apiVersion":"v1","groups":[{"name":"policy","versions":[{"groupVersion":"policy/v1","version":"v1"}],"preferredVersion":{"groupVersion":"policy/v1","version":"v1"}}]}`,
	"/api/v1": `{"kind":"APIResourceList","groupVersion":"v1","resources":[{"name":"nodes","kind":"Node","verbs":["list","watch"]},` +
		`{"name":"pods","namespaced":true,"kind":"Pod","verbs":["list","watch"]},{"name":"namespaces","kind":"Namespace","verbs":["get"]}]}`,
	"/apis/policy/v1": `{"kind":"APIResourceList","groupVersion":"policy/v1","resources":[{"name":"poddisruptionbudgets","namespaced":true,"kind":"PodDisruptionBudget","verbs":["list","watch"]}]}`,
}

// endlessly writes text until the other side has enough.
func endlessly(begin, text string) http.HandlerFunc {
	many := []byte(strings.Repeat(text, 1+(64<<10)/len(text)))
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, begin)
		for r.Context().Err() == nil {
			if _, err := w.Write(many); err != nil {
				return
			}
		}
	}
}

// bomb is an answer of 2 GiB in some MiB; code is 0 for none of its own.
func bomb(packed []byte, code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		if code != 0 {
			w.WriteHeader(code)
		}
		_, _ = w.Write(packed)
	}
}

// pack makes 2 GiB of members of 16 MiB, for a gzip file may have many (RFC 1952, section 2.2) and one that is packed once is cheap.
func pack(t *testing.T) []byte {
	t.Helper()
	begin := member(t, []byte(`{"kind":"Status","message":"`))
	return append(begin, bytes.Repeat(member(t, bytes.Repeat([]byte{'0'}, 16<<20)), 128)...)
}

func member(t *testing.T, content []byte) []byte {
	t.Helper()
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	if _, err := writer.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

// nodes streams new nodes of a size without end.
func nodesWithoutEnd(size int) http.HandlerFunc {
	label := strings.Repeat("x", size)
	return func(w http.ResponseWriter, r *http.Request) {
		for i := 1; r.Context().Err() == nil; i++ {
			_, err := fmt.Fprintf(w, `{"type":"ADDED","object":{"kind":"Node","apiVersion":"v1","metadata":{"name":"n%d","uid":"%d","resourceVersion":"%d","labels":{"a":%q}}}}`+"\n", i, i, i, label)
			if err != nil {
				return
			}
		}
	}
}

// sameNodeWithoutEnd keeps a manager busy with changes that are none.
func sameNodeWithoutEnd(w http.ResponseWriter, r *http.Request) {
	for i := 1; r.Context().Err() == nil; i++ {
		if _, err := fmt.Fprintf(w, `{"type":"MODIFIED","object":{"kind":"Node","apiVersion":"v1","metadata":{"name":"n","uid":"1","resourceVersion":"%d"}}}`+"\n", i); err != nil {
			return
		}
	}
}

// echo answers with the credentials that it was sent, in every form; format has a %s for them.
func echo(code int, format string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		said := strings.Join([]string{token, "Bearer " + token, base64.StdEncoding.EncodeToString([]byte(token)), url.QueryEscape(token)}, " ")
		w.Header().Set("Warning", `299 - "`+said+`"`)
		w.Header().Set("Audit-Id", said)
		w.WriteHeader(code)
		_, _ = fmt.Fprintf(w, strings.ReplaceAll(format, "%s", "%[1]s"), said)
	}
}

// servedFake serves TLS and returns the address and the CA in PEM form.
func servedFake(t *testing.T, handler http.Handler) (address string, ca []byte) {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server.URL, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
}

// mute accepts connections, and then does what talk does with them.
func mute(t *testing.T, talk func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go talk(connection)
		}
	}()
	return "https://" + listener.Addr().String()
}
