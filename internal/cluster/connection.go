package cluster

import (
	"context"
	"fmt"
	"net/http"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utilnet "k8s.io/apimachinery/pkg/util/net"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/cluster/access"
	"github.com/crossvpc/crossvpc/internal/cluster/guard"
	"github.com/crossvpc/crossvpc/internal/message"
)

const (
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

	access   *access.Access
	http     *http.Client
	live     client.Client
	account  *guard.Account
	attempts *attempts
	clock    clock.PassiveClock
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

// VPCID is the cluster's VPC, as AWS and not the cluster says; empty: AWS was not asked.
func (c *Connection) VPCID() string { return c.access.VPCID }

// ServiceCIDR is the block of the cluster's Services, as AWS says; empty: AWS was not asked.
func (c *Connection) ServiceCIDR() string { return c.access.ServiceCIDR }

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

// surroundings are what the connections to one cluster have in common.
type surroundings struct {
	limits   guard.Limits
	attempts *attempts
	changes  *changes
	clock    clock.PassiveClock
	fence    func(http.RoundTripper) http.RoundTripper
}

func newConnection(found *access.Access, ciliumNamespace string, in surroundings) (*Connection, error) {
	config := rest.CopyConfig(found.Config)
	config.Timeout, config.QPS, config.Burst, config.RateLimiter = callTimeout, queriesPerSecond, queryBurst, nil
	config.UserAgent = userAgent
	if in.fence != nil {
		config.Wrap(in.fence)
	}
	// Of JSON it can be told before it is decoded what comes of it.
	config.ContentType, config.AcceptContentTypes = runtime.ContentTypeJSON, runtime.ContentTypeJSON
	c := &Connection{
		Config: config, access: found, attempts: in.attempts, changes: in.changes,
		clock: in.clock, ciliumNamespace: ciliumNamespace,
	}
	c.account = guard.NewAccount(in.limits, c.overrun)
	c.written = &written{clock: c.clock, pending: map[writtenObject]write{}}
	c.watches = &watches{open: map[schema.GroupVersionKind]*watched{}, start: c.startWatch}
	return c, c.makeClients()
}

func (c *Connection) makeClients() error {
	transport, err := guard.Transport(c.Config, c.account)
	if err != nil {
		return fmt.Errorf("setting up TLS: %w", err)
	}
	c.http = &http.Client{Transport: transport, Timeout: callTimeout}
	kube, err := client.New(c.Config, client.Options{HTTPClient: c.http, Scheme: scheme})
	if err != nil {
		return fmt.Errorf("making a client: %w", err)
	}
	finder, err := discovery.NewDiscoveryClientForConfigAndClient(c.Config, c.http)
	if err != nil {
		return fmt.Errorf("making a discovery client: %w", err)
	}
	paged := &pagedClient{Client: kube, account: c.account}
	c.Live, c.Discovery, c.live = paged, finder, paged
	c.Client = &watchedClient{Client: paged, watches: c.watches, written: c.written}
	return nil
}

// overrun stops the watches of a cluster that answers with more than it may, and frees what
// they kept.
func (c *Connection) overrun() {
	c.watches.close()
	c.changes.tellNow()
}

func (c *Connection) close() {
	c.watches.close()
	utilnet.CloseIdleConnectionsFor(c.http.Transport)
}

var scheme = newScheme()

func newScheme() *runtime.Scheme {
	s := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{corev1.AddToScheme, appsv1.AddToScheme, policyv1.AddToScheme, networkingv1.AddToScheme, storagev1.AddToScheme} {
		utilruntime.Must(add(s))
	}
	return s
}
