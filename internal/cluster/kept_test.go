package cluster

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cluster/guard"
)

func TestWhatAWatchKeepsIsCounted(t *testing.T) {
	account := guard.NewAccount(guard.DefaultLimits(), nil)
	k := newKept(account, trimNode)
	note := func(kind watch.EventType, object *corev1.Node) {
		t.Helper()
		if err := k.note(watch.Event{Type: kind, Object: object}); err != nil {
			t.Fatal(err)
		}
	}
	note(watch.Added, node("a"))
	one := account.Taken()
	if one <= 0 {
		t.Fatal("a node takes nothing")
	}
	payload := node("a")
	payload.Annotations = map[string]string{"x": strings.Repeat("x", 100_000)}
	note(watch.Modified, payload)
	if account.Taken() != one || payload.Annotations["x"] != "" {
		t.Errorf("it was not trimmed before it was counted: %d, then %d bytes", one, account.Taken())
	}
	note(watch.Added, node("b"))
	note(watch.Deleted, node("a"))
	if account.Taken() != one {
		t.Errorf("a node that went is still counted: %d bytes", account.Taken())
	}
	if err := k.addAll(&corev1.NodeList{Items: []corev1.Node{*node("c"), *node("d")}}); err != nil || account.Taken() != 3*one {
		t.Errorf("a page of two makes %d bytes (%v), want %d", account.Taken(), err, 3*one)
	}
	k.release()
	note(watch.Added, node("e"))
	if account.Taken() != 0 {
		t.Errorf("after the watch ended %d bytes are counted", account.Taken())
	}
}

func TestWhatNoAPIServerSaysEndsTheAccount(t *testing.T) {
	for name, list := range map[string]*corev1.NodeList{
		"a name":     {Items: []corev1.Node{*node(strings.Repeat("n", 254))}},
		"a continue": {ListMeta: metav1.ListMeta{Continue: strings.Repeat("c", 10_000)}},
	} {
		t.Run(name, func(t *testing.T) {
			account := guard.NewAccount(guard.DefaultLimits(), nil)
			if newKept(account, trimNode).addAll(list) == nil || account.Exceeded() == nil {
				t.Error("it was taken")
			}
		})
	}
}

// flood is an API server whose watches bring what flood makes, and whose lists are as long as it says.
func flood(t *testing.T, limits guard.Limits, event func(i int) string, page func(from string) (items, next string)) *Connection {
	t.Helper()
	known := answer(http.StatusNotFound, "none")
	return connectWithin(t, servedBy(t, func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		w.Header().Set("Content-Type", "application/json")
		switch {
		case r.URL.Path == "/api/v1":
			_, _ = fmt.Fprint(w, `{"kind":"APIResourceList","groupVersion":"v1","resources":[{"name":"nodes","kind":"Node","verbs":["get"]},{"name":"namespaces","kind":"Namespace","verbs":["get"]}]}`)
		case query.Get("watch") != "":
			for i := 0; r.Context().Err() == nil; i++ {
				if _, err := fmt.Fprint(w, event(i)); err != nil {
					return
				}
			}
		case strings.HasSuffix(r.URL.Path, "/nodes"):
			items, next := page(query.Get("continue"))
			_, _ = fmt.Fprintf(w, `{"kind":"NodeList","apiVersion":"v1","metadata":{"resourceVersion":"1","continue":"%s"},"items":[%s]}`, next, items)
		default:
			known(w, r)
		}
	}), limits)
}

func TestAClusterThatStreamsWithoutEndIsUnreachableAndItsWatchesStop(t *testing.T) {
	started := time.Now()
	big := strings.Repeat("x", 900)
	labels := map[string]string{}
	for i := range 200 {
		labels[fmt.Sprintf("label-%d", i)] = big
	}
	encoded, err := json.Marshal(labels)
	if err != nil {
		t.Fatal(err)
	}
	connection := flood(t, guard.Limits{Answer: 16 * guard.MiB, Kept: 16 * guard.MiB}, func(i int) string {
		return fmt.Sprintf(`{"type":"ADDED","object":{"kind":"Node","apiVersion":"v1","metadata":{"name":"n%d","resourceVersion":"%d","labels":%s}}}`, i, i+1, encoded)
	}, func(string) (string, string) { return "", "" })
	for connection.account.Exceeded() == nil && time.Since(started) < 5*time.Minute {
		_ = connection.Client.List(t.Context(), &corev1.NodeList{})
	}
	err = connection.Explain(connection.Client.List(t.Context(), &corev1.NodeList{}))
	expectError(t, err, v1alpha1.ReasonClusterUnreachable, "answers with more than 16 MiB in all, and its watches are stopped. Remove what is that large")
	if taken := connection.account.Taken(); taken > guard.MiB {
		t.Errorf("%d bytes are still kept", taken)
	}
}

func TestListsAreReadByThePageAndEnd(t *testing.T) {
	pages := 0
	items := func(from string) string {
		named := make([]string, 250)
		for i := range named {
			named[i] = fmt.Sprintf(`{"metadata":{"name":"n%s-%d"}}`, from, i)
		}
		return strings.Join(named, ",")
	}
	connection := flood(t, guard.DefaultLimits(), nil, func(from string) (string, string) {
		if pages++; pages < 4 {
			return items(from), strconv.Itoa(pages)
		}
		return items(from), ""
	})
	var nodes corev1.NodeList
	if err := connection.Live.List(t.Context(), &nodes); err != nil || len(nodes.Items) != 1000 || nodes.Continue != "" {
		t.Errorf("%d nodes by %d pages (%v)", len(nodes.Items), pages, err)
	}
	if taken := connection.account.Taken(); taken != 0 {
		t.Errorf("%d bytes are still taken", taken)
	}
	t.Run("also where a cluster continues for ever", func(t *testing.T) {
		endless := flood(t, guard.DefaultLimits(), nil, func(string) (string, string) { return "", "more" })
		err := endless.Explain(endless.Live.List(t.Context(), &nodes, client.MatchingLabels{"a": "b"}))
		expectError(t, err, v1alpha1.ReasonClusterUnreachable, "answers with more than 400 pages of a list")
	})
}
