package vpcpeering

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/scene"
)

// TestTheSidesMayShareARegionAnAccountOrBoth: within one account and region both views of a connection are one, with the same
// tags, and one list of tables and groups has both sides'.
func TestTheSidesMayShareARegionAnAccountOrBoth(t *testing.T) {
	for name, place := range map[string]struct{ account, region string }{
		"one region, two accounts":    {scene.AccepterAccount, scene.RequesterRegion},
		"one account, two regions":    {scene.RequesterAccount, scene.AccepterRegion},
		"one account, and one region": {scene.RequesterAccount, scene.RequesterRegion},
	} {
		t.Run(name, func(t *testing.T) {
			accepter := small(scene.CanonicalAccepter())
			accepter.Account, accepter.Region = place.account, place.region
			w := newWorldOf(t, small(scene.CanonicalRequester()), accepter)
			if place.account == scene.RequesterAccount {
				w.identities["us"] = w.identities["eu"]
			}
			object := w.settle(w.peering("eu-us", nil))
			w.wants(object, v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonReady, "")
			if lines := strings.Join(w.shape(), "\n"); strings.Count(lines, ": connection active, ") != 2 {
				t.Errorf("both sides do not see one active connection:\n%s", lines)
			}
			for side, inventory := range map[string]v1alpha1.SideInventory{"requester": object.Status.Inventory.Requester, "accepter": object.Status.Inventory.Accepter} {
				if len(inventory.Routes) != 2 || len(inventory.SecurityGroupRules) != 1 {
					t.Errorf("the %s's record: %+v", side, inventory)
				}
			}
			w.cloud.ClearJournal()
			w.clock.toNextSweep()
			w.settle(object)
			if writes := w.writes(); len(writes) > 0 {
				t.Errorf("at rest it wrote %v", writes)
			}
			w.remove(object)
			w.wantsShape(nil)
		})
	}
}
