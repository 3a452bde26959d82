package dryrun

import (
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/awssim"
)

// TestThePathIsReadWithTheAskersOwnCredentials: status says that it could not be read, and of before; what is said now is
// of now, and nothing is written.
func TestThePathIsReadWithTheAskersOwnCredentials(t *testing.T) {
	a := newAsker(t)
	objects := a.objects()
	live := []client.Object{}
	for _, identity := range objects.Identities {
		live = append(live, identity)
	}
	peering := objects.Peerings[0]
	peering.UID, peering.Generation = "live", 1
	for kind, status := range map[string]metav1.ConditionStatus{v1alpha1.ConditionPeeringActive: metav1.ConditionTrue, v1alpha1.ConditionPathClear: metav1.ConditionUnknown} {
		meta.SetStatusCondition(&peering.Status.Conditions, metav1.Condition{Type: kind, Status: status, Reason: "Before", Message: "Of before."})
	}
	live = append(live, peering)
	look := func(profiles map[string]string) (*v1alpha1.VPCPeering, []string) {
		seen, unread, err := Path(t.Context(), Options{Hub: applied{objects: live}, Kubeconfig: *clientcmdapi.NewConfig(), Profiles: profiles, Installation: "test"}, peering)
		if err != nil {
			t.Fatal(err)
		}
		return seen, unread
	}
	seen, unread := look(map[string]string{"eu": "eu", "us": "us"})
	path := meta.FindStatusCondition(seen.Status.Conditions, v1alpha1.ConditionPathClear)
	if len(unread) > 0 || path == nil || path.Status != metav1.ConditionFalse || seen.Status.Path == nil || seen.Spec.Mode != peering.Spec.Mode {
		t.Errorf("unread %v, path %+v, findings %+v", unread, path, seen.Status.Path)
	}
	seen, unread = look(map[string]string{"": "eu"})
	if path := meta.FindStatusCondition(seen.Status.Conditions, v1alpha1.ConditionPathClear); path != nil || !says(unread, "Your AWS credentials for AWSIdentity us are of account") {
		t.Errorf("unread %v, path %+v", unread, path)
	}
	for _, call := range a.cloud.Journal(awssim.Query{}) {
		if !slices.ContainsFunc([]string{"Describe", "Get"}, func(read string) bool { return strings.HasPrefix(call.Action, read) }) {
			t.Errorf("AWS was asked to %s", call.Action)
		}
	}
}
