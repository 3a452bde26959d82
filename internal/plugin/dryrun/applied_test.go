package dryrun

import (
	"context"
	"encoding/json"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/plugin/manifest"
	"github.com/crossvpc/crossvpc/test/scene"
)

// applied is a hub in which some objects were applied. It answers as an API server's client does: what it has is
// decoded over what is there.
type applied struct {
	empty
	objects []client.Object
}

func (a applied) Get(ctx context.Context, key client.ObjectKey, into client.Object, options ...client.GetOption) error {
	for _, object := range a.objects {
		if client.ObjectKeyFromObject(object) != key {
			continue
		}
		content, err := json.Marshal(object)
		if err != nil {
			return err
		}
		return json.Unmarshal(content, into)
	}
	return a.empty.Get(ctx, key, into, options...)
}

// TestWhatIsAppliedAlreadySaysNothingOfTheAskersCredentials: the identity is Ready through its role, and the asker has
// a profile of another account.
func TestWhatIsAppliedAlreadySaysNothingOfTheAskersCredentials(t *testing.T) {
	a := newAsker(t)
	objects := a.objects()
	var live []client.Object
	for _, identity := range objects.Identities {
		ready := identity.DeepCopy()
		ready.UID, ready.Generation, ready.Status.AccountID = "live", 1, v1alpha1.AccountID(accountOf(identity))
		ready.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonReady, ObservedGeneration: 1}}
		live = append(live, ready)
	}
	for where, given := range map[string]manifest.Objects{
		"in the file too": objects, "in the hub alone": {Peerings: a.objects().Peerings},
	} {
		plan := a.planIn(applied{objects: live}, map[string]string{"": "eu"}, given)
		if len(plan.Findings) > 0 || !says(plan.Unread, "Your AWS credentials for AWSIdentity us are of account "+scene.RequesterAccount) {
			t.Errorf("%s: findings %v, unread %v", where, plan.Findings, plan.Unread)
		}
	}
}

// TestAFileThatOnlyAddsIsAChange: the live object has nothing to put in place of what is added.
func TestAFileThatOnlyAddsIsAChange(t *testing.T) {
	name := metav1.ObjectMeta{Name: "a", Namespace: "dry"}
	tags := func(keys ...string) map[string]v1alpha1.TagValue {
		all := map[string]v1alpha1.TagValue{}
		for _, key := range keys {
			all[key] = "yes"
		}
		return all
	}
	identity := func(tags map[string]v1alpha1.TagValue) *v1alpha1.AWSIdentity {
		return &v1alpha1.AWSIdentity{ObjectMeta: name, Spec: v1alpha1.AWSIdentitySpec{AllowedRouteTableTags: tags}}
	}
	cluster := func(vpc string) *v1alpha1.PeeredCluster {
		return &v1alpha1.PeeredCluster{ObjectMeta: name, Spec: v1alpha1.PeeredClusterSpec{VPCID: v1alpha1.VPCID(vpc)}}
	}
	peering := func(tags map[string]v1alpha1.TagValue) *v1alpha1.VPCPeering {
		return &v1alpha1.VPCPeering{ObjectMeta: name, Spec: v1alpha1.VPCPeeringSpec{Tags: tags}}
	}
	for what, test := range map[string]struct {
		live, file client.Object
		generation int64
	}{
		"a key of an AWSIdentity's tags":    {identity(tags("a")), identity(tags("a", "b")), 8},
		"a field of an AWSIdentity":         {identity(nil), identity(tags("a")), 8},
		"a field of a PeeredCluster":        {cluster(""), cluster("vpc-1"), 8},
		"a key of a VPCPeering's tags":      {peering(tags("a")), peering(tags("a", "b")), 8},
		"nothing":                           {peering(tags("a")), peering(tags("a")), 7},
		"nothing, of what is not there yet": {nil, peering(tags("a")), 1},
	} {
		var live []client.Object
		if test.live != nil {
			test.live.SetUID("live")
			test.live.SetGeneration(7)
			live = append(live, test.live)
		}
		var objects manifest.Objects
		switch file := test.file.(type) {
		case *v1alpha1.AWSIdentity:
			objects.Identities = append(objects.Identities, file)
		case *v1alpha1.PeeredCluster:
			objects.Clusters = append(objects.Clusters, file)
		case *v1alpha1.VPCPeering:
			objects.Peerings = append(objects.Peerings, file)
		}
		if err := (&run{hub: newHub(applied{objects: live}), objects: objects}).place(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := test.file.GetGeneration(); got != test.generation {
			t.Errorf("%s: generation %d, want %d", what, got, test.generation)
		}
	}
}

// TestTheLivePlanIsNotThatOfTheFile: where no plan can be made, the one that status has is not shown in its place.
func TestTheLivePlanIsNotThatOfTheFile(t *testing.T) {
	a := newAsker(t)
	objects := a.objects()
	live := objects.Peerings[0].DeepCopy()
	live.UID, live.Generation, live.Status.Plan = "live", 1, &v1alpha1.Plan{Hash: "plive", Actions: []string{"Route 10.0.0.0/8 in rtb-1 (requester) to the connection."}}
	plan := a.planIn(applied{objects: []client.Object{live}}, map[string]string{"": "eu"}, objects)
	if plan.Hash != "" || len(plan.Actions) > 0 {
		t.Errorf("plan %s: %v", plan.Hash, plan.Actions)
	}
}
