package peeredcluster

import (
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/cluster"
	"github.com/crossvpc/crossvpc/internal/cluster/access"
	"github.com/crossvpc/crossvpc/test/chaos"
)

// seedsInGate are played in every run of the tests, the first of them with the race detector; `make chaos` goes on from there.
const (
	seedsRaced  = 12
	seedsInGate = 40
)

func TestChaosEndsAsIfNothingHadBeen(t *testing.T) {
	suite := chaos.Suite{Deck: deck, Lanes: 1, Raced: seedsRaced, InGate: seedsInGate, New: func(t *testing.T) chaos.World { return newChaos(t) }}
	suite.Run(t)
}

// regimes are the ways to renew nodes; a seed has one of them.
var regimes = []regimeOf{
	{v1alpha1.RolloutRecyclePods, "1.18.0"}, {v1alpha1.RolloutReplaceNodes, "1.18.0"}, {v1alpha1.RolloutRestartAgents, "1.19.8"},
	{v1alpha1.RolloutAuto, "1.18.0"}, {v1alpha1.RolloutAuto, "1.20.2"}, {v1alpha1.RolloutOnDelete, "1.18.0"},
}

// regimeOf is a strategy with a version of Cilium.
type regimeOf struct {
	strategy v1alpha1.RolloutStrategy
	version  string
}

// specs are valid ones for every regime; which of them comes last decides how a run ends, whatever was before.
var specs = []func(*v1alpha1.PeeredClusterSpec){
	func(*v1alpha1.PeeredClusterSpec) {},
	func(spec *v1alpha1.PeeredClusterSpec) { spec.Rollout.MaxUnavailable = 2 },
	withGroups,
	toConfigMap,
	func(spec *v1alpha1.PeeredClusterSpec) { spec.Cilium.Strategy = v1alpha1.CiliumNone },
	func(spec *v1alpha1.PeeredClusterSpec) { spec.Rollout.Strategy = v1alpha1.RolloutRecyclePods },
	func(spec *v1alpha1.PeeredClusterSpec) { spec.Rollout.Strategy = v1alpha1.RolloutOnDelete },
}

// chaosWorld is where one schedule after the other is played, each with nodes and an AWS of its own.
type chaosWorld struct {
	*world

	wire    *chaos.Wire
	streams *chaos.Streams
	wired   client.Client
	late    *chaos.Late

	regime, spec int
	// stalled is how many reconciliations watches stall for, and how they go on then.
	stalled int
	goesOn  chaos.Event
	// theirs are the nodes that somebody else cordoned.
	theirs map[string]bool
	// inProgress are the instances of the nodes that are worked on.
	inProgress map[string]bool
	made       int
	// ends are what each spec leads to without any trouble.
	ends map[string][]string
}

func newChaos(t *testing.T) *chaosWorld {
	t.Helper()
	return &chaosWorld{ends: map[string][]string{}, world: &world{t: t}}
}

// begin starts again with a cluster of three nodes that was not peered yet.
func (c *chaosWorld) begin(regime, spec int) {
	c.t.Helper()
	c.world, c.wire, c.streams = newWorld(c.t), &chaos.Wire{}, &chaos.Streams{}
	c.regime, c.spec, c.stalled, c.made, c.theirs, c.inProgress = regime, spec, 0, 0, map[string]bool{}, map[string]bool{}
	c.wired = apiServerThrough(c.t, c.wire.ToCluster)
	var err error
	c.late, err = chaos.NewLate(c.wired, nil, nil,
		func() client.ObjectList { return &v1alpha1.VPCPeeringList{} }, func() client.ObjectList { return &v1alpha1.AWSIdentityList{} })
	if err != nil {
		c.t.Fatal(err)
	}
	c.restart()
	c.world.installs(regimes[regime].version, 0)
	c.addGroup(clusterName, c.network, 3)
	c.foreign()
	c.followGroup()
	c.clock.advance(time.Hour)
	c.create(c.object())
	c.peering("eu-us", "10.12.0.0/16")
}

// object is the PeeredCluster with the present spec.
func (c *chaosWorld) object() *v1alpha1.PeeredCluster {
	object := &v1alpha1.PeeredCluster{}
	object.Name = clusterName
	object.Spec.Access.Local = &v1alpha1.LocalAccess{}
	object.Spec.AllowedNamespaces.Names = []string{"default"}
	object.Spec.ClusterName = clusterName
	object.Spec.Rollout = v1alpha1.RolloutPolicy{SettleSeconds: new(int32(0)), MinReadySeconds: new(int32(0)), Strategy: regimes[c.regime].strategy}
	specs[c.spec](&object.Spec)
	return object
}

// restart is a new process whose calls go over the wire: it knows nothing but what API servers and AWS have.
func (c *chaosWorld) restart() {
	c.t.Helper()
	c.reconciler.Connector.Forget(clusterName)
	c.wire.Arm()
	connector := cluster.NewConnector(access.NewLocal(restConfig(c.t)))
	connector.Fence = func(next http.RoundTripper) http.RoundTripper { return c.streams.Around(c.wire.ToCluster(next)) }
	config, err := c.accounts.Config(c.t.Context(), c.network.Account, c.network.Region)
	if err != nil {
		c.t.Fatal(err)
	}
	config.Credentials = credentials.NewStaticCredentialsProvider(managerKey, "secret", "")
	config.HTTPClient, config.RetryMaxAttempts = &http.Client{Transport: c.wire.ToAWS(http.DefaultTransport)}, 1
	c.reconciler = &Reconciler{
		Client: c.late, Live: c.wired, Connector: &aged{Connector: connector}, Clouds: aws.NewClients(config, aws.WithClock(c.clock)),
		Events: c.events, Clock: c.clock, InstallationID: installation, Namespace: "crossvpc-system", Sweep: time.Minute,
	}
}

// Play plays a schedule and checks how it ends.
func (c *chaosWorld) Play(t *testing.T, seed uint64, events []chaos.Event) {
	outer := c.t
	c.t = t
	defer func() { c.t = outer }()
	regime := int(seed % uint64(len(regimes))) //nolint:gosec // there are few
	c.begin(regime, 0)
	defer func() { c.reconciler.Connector.Forget(clusterName) }()
	for _, e := range events {
		c.happen(e)
		if t.Failed() {
			t.Logf("that was after %s", e)
			return
		}
	}
	c.calm()
	c.settleAll()
	end := c.shape()
	c.removeAll()
	left := c.shape()
	c.reconciler.Connector.Forget(clusterName)
	last := c.object().Spec
	undisturbed := c.undisturbed()
	c.wants(last, undisturbed[0], end, inTheEnd)
	c.wants(last, undisturbed[1], left, "after the deletion")
}

func (c *chaosWorld) reconcileOnce() time.Duration {
	c.t.Helper()
	if err := c.late.Look(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
	result, err := c.caughtUp()
	if err == nil && result.RequeueAfter != afterBehind && !c.wire.Dead() {
		c.unseen = false
	}
	c.playNodes()
	c.followGroup()
	c.looksOn()
	return result.RequeueAfter
}

// caughtUp reconciles once its watches show what was written: nothing is late but what a schedule makes late.
func (c *chaosWorld) caughtUp() (ctrl.Result, error) {
	tick := time.NewTicker(catchUp / mostTries)
	defer tick.Stop()
	for try := 1; ; try++ {
		result, err := c.reconciler.Reconcile(c.t.Context(), ctrl.Request{NamespacedName: client.ObjectKey{Name: clusterName}})
		if c.stalled > 0 || result.RequeueAfter != afterBehind || try == mostTries {
			return result, err
		}
		<-tick.C
	}
}

const inTheEnd = "in the end"

// catchUp is how long a watch of an API server beside us may take for what was just written, and mostTries how often that is looked
// at: time in which the machine stands still does not count.
const (
	catchUp   = 5 * time.Second
	mostTries = 1000
)
