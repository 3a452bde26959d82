package e2e

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/e2e/rig"
	"github.com/crossvpc/crossvpc/test/scene"
)

// crowd is many VPCPeerings, applied together, over networks in some accounts and regions, with
// AWS's published limits on calls.
type crowd struct {
	peerings int
	// requesters and accepters are where networks are; a peering joins one of each.
	requesters, accepters []awssim.Place
	// perPlace is how many networks are in each place.
	perPlace int
	// pair is which networks the nth peering joins.
	pair func(n int, requesters, accepters []*scene.Network) (requester, accepter *scene.Network)
	// sweep is the manager's; 0: its default.
	sweep time.Duration
	// unlimited: calls take 50 ms each, nothing lags, and AWS limits no rate.
	unlimited bool
	// within bounds the time to Ready; 0: 1.2 times what AWS's limits allow.
	within time.Duration
	// room is what within is multiplied with in the gate; 0: nothing, there is time enough also beside other work.
	room float64
	// resident is the most memory, in KiB.
	resident int
	// sweeps is for how many the manager is watched when all is done.
	sweeps int
	// restMiB is the most memory when nothing is to be done; 0: it is not asked for.
	restMiB float64
}

// name is what figures are called by.
func (c crowd) name() string {
	accounts := map[string]bool{}
	for _, place := range slices.Concat(c.requesters, c.accepters) {
		accounts[place.Account] = true
	}
	return fmt.Sprintf("%d peerings, %d accounts", c.peerings, len(accounts))
}

// timing is how AWS behaves.
func (c crowd) timing() awssim.Timing {
	if !c.unlimited {
		return awssim.Realistic()
	}
	timing := awssim.Instant()
	timing.Latency = awssim.Duration(50 * time.Millisecond)
	return timing
}

var crowdRegions = []string{
	"eu-west-1", "us-east-1", "eu-central-1", "us-west-2", "ap-southeast-1", "ap-northeast-1", "eu-north-1", "us-east-2",
}

// spread has one network in each of 20 accounts and 8 regions, each peered with some 13 others.
func spread(peerings int) crowd {
	var places []awssim.Place
	for account := range 20 {
		for _, region := range crowdRegions {
			places = append(places, awssim.Place{Account: fmt.Sprintf("3000000000%02d", account), Region: region})
		}
	}
	return crowd{
		peerings: peerings, requesters: places, perPlace: 1,
		pair: func(n int, networks, _ []*scene.Network) (*scene.Network, *scene.Network) {
			// Neighbours at a distance of 9, 10, ..: in another account and another region.
			return networks[n%len(networks)], networks[(n%len(networks)+9+n/len(networks))%len(networks)]
		},
	}
}

// dense joins each of 32 networks of one account with each of 32 of another one.
func dense(peerings int) crowd {
	return crowd{
		peerings: peerings, perPlace: 32, resident: 256 << 10, sweeps: 2,
		requesters: []awssim.Place{{Account: scene.RequesterAccount, Region: scene.RequesterRegion}},
		accepters:  []awssim.Place{{Account: scene.AccepterAccount, Region: scene.AccepterRegion}},
		pair: func(n int, requesters, accepters []*scene.Network) (*scene.Network, *scene.Network) {
			return requesters[n/len(accepters)], accepters[n%len(accepters)]
		},
	}
}

// TestThreeHundredPeeringsAppliedTogether is the small version of the figures that make bench gives.
func TestThreeHundredPeeringsAppliedTogether(t *testing.T) {
	c := spread(300)
	c.within, c.resident, c.sweeps = 180*time.Second, 128<<10, 1
	c.join(t)
}

// TestScaleAThousandPeeringsInTwentyAccountsAndEightRegions is where AWS's limits hold nothing up.
func TestScaleAThousandPeeringsInTwentyAccountsAndEightRegions(t *testing.T) {
	onlyInBench(t)
	c := spread(1000)
	c.within, c.resident, c.sweeps = 10*time.Minute, 256<<10, 2
	c.join(t)
}

// TestScaleAThousandPeeringsOfTwoAccounts is where AWS's limits say how long it takes.
func TestScaleAThousandPeeringsOfTwoAccounts(t *testing.T) {
	onlyInBench(t)
	dense(1000).join(t)
}

func onlyInBench(t *testing.T) {
	t.Helper()
	if os.Getenv("E2E_SCALE") == "" {
		t.Skip("takes minutes: make scale sets E2E_SCALE")
	}
}

func (c crowd) join(t *testing.T) {
	t.Helper()
	c.makeReady(t).rest(t)
}

func (c crowd) makeReady(t *testing.T) *crowdRun {
	t.Helper()
	run := &crowdRun{crowd: c}
	run.setUp(t)
	run.cpu, run.began = cpuOf(t, run.rig.Manager.PID()), time.Now()
	run.apply(t)
	run.untilReady(t)
	run.figures(t)
	return run
}

// crowdRun is a crowd at work.
type crowdRun struct {
	crowd

	rig        *rig.Rig
	requesting []*scene.Network
	accepting  []*scene.Network
	// began is when VPCPeerings were applied, and cpu what the manager had taken by then: to start takes the same, whatever their number.
	began time.Time
	cpu   time.Duration
}

func (run *crowdRun) setUp(t *testing.T) {
	t.Helper()
	build(t)
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	r, err := rig.StartHub(ctx, rig.Options{Timing: awssim.Realistic(), Sweep: cmp.Or(run.sweep, eachSweep).String()}, run.accounts()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(r.Tail(10))
		}
		if err := r.Stop(); err != nil {
			t.Error(err)
		}
	})
	run.rig = r
	r.Cloud.SetTiming(awssim.Instant())
	run.requesting, run.accepting = run.networks(ctx, t, run.requesters, 0), run.networks(ctx, t, run.accepters, len(run.requesters)*run.perPlace)
	r.Cloud.SetTiming(run.timing())
	r.Cloud.Throttle("*", !run.unlimited)
	r.Cloud.ClearJournal()
	startManager(t, r)
	run.makeIdentities(t)
}

func (run *crowdRun) accounts() []string {
	var accounts []string
	seen := map[string]bool{}
	for _, place := range slices.Concat(run.requesters, run.accepters) {
		if !seen[place.Account] {
			seen[place.Account] = true
			accounts = append(accounts, place.Account)
		}
	}
	return accounts
}

func (run *crowdRun) networks(ctx context.Context, t *testing.T, places []awssim.Place, from int) []*scene.Network {
	t.Helper()
	made := make([]*scene.Network, len(places)*run.perPlace)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(8)
	for i := range made {
		place, n := places[i/run.perPlace], from+i
		group.Go(func() (err error) {
			made[i], err = scene.AddNetwork(ctx, run.rig.Accounts, scene.NetworkSpec{
				Account: place.Account, Region: place.Region, Name: fmt.Sprintf("n%d", n),
				Blocks: []string{fmt.Sprintf("10.%d.0.0/16", n)}, Zones: 1, Tables: scene.NoTables, Groups: []string{scene.PodGroup},
			})
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	return made
}

func (run *crowdRun) makeIdentities(t *testing.T) {
	t.Helper()
	for _, account := range run.accounts() {
		identity := &v1alpha1.AWSIdentity{
			ObjectMeta: metav1.ObjectMeta{Name: rig.IdentityIn(account)},
			Spec: v1alpha1.AWSIdentitySpec{
				RoleARN: rig.RoleIn(account), AllowedNamespaces: v1alpha1.AllowedNamespaces{Names: []string{rig.UserNamespace}},
			},
		}
		if err := run.rig.EU.Kube.Create(t.Context(), identity); err != nil {
			t.Fatal(err)
		}
	}
	until(t, "every identity to be Ready", func() (bool, string) {
		var all v1alpha1.AWSIdentityList
		if err := run.rig.EU.Kube.List(t.Context(), &all); err != nil {
			return false, err.Error()
		}
		ready := 0
		for i := range all.Items {
			if meta.IsStatusConditionTrue(all.Items[i].Status.Conditions, v1alpha1.ConditionReady) {
				ready++
			}
		}
		return ready >= len(run.accounts()), fmt.Sprintf("%d are", ready)
	})
}

func (run *crowdRun) apply(t *testing.T) {
	t.Helper()
	group, ctx := errgroup.WithContext(t.Context())
	group.SetLimit(8)
	for n := range run.peerings {
		requester, accepter := run.pair(n, run.requesting, run.accepting)
		object := &v1alpha1.VPCPeering{
			ObjectMeta: metav1.ObjectMeta{Namespace: rig.UserNamespace, Name: fmt.Sprintf("p-%04d", n)},
			Spec:       v1alpha1.VPCPeeringSpec{Requester: crowdSide(requester), Accepter: crowdSide(accepter)},
		}
		group.Go(func() error { return run.rig.EU.Kube.Create(ctx, object) })
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
}

func crowdSide(network *scene.Network) v1alpha1.VPCPeeringSide {
	return v1alpha1.VPCPeeringSide{
		Region: v1alpha1.Region(network.Region), VPCID: v1alpha1.VPCID(network.VPCID),
		IdentityRef:    &v1alpha1.LocalName{Name: rig.IdentityIn(network.Account)},
		Routes:         v1alpha1.SideRoutes{Tables: v1alpha1.SelectAll},
		SecurityGroups: v1alpha1.SideSecurityGroups{Groups: v1alpha1.SelectSelected, SecurityGroupIDs: network.GroupIDs(scene.PodGroup)},
	}
}

// crowdPatience bounds the wait, beyond which there is nothing to measure.
const crowdPatience = 15 * time.Minute

func (run *crowdRun) untilReady(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), crowdPatience)
	defer cancel()
	every := 2 * time.Second
	if run.peerings <= 50 {
		every /= 10
	}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		ready, others := run.ready(t)
		if ready == run.peerings {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%d of %d are Ready after %s; the others by reason: %v", ready, run.peerings, crowdPatience, others)
		case <-ticker.C:
		}
	}
}

// ready counts who is, and why others are not.
func (run *crowdRun) ready(t *testing.T) (ready int, others map[string]int) {
	t.Helper()
	var all v1alpha1.VPCPeeringList
	// From the API server's own memory, which is cheap.
	if err := run.rig.EU.Kube.List(t.Context(), &all, &client.ListOptions{Raw: &metav1.ListOptions{ResourceVersion: "0"}}); err != nil {
		t.Fatal(err)
	}
	others = map[string]int{}
	for i := range all.Items {
		condition := meta.FindStatusCondition(all.Items[i].Status.Conditions, v1alpha1.ConditionReady)
		switch {
		case condition == nil:
			others["none"]++
		case condition.Status == metav1.ConditionTrue:
			ready++
		default:
			others[condition.Reason]++
		}
	}
	return ready, others
}
