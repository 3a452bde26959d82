package cluster

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cluster/access"
	"github.com/crossvpc/crossvpc/test/controlplane"
)

// laggard holds back what watches say, and counts what is asked.
type laggard struct {
	http.RoundTripper

	mu    sync.Mutex
	held  chan struct{} // closed when nothing is held back any more; nil: nothing is
	lists int           // initial lists too
}

func (l *laggard) RoundTrip(request *http.Request) (*http.Response, error) {
	query := request.URL.Query()
	if query.Get("sendInitialEvents") == "true" || request.Method == http.MethodGet && query.Get("watch") == "" && query.Get("fieldSelector") == "" && query.Has("limit") {
		l.mu.Lock()
		l.lists++
		l.mu.Unlock()
	}
	response, err := l.RoundTripper.RoundTrip(request)
	if err == nil && query.Get("watch") != "" {
		response.Body = &heldBody{ReadCloser: response.Body, laggard: l}
	}
	return response, err
}

func (l *laggard) hold() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held = make(chan struct{})
}

func (l *laggard) release() {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.held)
	l.held = nil
}

func (l *laggard) listed() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lists
}

type heldBody struct {
	io.ReadCloser

	laggard *laggard
}

func (b *heldBody) Read(into []byte) (int, error) {
	n, err := b.ReadCloser.Read(into)
	b.laggard.mu.Lock()
	held := b.laggard.held
	b.laggard.mu.Unlock()
	if held != nil {
		<-held
	}
	return n, err
}

// watching is a connection to a real API server whose watches can be held back.
func watching(t *testing.T) (*controlplane.Cluster, client.Client, *Connection, *laggard) {
	t.Helper()
	us, admin, _ := realCluster(t)
	slow := &laggard{}
	config := us.Config()
	config.Wrap(func(inner http.RoundTripper) http.RoundTripper {
		slow.RoundTripper = inner
		return slow
	})
	return us, admin, connected(t, config), slow
}

func connected(t *testing.T, config *rest.Config) *Connection {
	t.Helper()
	connector := NewConnector(access.NewLocal(config))
	local := &v1alpha1.PeeredCluster{ObjectMeta: metav1.ObjectMeta{Name: "local"}}
	local.Spec.Access.Local = &v1alpha1.LocalAccess{}
	local.Spec.Cilium.Namespace = metav1.NamespaceSystem
	connection, err := connector.Connect(t.Context(), local)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connector.Forget("local") })
	return connection
}

func expectCurrent(t *testing.T, c *Connection, want error) {
	t.Helper()
	if err := c.Current(t.Context()); !errors.Is(err, want) {
		t.Fatalf("current: %v, want %v", err, want)
	}
}

func untilCurrent(t *testing.T, c *Connection) {
	t.Helper()
	var last error
	err := wait.PollUntilContextTimeout(t.Context(), 5*time.Millisecond, time.Minute, true, func(ctx context.Context) (bool, error) {
		last = c.Current(ctx)
		return last == nil, nil
	})
	if err != nil {
		t.Fatalf("never current: %v", last)
	}
}

func node(name string) *corev1.Node { return &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}} }

func create(t *testing.T, admin client.Client, objects ...client.Object) {
	t.Helper()
	for _, object := range objects {
		if err := admin.Create(t.Context(), object); err != nil {
			t.Fatal(err)
		}
	}
}

func nodesIn(t *testing.T, reader client.Reader) []corev1.Node {
	t.Helper()
	var list corev1.NodeList
	if err := reader.List(t.Context(), &list); err != nil {
		t.Fatal(err)
	}
	return list.Items
}

// cordon writes to the first node, as it is read through the connection.
func cordon(t *testing.T, c *Connection, as bool) {
	t.Helper()
	seen := nodesIn(t, c.Client)[0]
	changed := seen.DeepCopy()
	changed.Spec.Unschedulable = as
	if err := c.Client.Patch(t.Context(), changed, client.MergeFromWithOptions(&seen, client.MergeFromWithOptimisticLock{})); err != nil {
		t.Fatal(err)
	}
}

func TestNothingIsDecidedBeforeTheWatchesShowWhatWeWrote(t *testing.T) {
	_, admin, c, slow := watching(t)
	create(t, admin, node("a"))
	expectCurrent(t, c, nil)
	lists := slow.listed()

	slow.hold()
	cordon(t, c, true)
	expectCurrent(t, c, ErrBehind)
	if nodesIn(t, c.Client)[0].Spec.Unschedulable {
		t.Error("the watch is not held back, so this proves nothing")
	}
	slow.release()
	untilCurrent(t, c)
	if !nodesIn(t, c.Client)[0].Spec.Unschedulable {
		t.Error("current, and the cordon is not shown")
	}

	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "p"},
		Spec:       corev1.PodSpec{NodeName: "a", Containers: []corev1.Container{{Name: "c", Image: "i"}}},
	}
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "default"}}
	create(t, admin, account, pod)
	var pods corev1.PodList
	err := wait.PollUntilContextTimeout(t.Context(), 5*time.Millisecond, time.Minute, true, func(ctx context.Context) (bool, error) {
		return len(pods.Items) == 1, c.Client.List(ctx, &pods)
	})
	if err != nil {
		t.Fatal(err)
	}
	slow.hold()
	if err := c.Client.SubResource("eviction").Create(t.Context(), &pods.Items[0], &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "p"}}); err != nil {
		t.Fatal(err)
	}
	expectCurrent(t, c, ErrBehind)
	slow.release()
	untilCurrent(t, c)
	if now := slow.listed(); now != lists {
		t.Errorf("%d lists were asked for, where the watches had told everything", now-lists)
	}
}

func TestWhatIsAppliedCountsAsWrittenToo(t *testing.T) {
	_, admin, c, slow := watching(t)
	create(t, admin, node("a"))
	expectCurrent(t, c, nil)
	slow.hold()
	applied := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Node",
		"metadata": map[string]any{"name": "a", "annotations": map[string]any{"mark": "rev"}},
	}}
	if err := c.Client.Apply(t.Context(), client.ApplyConfigurationFromUnstructured(applied), client.FieldOwner("crossvpc")); err != nil {
		t.Fatal(err)
	}
	expectCurrent(t, c, ErrBehind)
	slow.release()
	untilCurrent(t, c)
	if nodesIn(t, c.Client)[0].Annotations["mark"] != "rev" {
		t.Error("current, and what was applied is not shown")
	}
}

func TestAWatchThatIsSilentIsReadAgainBeforeItIsTrusted(t *testing.T) {
	_, admin, c, slow := watching(t)
	create(t, admin, node("a"))
	expectCurrent(t, c, nil)
	if renewed, err := c.Refresh(t.Context(), time.Minute, Node); renewed || err != nil {
		t.Errorf("renewed %v, %v, although something was just heard", renewed, err)
	}
	slow.hold()
	defer slow.release()
	create(t, admin, node("b"))
	if shown := len(nodesIn(t, c.Client)); shown != 1 {
		t.Fatalf("%d nodes are shown by a watch that is held back", shown)
	}
	// The new stream is held back too until it is released, as any list would be.
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if renewed, err := c.Refresh(ctx, 0, Node); !renewed || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("renewed %v, %v, from a server that says nothing", renewed, err)
	}
}

func TestAClusterThatComesBackIsReadAgain(t *testing.T) {
	us, admin, c, _ := watching(t)
	create(t, admin, node("a"))
	expectCurrent(t, c, nil)
	us.StopAPIServer()
	err := wait.PollUntilContextTimeout(t.Context(), 5*time.Millisecond, time.Minute, true, func(ctx context.Context) (bool, error) {
		return c.Current(ctx) != nil, nil
	})
	if err != nil {
		t.Fatal("current although the API server is gone")
	}
	expectError(t, c.Current(t.Context()), v1alpha1.ReasonClusterUnreachable, "refuses connections")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	if err := us.StartAPIServer(ctx); err != nil {
		t.Fatal(err)
	}
	create(t, admin, node("b"))
	untilCurrent(t, c)
	if shown := len(nodesIn(t, c.Client)); shown != 2 {
		t.Errorf("current, and %d of 2 nodes are shown", shown)
	}
}

func TestAKindThatTheClusterDoesNotKnowIsNotWaitedFor(t *testing.T) {
	_, _, c, _ := watching(t)
	pools := &unstructured.UnstructuredList{}
	pools.SetGroupVersionKind(NodePool.GroupVersion().WithKind("NodePoolList"))
	if err := c.Client.List(t.Context(), pools); !meta.IsNoMatchError(err) {
		t.Errorf("got %v, want one that says there is no such kind", err)
	}
	expectCurrent(t, c, nil)
}

func TestAMissingRightToWatchIsNamed(t *testing.T) {
	us, _, _, _ := watching(t)
	config := us.Config()
	config.Impersonate = rest.ImpersonationConfig{UserName: "nobody"}
	c := connected(t, config)
	expectError(t, c.Current(t.Context()), v1alpha1.ReasonForbidden, `cannot`)
}
