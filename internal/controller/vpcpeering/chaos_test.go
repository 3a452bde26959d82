package vpcpeering

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/awssim"
)

// seedsInGate are tried in every run of the tests; `make chaos` goes on from there.
const seedsInGate = 60

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
}

// chaos is a world in which one schedule after the other is played.
type chaos struct {
	*world

	object *v1alpha1.VPCPeering
	spec   int
	// lagging: what a test reads of AWS is as old as what the operator reads.
	lagging bool
	// empty is what is in AWS without us, and ends what a spec leads to without any trouble.
	empty []string
	ends  [][]string
}

func newChaos(t *testing.T) *chaos {
	t.Helper()
	c := &chaos{world: newSmallWorld(t)}
	c.nameHosts()
	c.ruleByHand(c.pair.Accepter, allFrom("192.0.2.0/24")) // somebody else's
	c.empty = c.shape()
	for i := range specs {
		c.spec = i
		c.make()
		c.settleOn()
		c.ends = append(c.ends, c.shape())
		c.remove(c.object)
		c.clock.advance(time.Minute)
	}
	return c
}

func (c *chaos) make() { c.object = c.peering("eu-us", specs[c.spec]) }

// settleOn reconciles until the spec is fulfilled.
func (c *chaos) settleOn() {
	c.t.Helper()
	c.settle(c.object)
}

// play plays a schedule and checks how it ends.
func (c *chaos) play(events []mishap) {
	c.t.Helper()
	c.spec = 0
	c.make()
	for _, e := range events {
		c.happen(e)
		if live := c.live(c.pair.Requester); len(live) > 1 && !c.lagging {
			c.t.Errorf("after %s there are %d live connections (A1)", e, len(live))
		}
	}
	c.calm()
	c.settleOn()
	c.clock.advance(time.Minute)
	c.wants(c.ends[c.spec], "in the end")
	c.remove(c.object)
	c.clock.advance(time.Minute)
	c.wants(c.empty, "after the deletion")
}

func (c *chaos) wants(want []string, when string) {
	c.t.Helper()
	if diff := cmp.Diff(want, c.shape()); diff != "" {
		c.t.Errorf("what is in AWS %s (-want +got):\n%s", when, diff)
	}
}

// calm ends all faults; a person who had paused it or planned lets it go on.
func (c *chaos) calm() {
	for _, fault := range c.cloud.Faults() {
		c.cloud.RemoveFault(fault.ID)
	}
	c.cloud.SetTiming(awssim.Instant())
	c.lagging = false
	c.clock.advance(time.Minute)
	c.restart()
	c.edit(c.object, func(object *v1alpha1.VPCPeering) { object.Spec.Mode, object.Spec.Paused = v1alpha1.ModeApply, false })
}

func (c *chaos) happen(e mishap) {
	c.t.Helper()
	switch e.what {
	case waits:
		c.clock.advance(time.Duration(e.n) * 3 * time.Second)
	case isKilled:
		c.killedAt(c.object, e.n, e.after)
	case isConflict:
		c.restartWith(refusing(c.kube, e.n%5), nil)
		c.once(e)
		c.restart()
	case fails, loses:
		if _, err := c.cloud.Inject(e.fault()); err != nil {
			c.t.Fatal(err)
		}
		c.once(e)
	case edits:
		c.spec = e.n % len(specs)
		fresh := c.fresh()
		specs[c.spec](fresh)
		c.edit(c.object, func(object *v1alpha1.VPCPeering) {
			fresh.Spec.Mode, fresh.Spec.Paused = object.Spec.Mode, object.Spec.Paused
			object.Spec = fresh.Spec
		})
	case plans:
		c.edit(c.object, func(object *v1alpha1.VPCPeering) { object.Spec.Mode = v1alpha1.ModePlan })
	case pauses:
		c.edit(c.object, func(object *v1alpha1.VPCPeering) { object.Spec.Paused = true })
	case goesOn:
		c.edit(c.object, func(object *v1alpha1.VPCPeering) { object.Spec.Mode, object.Spec.Paused = v1alpha1.ModeApply, false })
	case recreates:
		c.calm()
		c.remove(c.object)
		c.make()
	case drifts:
		c.drift(e.n)
	case lags:
		c.cloud.SetTiming(e.lagOf())
		c.lagging = true
	case other:
		mine := c.reconciler
		c.restart()
		c.once(e)
		c.reconciler = mine
		c.once(e)
	default:
		c.once(e)
	}
}

// once reconciles and lets about as much time pass as was asked for.
func (c *chaos) once(e mishap) {
	result, _ := c.tryReconcile(c.t.Context(), c.object)
	c.clock.advance(min(result.RequeueAfter, time.Duration(e.n)*time.Second))
}

func (c *chaos) fresh() *v1alpha1.VPCPeering {
	return &v1alpha1.VPCPeering{Spec: v1alpha1.VPCPeeringSpec{
		Requester: c.side("eu", c.pair.Requester), Accepter: c.side("us", c.pair.Accepter),
	}}
}

// drift is what somebody does by hand to what is ours.
func (c *chaos) drift(n int) {
	network := c.networks()[n%2]
	if n%3 == 0 {
		for _, connection := range c.live(network) {
			_, _ = c.ec2(network).DeleteVpcPeeringConnection(c.t.Context(), &ec2.DeleteVpcPeeringConnectionInput{VpcPeeringConnectionId: connection.VpcPeeringConnectionId})
		}
		return
	}
	tables, err := c.ec2(network).DescribeRouteTables(c.t.Context(), &ec2.DescribeRouteTablesInput{})
	if err != nil {
		c.t.Fatal(err)
	}
	for _, table := range tables.RouteTables {
		for _, route := range table.Routes {
			if route.VpcPeeringConnectionId != nil {
				_, _ = c.ec2(network).DeleteRoute(c.t.Context(), &ec2.DeleteRouteInput{RouteTableId: table.RouteTableId, DestinationCidrBlock: route.DestinationCidrBlock})
			}
		}
	}
}

// refusing is an API server where somebody else wrote before our nth write.
func refusing(kube client.WithWatch, n int) client.Client {
	var mu sync.Mutex
	written := 0
	conflict := func() error {
		mu.Lock()
		defer mu.Unlock()
		if written++; written == n+1 {
			return apierrors.NewConflict(schema.GroupResource{Resource: "vpcpeerings"}, "eu-us", fmt.Errorf("chaos"))
		}
		return nil
	}
	return interceptor.NewClient(kube, interceptor.Funcs{
		Patch: func(ctx context.Context, kube client.WithWatch, object client.Object, patch client.Patch, options ...client.PatchOption) error {
			if err := conflict(); err != nil {
				return err
			}
			return kube.Patch(ctx, object, patch, options...)
		},
		SubResourcePatch: func(ctx context.Context, kube client.Client, sub string, object client.Object, patch client.Patch, options ...client.SubResourcePatchOption) error {
			if err := conflict(); err != nil {
				return err
			}
			return kube.SubResource(sub).Patch(ctx, object, patch, options...)
		},
	})
}

// TestChaosEndsAsIfNothingHadBeen plays seeded schedules. CHAOS_SEED plays one, CHAOS_SEEDS so many; a schedule that fails
// is made shorter and printed, to become a test with a name.
func TestChaosEndsAsIfNothingHadBeen(t *testing.T) {
	from, count := uint64(1), seedsInGate
	if seed, err := strconv.ParseUint(os.Getenv("CHAOS_SEED"), 10, 64); err == nil {
		from, count = seed, 1
	}
	if n, err := strconv.Atoi(os.Getenv("CHAOS_SEEDS")); err == nil {
		count = n
	}
	const worlds = 4
	for lane := range min(worlds, count) {
		t.Run(fmt.Sprintf("lane %d", lane), func(t *testing.T) {
			t.Parallel()
			c := newChaos(t)
			for i := lane; i < count; i += worlds {
				if seed := from + uint64(i); !c.survives(t, fmt.Sprintf("seed %d", seed), scheduleOf(seed)) { //nolint:gosec // no number is negative
					shrink(t, scheduleOf(seed))
					return
				}
			}
		})
	}
}

// survives plays a schedule as a test of its own.
func (c *chaos) survives(t *testing.T, name string, events []mishap) bool {
	t.Helper()
	return t.Run(name, func(t *testing.T) {
		outer := c.t
		c.t = t
		defer func() { c.t = outer }()
		c.play(events)
		if t.Failed() {
			t.Logf("schedule: %q", events)
		}
	})
}

// shrink leaves out events while the schedule still fails.
func shrink(t *testing.T, events []mishap) {
	t.Helper()
	for i := 0; i < len(events); {
		shorter := slices.Delete(slices.Clone(events), i, i+1)
		if newChaos(t).survives(t, fmt.Sprintf("without event %d of %d", i, len(events)), shorter) {
			i++
		} else {
			events = shorter
		}
	}
	t.Errorf("the shortest schedule that fails: %q", events)
}
