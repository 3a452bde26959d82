package dryrun

import (
	"slices"
	"strings"
	"testing"

	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/scene"
)

// TestWhatIsAppliedIsCheckedWithTheAskersOwnCredentialsAndNothingIsWritten: of each side its VPC, with what counts for quotas.
func TestWhatIsAppliedIsCheckedWithTheAskersOwnCredentialsAndNothingIsWritten(t *testing.T) {
	a := newAsker(t)
	objects := a.objects()
	live := []client.Object{objects.Peerings[0]}
	for _, identity := range objects.Identities {
		live = append(live, identity)
	}
	check := func(profiles map[string]string) Seen {
		seen, err := Check(t.Context(), Options{Hub: applied{objects: live}, Kubeconfig: *clientcmdapi.NewConfig(), Profiles: profiles, Installation: "test"},
			[]*v1alpha1.VPCPeering{objects.Peerings[0]})
		if err != nil || len(seen) != 1 {
			t.Fatalf("%d were seen (%v)", len(seen), err)
		}
		return seen[0]
	}
	seen := check(map[string]string{"eu": "eu", "us": "us"})
	if len(seen.Plan.Unread)+len(seen.Plan.Refused()) > 0 || seen.Plan.Changes() == 0 || len(seen.Networks) != 2 {
		t.Fatalf("%+v", seen)
	}
	for _, side := range seen.Networks {
		network := peering.Pick(side.Role, a.pair.Requester, a.pair.Accepter)
		if side.Unread != "" || side.VPC != network.VPCID || side.Region != network.Region || len(side.Seen.RouteTables) < len(network.Tables) {
			t.Errorf("%s: %+v", side.Role, side)
		}
		if !slices.ContainsFunc(side.Seen.Rules, func(rule peering.SecurityGroupRule) bool { return rule.GroupID == network.Groups[scene.PodGroup] }) {
			t.Errorf("%s: no rule of the group that is opened: %v", side.Role, side.Seen.Rules)
		}
	}
	seen = check(map[string]string{"": "eu"})
	if !says(seen.Plan.Unread, "Your AWS credentials for AWSIdentity us are of account "+scene.RequesterAccount) || slices.ContainsFunc(seen.Networks, func(n Network) bool { return n.Role == peering.Accepter }) {
		t.Errorf("with credentials of one account: %+v", seen)
	}
	for _, call := range a.cloud.Journal(awssim.Query{}) {
		if !slices.ContainsFunc([]string{"Describe", "Get"}, func(read string) bool { return strings.HasPrefix(call.Action, read) }) {
			t.Errorf("AWS was asked to %s", call.Action)
		}
	}
}
