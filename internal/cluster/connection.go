package cluster

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/cluster/access"
	"github.com/crossvpc/crossvpc/internal/message"
)

const (
	// callTimeout bounds each call, so that a cluster that does not answer holds
	// up a worker no longer.
	callTimeout = 10 * time.Second
	// A peered cluster is somebody's production. Its API server shares itself out
	// among clients (API Priority and Fairness) and says 429 when it has had enough;
	// our own limit only keeps a fault of ours from using all of that share. It
	// leaves room for what the quickest rollout asks: 25 nodes at a time, each with
	// 10 pods to evict and renewed in 3 s, make 25 / 3 x (10 evictions + 4 writes + 1
	// list) = 125 calls a second.
	queriesPerSecond = 150
	queryBurst       = 300
	userAgent        = "crossvpc"
)

// errRedirect refuses to follow: API servers do not redirect, and the token
// would go along.
var errRedirect = errors.New("redirected")

// Connection talks to the API server of one cluster. It is safe for concurrent use.
type Connection struct {
	// Client knows core, apps, policy and networking types; Cilium's go as unstructured.
	// Nodes, pods, disruption budgets and Cilium's objects are read from watches,
	// which are opened on first use: act on what it reads only after
	// [Connection.Current]. What it lists of these is shared and trimmed (see
	// trim.go): change copies, and patch rather than update. Everything else, and
	// lists by field, it asks the API server for.
	Client client.Client
	// Live asks the API server for everything.
	Live client.Reader
	// Discovery tells which APIs the cluster serves.
	Discovery discovery.DiscoveryInterfaceWithContext
	// Config is what both were made from; copy it before changing it.
	Config *rest.Config

	access *access.Access
	http   *http.Client
	live   client.Client
	clock  clock.PassiveClock
	// ciliumNamespace is the only one where Cilium's own objects are watched.
	ciliumNamespace string
	watches         *watches
	written         *written
	changes         *changes
}

// Identity tells one cluster from another.
type Identity struct {
	// ID is the UID of the namespace kube-system: it lives as long as the cluster.
	ID string
	// Version of the API server, such as v1.37.2.
	Version string
}

// Identify asks the API server who it is. Errors are as of [Connection.Explain].
func (c *Connection) Identify(ctx context.Context) (Identity, error) {
	version, err := c.Discovery.ServerVersionWithContext(ctx)
	if err != nil {
		return Identity{}, c.Explain(fmt.Errorf("asking for the version: %w", err))
	}
	system := &corev1.Namespace{}
	if err := c.Client.Get(ctx, client.ObjectKey{Name: metav1.NamespaceSystem}, system); err != nil {
		return Identity{}, c.Explain(fmt.Errorf("reading namespace %s: %w", metav1.NamespaceSystem, err))
	}
	return Identity{ID: message.Cut(string(system.UID), longestVersion), Version: message.Cut(version.GitVersion, longestVersion)}, nil
}

// longestVersion is how many characters status takes of what a server says of itself.
const longestVersion = 64

func newConnection(found *access.Access, ciliumNamespace string, changes *changes) (*Connection, error) {
	config := rest.CopyConfig(found.Config)
	config.Timeout, config.QPS, config.Burst, config.RateLimiter = callTimeout, queriesPerSecond, queryBurst, nil
	config.UserAgent = userAgent
	httpClient, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, fmt.Errorf("setting up TLS: %w", err)
	}
	httpClient.CheckRedirect = func(*http.Request, []*http.Request) error { return errRedirect }
	kube, err := client.New(config, client.Options{HTTPClient: httpClient, Scheme: scheme})
	if err != nil {
		return nil, fmt.Errorf("making a client: %w", err)
	}
	finder, err := discovery.NewDiscoveryClientForConfigAndClient(config, httpClient)
	if err != nil {
		return nil, fmt.Errorf("making a discovery client: %w", err)
	}
	c := &Connection{
		Live: kube, Discovery: finder, Config: config, access: found, http: httpClient, live: kube,
		clock: clock.RealClock{}, ciliumNamespace: ciliumNamespace, changes: changes,
	}
	c.written = &written{clock: c.clock, pending: map[writtenObject]write{}}
	c.watches = &watches{open: map[schema.GroupVersionKind]*watched{}, start: c.startWatch}
	c.Client = &watchedClient{Client: kube, watches: c.watches, written: c.written}
	return c, nil
}

func (c *Connection) close() {
	c.watches.close()
	c.http.CloseIdleConnections()
}

var scheme = newScheme()

func newScheme() *runtime.Scheme {
	s := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{corev1.AddToScheme, appsv1.AddToScheme, policyv1.AddToScheme, networkingv1.AddToScheme, storagev1.AddToScheme} {
		utilruntime.Must(add(s))
	}
	return s
}
