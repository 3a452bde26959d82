package awssim

import (
	"fmt"
	"maps"
	"time"

	"github.com/crossvpc/crossvpc/test/awssim/internal/autoscaling"
	"github.com/crossvpc/crossvpc/test/awssim/internal/ec2"
	"github.com/crossvpc/crossvpc/test/awssim/internal/eks"
	"github.com/crossvpc/crossvpc/test/awssim/internal/iam"
	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/sts"
)

// Cloud is a simulated AWS with any number of accounts and regions.
type Cloud struct {
	world    *sim.World
	services map[string]service
	ec2      *ec2.Service
	sts      *sts.Service
	eks      *eks.Service
}

type service struct {
	sim.Service
	actions map[string]sim.Action
}

// New makes an empty Cloud: no account has a default VPC.
func New(options Options) *Cloud {
	options = options.withDefaults()
	world := sim.NewWorld(options.Seed, sim.NewClock(options.Clock), options.Timing)
	world.Keys.Register(defaultAccessKey, sim.UserOf(sim.Place{Account: defaultAccount}))
	for accessKey, principal := range options.AccessKeys {
		world.Keys.Register(accessKey, principal)
	}
	cloud := &Cloud{world: world, services: map[string]service{}, sts: sts.New(world)}
	compute := ec2.New(world)
	cloud.ec2 = compute
	cloud.eks = eks.New(world, compute.Fleet())
	for _, each := range []sim.Service{compute, cloud.sts, cloud.eks, autoscaling.New(world, compute.Fleet())} {
		cloud.add(each)
	}
	return cloud
}

func (c *Cloud) add(s sim.Service) {
	c.services[s.Name()] = service{Service: s, actions: s.Actions()}
}

// Clock is the simulated time; Advance skips some of it.
func (c *Cloud) Clock() *Clock { return c.world.Clock }

// Timing is the timing in force.
func (c *Cloud) Timing() Timing { return c.world.Timing() }

// SetTiming replaces the timing; transitions already under way keep theirs.
func (c *Cloud) SetTiming(timing Timing) { c.world.SetTiming(timing) }

// Inject adds a fault and returns its id; an unknown effect is an error.
func (c *Cloud) Inject(fault Fault) (string, error) { return c.world.Faults.Inject(fault) }

// Faults lists the faults with their counts.
func (c *Cloud) Faults() []Fault { return c.world.Faults.List() }

// RemoveFault takes out one fault, or all when the id is empty.
func (c *Cloud) RemoveFault(id string) { c.world.Faults.Remove(id) }

// Journal lists the recorded calls that the query selects, oldest first.
func (c *Cloud) Journal(query Query) []Entry { return c.world.Journal.Entries(query) }

// ClearJournal forgets the recorded calls.
func (c *Cloud) ClearJournal() { c.world.Journal.Clear() }

// Deny forbids actions ("ec2:CreateRoute", "ec2:*") to a principal or role, by ARN.
func (c *Cloud) Deny(arn string, actions ...string) { c.world.Policies.Deny(arn, actions...) }

// AllowOnly forbids everything but the actions to a principal or role, by ARN.
func (c *Cloud) AllowOnly(arn string, actions ...string) { c.world.Policies.AllowOnly(arn, actions...) }

// AttachPolicy gives a principal or role, by ARN, an identity-based policy under a name, instead of the one that was
// attached under it. From then on it may do what its policies allow and nothing else. A policy of which awssim does not
// know a part is an error.
func (c *Cloud) AttachPolicy(arn, name string, policy []byte) error {
	document, err := iam.Identity(policy)
	if err != nil {
		return fmt.Errorf("policy %s of %s: %w", name, arn, err)
	}
	c.world.Policies.Attach(arn, name, document)
	return nil
}

// SetServiceControlPolicy puts all of an account under a service control policy; ClearPolicy takes it away.
func (c *Cloud) SetServiceControlPolicy(account, name string, policy []byte) error {
	document, err := iam.Identity(policy)
	if err != nil {
		return fmt.Errorf("service control policy %s of %s: %w", name, account, err)
	}
	c.world.Policies.Control(account, name, document)
	return nil
}

// ClearPolicy lets a principal, role or account do everything again.
func (c *Cloud) ClearPolicy(arn string) { c.world.Policies.Clear(arn) }

// RegisterKey makes an access key stand for a principal.
func (c *Cloud) RegisterKey(accessKey string, principal Principal) {
	c.world.Keys.Register(accessKey, principal)
}

// Reset forgets all resources and what was to happen to them, the journal and the faults. Keys, policies, timing and clock stay.
func (c *Cloud) Reset() {
	c.world.Reset(func() {
		for _, s := range c.services {
			s.Reset()
		}
	})
	c.world.Journal.Clear()
	c.world.Faults.Remove("")
}

// Dump is the state of all services by name, as of now and without lag, to be rendered as JSON.
func (c *Cloud) Dump() map[string]any {
	dump := map[string]any{}
	c.world.Do(func(time.Time) {
		for name, s := range maps.All(c.services) {
			dump[name] = s.Dump()
		}
	})
	return dump
}
