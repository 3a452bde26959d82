package vpcpeering

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/controller/object"
	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/chaos"
)

// seedsInGate are played in every run of the tests, the first of them with the race detector; `make chaos` goes on from there.
const (
	seedsRaced  = 50
	seedsInGate = 200
)

func TestChaosEndsAsIfNothingHadBeen(t *testing.T) {
	suite := chaos.Suite{Deck: deck, Lanes: 4, Raced: seedsRaced, InGate: seedsInGate, New: func(t *testing.T) chaos.World { return newChaos(t) }}
	suite.Run(t)
}

// specs are valid ones; which of them comes last decides how a run ends, whatever was before.
var specs = []func(*v1alpha1.VPCPeering){
	func(*v1alpha1.VPCPeering) {},
	withDNS,
	func(object *v1alpha1.VPCPeering) {
		object.Spec.Requester.Routes.RouteTableIDs = object.Spec.Requester.Routes.RouteTableIDs[:1]
	},
	func(object *v1alpha1.VPCPeering) {
		object.Spec.Accepter.SecurityGroups.Ingress = []v1alpha1.IngressRule{{Protocol: "TCP", FromPort: new(int32(443)), ToPort: new(int32(443))}}
	},
	observing,
}

// observing leaves the accepter's groups to somebody else.
func observing(object *v1alpha1.VPCPeering) {
	object.Spec.Accepter.SecurityGroups = v1alpha1.SideSecurityGroups{Groups: v1alpha1.SelectNone}
}

// chaosWorld is where one schedule after the other is played.
type chaosWorld struct {
	*world

	// late is the process's cache.
	late *chaos.Late
	// ahead is how far the process's clock is ahead of everybody else's.
	ahead time.Duration
	// patient: the SDK tries again by itself, as it does outside of tests.
	patient bool

	object *v1alpha1.VPCPeering
	spec   int
	// lagging: what a test reads of AWS is as old as what the operator reads.
	lagging bool
	// names has ids that differ from world to world replaced.
	names *strings.Replacer
}

// undisturbed are what is in AWS without us, and what each spec leads to without any trouble. The first world finds out,
// and the others rest on it.
var undisturbed struct {
	once  sync.Once
	empty []string
	ends  [][]string
}

func newChaos(t *testing.T) *chaosWorld {
	t.Helper()
	c := &chaosWorld{world: newSmallWorld(t)}
	c.nameHosts()
	c.ruleByHand(c.pair.Accepter, allFrom("192.0.2.0/24")) // somebody else's
	c.names = c.replacer()
	c.wired = apiServerThrough(t, c.wire.ToCluster)
	var err error
	c.late, err = chaos.NewLate(c.wired, map[string]client.IndexerFunc{pairIndex: pairKeys}, []client.ListOption{client.InNamespace(c.namespace)},
		func() client.ObjectList { return &v1alpha1.VPCPeeringList{} }, func() client.ObjectList { return &v1alpha1.AWSIdentityList{} })
	if err != nil {
		t.Fatal(err)
	}
	c.restart()
	undisturbed.once.Do(c.leadsTo)
	if len(undisturbed.ends) != len(specs) {
		t.Fatal("what the specs lead to without any trouble is not known: the world that should find out failed")
	}
	c.clock.advance(time.Hour) // ahead of the API server's, too, which stamps deletions
	return c
}

// leadsTo finds out what each spec leads to.
func (c *chaosWorld) leadsTo() {
	undisturbed.empty = c.normal()
	for i := range specs {
		c.spec = i
		c.make()
		c.settle(c.object)
		undisturbed.ends = append(undisturbed.ends, c.normal())
		c.remove(c.object)
		c.clock.advance(time.Minute)
	}
}

// replacer gives names to the ids of this world.
func (c *chaosWorld) replacer() *strings.Replacer {
	pairs := []string{c.namespace, "namespace"}
	for _, network := range c.networks() {
		pairs = append(pairs, network.VPCID, "VPC "+network.Name)
		for i, table := range network.Tables {
			pairs = append(pairs, table, fmt.Sprintf("table %d", i))
		}
		for name, group := range network.Groups {
			pairs = append(pairs, group, "group "+name)
		}
	}
	return strings.NewReplacer(pairs...)
}

// normal is the shape of AWS in the same words in each world.
func (c *chaosWorld) normal() []string {
	c.t.Helper()
	lines := c.shape()
	for i := range lines {
		lines[i] = c.names.Replace(lines[i])
	}
	slices.Sort(lines)
	return lines
}

// restart is a new process whose calls go over the wire.
func (c *chaosWorld) restart() {
	c.wire.Arm()
	clock := &fastClock{timeline: c.clock, ahead: c.ahead}
	config := awssdk.Config{
		Region: "eu-west-1", BaseEndpoint: &c.url, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(operatorAccount, "secret", ""),
		HTTPClient:  &http.Client{Transport: c.wire.ToAWS(http.DefaultTransport)},
	}
	if c.patient {
		config.Retryer = func() awssdk.Retryer { return retry.NewStandard(tryThreeTimesAtOnce) }
	}
	c.reconciler = &Reconciler{
		Client: c.late, Live: c.wired, Admissions: &object.Admissions{Live: c.wired, Client: c.wired},
		Cloud: aws.NewClients(config, aws.WithClock(clock)), Events: c.events,
		Clock: clock, InstallationID: installation, Sweep: time.Minute,
	}
}

// tryThreeTimesAtOnce is what the SDK does, without the seconds that it waits in between: they are nobody's clock here.
func tryThreeTimesAtOnce(o *retry.StandardOptions) {
	o.MaxAttempts = 3
	o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
}

// fastClock is ahead of the API server's and of AWS's.
type fastClock struct {
	*timeline

	ahead time.Duration
}

func (f *fastClock) Now() time.Time { return f.timeline.Now().Add(f.ahead) }

func (f *fastClock) Since(t time.Time) time.Duration { return f.Now().Sub(t) }

func (c *chaosWorld) make() { c.object = c.peering("eu-us", specs[c.spec]) }

// Play plays a schedule and checks how it ends.
func (c *chaosWorld) Play(t *testing.T, seed uint64, events []chaos.Event) {
	outer := c.t
	c.t = t
	defer func() { c.t = outer }()
	c.spec, c.patient = 0, seed%8 == 0
	c.restart()
	c.make()
	for _, e := range events {
		c.happen(e)
		if live := c.live(c.pair.Requester); len(live) > 1 && !c.lagging {
			t.Errorf("after %s there are %d live connections (A1)", e, len(live))
		}
	}
	c.calm()
	c.settle(c.object)
	c.clock.advance(time.Minute)
	c.wants(c.withKept(undisturbed.ends[c.spec]), "in the end")
	c.remove(c.object)
	c.clock.advance(time.Minute)
	c.wants(undisturbed.empty, "after the deletion")
}

func (c *chaosWorld) wants(want []string, when string) {
	c.t.Helper()
	if diff := cmp.Diff(want, c.normal()); diff != "" {
		c.t.Errorf("what is in AWS %s (-want +got):\n%s", when, diff)
	}
}

// withKept adds what the last spec keeps of the specs before it. This is the one place where history matters: groups None
// observes only, and the rules that crossvpc made before stay until the object is deleted, because to withdraw them would
// cut off traffic which nobody said that somebody else admits. See spec.accepter.securityGroups.groups.
func (c *chaosWorld) withKept(want []string) []string {
	fresh := c.fresh()
	specs[c.spec](fresh)
	if fresh.Spec.Accepter.SecurityGroups.Groups != v1alpha1.SelectNone {
		return want
	}
	want = slices.Clone(want)
	for _, rule := range c.rulesOf(c.pair.Accepter) {
		rule = c.names.Replace(rule)
		made := slices.ContainsFunc(undisturbed.ends, func(end []string) bool { return slices.Contains(end, rule) })
		if made && !slices.Contains(want, rule) {
			want = append(want, rule)
		}
	}
	slices.Sort(want)
	return want
}

// calm ends all faults; a person who had paused it or planned lets it go on.
func (c *chaosWorld) calm() {
	for _, fault := range c.cloud.Faults() {
		c.cloud.RemoveFault(fault.ID)
	}
	c.cloud.SetTiming(awssim.Instant())
	c.lagging, c.ahead = false, 0
	c.be(chaos.Punctual, 0)
	c.clock.advance(time.Minute)
	c.restart()
	c.edit(c.object, func(object *v1alpha1.VPCPeering) { object.Spec.Mode, object.Spec.Paused = v1alpha1.ModeApply, false })
}

func (c *chaosWorld) fresh() *v1alpha1.VPCPeering {
	return &v1alpha1.VPCPeering{Spec: v1alpha1.VPCPeeringSpec{
		Requester: c.side("eu", c.pair.Requester), Accepter: c.side("us", c.pair.Accepter),
	}}
}

func roleIn(account string) string { return fmt.Sprintf("arn:aws:iam::%s:role/crossvpc", account) }
