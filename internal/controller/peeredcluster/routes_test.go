package peeredcluster

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/controller/object"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/test/awssim"
)

func TestLiveRoutesAreThoseOfThePodsTablesAlsoByPrefixList(t *testing.T) {
	block := netip.MustParsePrefix
	tables := []peering.RouteTable{
		{ID: "rtb-main", Main: true, Routes: []peering.Route{{Destination: block("10.1.0.0/16"), Target: "tgw-1"}}},
		{ID: "rtb-pods", Subnets: []string{"subnet-1"}, Routes: []peering.Route{
			{Destination: block("10.2.0.0/16"), Target: "tgw-2"},
			{Destination: block("10.3.0.0/16"), Target: "tgw-3", State: "blackhole"},
			{PrefixListID: "pl-1", Target: "tgw-4", Entries: []netip.Prefix{block("10.4.0.0/16"), block("10.5.0.0/16")}},
			{PrefixListID: "pl-2", Target: "tgw-5", Unread: "denied"},
			{PrefixListID: "pl-3", Target: "pcx-ours", Unread: "denied"},
		}},
	}
	network := &v1alpha1.ClusterNetwork{SubnetIDs: []string{"subnet-1"}}
	want := []cilium.Route{
		{Destination: block("10.2.0.0/16"), Target: "tgw-2", RouteTableID: "rtb-pods"},
		{Destination: block("10.4.0.0/16"), Target: "tgw-4", RouteTableID: "rtb-pods"},
		{Destination: block("10.5.0.0/16"), Target: "tgw-4", RouteTableID: "rtb-pods"},
	}
	if diff := cmp.Diff(want, liveRoutes(tables, network), cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
		t.Errorf("routes (-want +got):\n%s", diff)
	}
	c := &configuration{
		valueHistory: valueHistory{subject: &subject{Draft: object.NewDraft(nil, &v1alpha1.PeeredCluster{})}},
		peerings:     []v1alpha1.VPCPeering{{Status: v1alpha1.VPCPeeringStatus{PeeringConnectionID: "pcx-ours"}}},
	}
	c.Object.Status.Network = network
	unread := []cilium.Unread{{Target: "tgw-5", Message: "the entries of prefix list pl-2, which leads to tgw-5 in rtb-pods, could not be read: denied"}}
	if diff := cmp.Diff(unread, c.unread(tables)); diff != "" {
		t.Errorf("what is not known (-want +got):\n%s", diff)
	}
	if said := c.unread(tables[:1]); len(said) > 0 {
		t.Errorf("it says %v of tables that no pod uses", said)
	}
}

// TestN5ACanaryThatFailsIsRevertedAlsoWhileAWSCannotBeRead: what is in progress is finished, and nothing else is started.
func TestN5ACanaryThatFailsIsRevertedAlsoWhileAWSCannotBeRead(t *testing.T) {
	for name, refused := range map[string]string{"the canary fails": "10.8.0.0/13", "the canary passes": ""} {
		t.Run(name, func(t *testing.T) {
			w := incident(t, "1.18.0", nil)
			w.refused = refused
			w.until("on trial", func(*v1alpha1.PeeredCluster) bool { return len(w.nodeConfigs()) > 0 })
			canary := w.cordoned()
			w.failReads()
			w.clock.advance(w.reconciler.Sweep) // what was read in this sweep would still do
			w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonAWSError, "nothing new is decided")
			w.until("given back", func(*v1alpha1.PeeredCluster) bool { return len(w.cordoned()) == 0 })
			if refused != "" {
				w.until("taken back", func(*v1alpha1.PeeredCluster) bool { return len(w.nodeConfigs()) == 0 })
			}
			for range 5 {
				w.reconcile()
				w.clock.advance(w.reconciler.Sweep)
			}
			if started := w.touched(); !slices.Equal(started, canary) {
				t.Errorf("touched %v beside the canary %v", started, canary)
			}
			w.cloud.RemoveFault("")
			if refused == "" {
				w.ready()
			}
		})
	}
}

// failReads has AWS refuse to list route tables, for good.
func (w *world) failReads() {
	w.t.Helper()
	fault := awssim.Fault{Service: "ec2", Action: "DescribeRouteTables", Count: -1, Effect: awssim.ErrorAnswer, Code: "UnauthorizedOperation", Message: "You are not authorized", Status: 403}
	if _, err := w.cloud.Inject(fault); err != nil {
		w.t.Fatal(err)
	}
}

// TestAnIdentityThatDoesNotExistIsForAPersonToMake: it said AWSError and Unknown, as if AWS could not be reached.
func TestAnIdentityThatDoesNotExistIsForAPersonToMake(t *testing.T) {
	w := incident(t, "1.18.0", func(spec *v1alpha1.PeeredClusterSpec) { spec.IdentityRef = &v1alpha1.LocalName{Name: "gone"} })
	object := w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonIdentityNotFound, "AWSIdentity gone, which does not exist", "Create it")
	if !meta.IsStatusConditionTrue(object.Status.Conditions, v1alpha1.ConditionStalled) {
		t.Errorf("it is not Stalled: %+v", object.Status.Conditions)
	}
	w.expectUntouched()
}

// TestA10NothingIsAskedThroughAnIdentityThatIsNotReady as one whose role is of another account.
func TestA10NothingIsAskedThroughAnIdentityThatIsNotReady(t *testing.T) {
	w := incident(t, "1.18.0", nil)
	identity := &v1alpha1.AWSIdentity{}
	if err := w.kube.Get(t.Context(), client.ObjectKey{Name: v1alpha1.DefaultName}, identity); err != nil {
		t.Fatal(err)
	}
	set := func(status metav1.ConditionStatus) {
		t.Helper()
		meta.SetStatusCondition(&identity.Status.Conditions, metav1.Condition{
			Type: v1alpha1.ConditionReady, Status: status, Reason: v1alpha1.ReasonWrongAccount, Message: "the role is of account 333333333333",
			ObservedGeneration: identity.Generation,
		})
		if err := w.kube.Status().Update(t.Context(), identity); err != nil {
			t.Fatal(err)
		}
	}
	set(metav1.ConditionFalse)
	w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonWrongAccount, "AWSIdentity default", "is not Ready", "the role is of account 333333333333")
	w.expectUntouched()
	set(metav1.ConditionTrue)
	w.ready()
}
