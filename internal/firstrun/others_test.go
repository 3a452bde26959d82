package firstrun

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/plugin/kube"
)

func firstObjects() []client.Object {
	return []client.Object{localObject(), &v1alpha1.AWSIdentity{ObjectMeta: called(v1alpha1.DefaultName)}}
}

func peeringBetween(name string, ends ...string) *v1alpha1.VPCPeering {
	object := &v1alpha1.VPCPeering{ObjectMeta: metav1.ObjectMeta{Namespace: "network", Name: name}}
	for i, end := range []*v1alpha1.VPCPeeringSide{&object.Spec.Requester, &object.Spec.Accepter} {
		end.ClusterRefs = []v1alpha1.LocalName{{Name: ends[i]}}
	}
	return object
}

func TestTheUndoOfTheInstallNamesWhatItDeletes(t *testing.T) {
	t.Parallel()
	got := shown(aRun(t, func(s *Settings) { s.Patience = time.Hour }).install().undo(nil))
	want := []string{
		"# stop where objects of others need the operator",
		"# stop where others keep something in namespace crossvpc-system or crossvpc-probe of cluster prod-eu",
		"kubectl --context prod-eu delete --ignore-not-found --wait=false peeredcluster/local",
		"kubectl --context prod-eu wait --for=delete --timeout=1h peeredcluster/local",
		"kubectl --context prod-eu delete --ignore-not-found --wait=false awsidentity/default",
		"kubectl --context prod-eu wait --for=delete --timeout=1h awsidentity/default",
	}
	if diff := cmp.Diff(want, got[:len(want)]); diff != "" || strings.Contains(strings.Join(got, " "), "--all") {
		t.Error(diff, got)
	}
}

// TestAnUndoStopsWhereOthersNeedWhatItTakesAway: the first command is run, as after a y.
func TestAnUndoStopsWhereOthersNeedWhatItTakesAway(t *testing.T) {
	t.Parallel()
	ownIdentity := &v1alpha1.AWSIdentity{ObjectMeta: called("db")}
	byIdentity := func(name string) *v1alpha1.PeeredCluster {
		return &v1alpha1.PeeredCluster{ObjectMeta: called("asia"), Spec: v1alpha1.PeeredClusterSpec{IdentityRef: &v1alpha1.LocalName{Name: name}}}
	}
	elsewhere := peeringBetween("elsewhere", "asia", "africa")
	elsewhere.Namespace = "shop"
	withGroups := peeringBetween("groups", "asia", "africa")
	withGroups.Spec.Accepter.SecurityGroups.IdentityRef = &v1alpha1.LocalName{Name: "us"}
	ownCluster := byIdentity("us")
	ownCluster.Name = "us"
	byOurs := peeringBetween("late", "local", "asia")
	byOurs.Status.Requester = &v1alpha1.SideStatus{Identity: "eu"}
	naming := peeringBetween("naming", "asia", "africa")
	naming.Spec.Requester.IdentityRef = &v1alpha1.LocalName{Name: "eu"}
	for name, c := range map[string]struct {
		undo func(*run) step
		have []client.Object
		want string
	}{
		"the install, nothing but the first objects":  {(*run).install, nil, ""},
		"the install, an identity of others":          {(*run).install, []client.Object{ownIdentity}, "AWSIdentity/db needs the operator, and is not of this run"},
		"the install, a cluster and a peering":        {(*run).install, []client.Object{byIdentity("db"), elsewhere}, "PeeredCluster/asia, VPCPeering shop/elsewhere need the operator, and are not of this run"},
		"the identities, others that do not use them": {(*run).admit, []client.Object{ownIdentity, byIdentity("db"), elsewhere}, ""},
		"the identities, with the run's own clusters": {(*run).admit, []client.Object{ownCluster}, ""},
		"the identities, a cluster that uses one":     {(*run).admit, []client.Object{byIdentity("eu")}, "PeeredCluster/asia needs these"},
		"the identities, a peering of our cluster":    {(*run).admit, []client.Object{peeringBetween("late", "asia", "us")}, "VPCPeering network/late needs these"},
		"the identities, a peering by one since":      {(*run).admit, []client.Object{byOurs}, "VPCPeering network/late needs these"},
		"the identities, a peering from before":       {(*run).admit, []client.Object{peeringBetween("early", "local", "asia")}, ""},
		"the identities, named by a peering":          {(*run).admit, []client.Object{naming}, "VPCPeering network/naming needs these"},
		"the identities, for groups alone":            {(*run).admit, []client.Object{withGroups}, "VPCPeering network/groups needs these"},
		"the namespace, a peering in it":              {(*run).makeNamespace, []client.Object{peeringBetween("late", "asia", "africa")}, "VPCPeering network/late needs namespace network"},
		"the namespace, a peering in another":         {(*run).makeNamespace, []client.Object{elsewhere}, ""},
	} {
		r := aRun(t, func(*Settings) {})
		r.hub.kube = holding(append(firstObjects(), c.have...)...)
		err := c.undo(r).undo([]byte("{}"))[0].do(t.Context())
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestTheCRDsStayWhileAnyObjectIsThere(t *testing.T) {
	t.Parallel()
	r := aRun(t, func(*Settings) {})
	for _, object := range append(firstObjects(), peeringBetween("late", "asia", "africa")) {
		r.hub.kube = holding(object)
		commands := r.uninstallCommands()
		if err := commands[len(commands)-2].do(t.Context()); err == nil || !strings.Contains(err.Error(), "need") {
			t.Errorf("%s: %v", object.GetName(), err)
		}
	}
}

func TestTheOperatorIsNotInstalledOverObjectsOfAnEarlierOne(t *testing.T) {
	t.Parallel()
	r := onRecord(t, aRun(t, func(*Settings) {}))
	r.hub.kube = holding(localObject())
	if err := r.note(t.Context(), r.install()); err == nil || !strings.Contains(err.Error(), "PeeredCluster/local of an earlier one") || r.record.has("install") {
		t.Error(err)
	}
	r.hub.kube = holding()
	if err := r.note(t.Context(), r.install()); err != nil || !r.record.has("install") {
		t.Error(err)
	}
}

func TestARemovalSaysWhatItWaitsForAndEndsWhenItIsGone(t *testing.T) {
	t.Parallel()
	going := peeringBetween("eu-us", "local", "us")
	now := metav1.Now()
	going.DeletionTimestamp, going.Finalizers = &now, []string{"a/b"}
	going.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionReady, Status: metav1.ConditionFalse, Reason: "Deleting", Message: "Routes are still there."}}
	r := aRun(t, func(*Settings) {})
	r.hub.kube = holding(going)
	gone, said, err := r.isGone(r.thePeering())(t.Context())
	if gone || err != nil || !strings.Contains(said, "VPCPeering network/eu-us is being deleted. Routes are still there.") {
		t.Error(gone, said, err)
	}
	if _, needsPerson := errors.AsType[stuck](r.living(t.Context(), r.thePeering())); !needsPerson {
		t.Error("a step goes on with what is being deleted")
	}
	r.hub.kube = holding()
	if gone, _, err = r.isGone(r.thePeering())(t.Context()); !gone || err != nil {
		t.Error(gone, err)
	}
	ran := false
	c := command{do: func(context.Context) error { ran = true; return nil }}
	if err := r.whileThere(r.thePeering(), c).do(t.Context()); err != nil || ran {
		t.Errorf("what is gone is deleted: %v", err)
	}
}

func TestAnOperatorOfAnotherInstallationIsRefusedBeforeItMakesAnything(t *testing.T) {
	t.Parallel()
	for sent, want := range map[string]string{"": "", "prod/eu": "", "other/eu": `the operator in cluster prod-eu is of installation "other", and ID says "prod"`} {
		identity := &v1alpha1.AWSIdentity{ObjectMeta: called("eu")}
		identity.Status.ExternalID = sent
		r := aRun(t, func(*Settings) {})
		r.hub.kube = holding(identity, localObject(), &v1alpha1.AWSIdentity{ObjectMeta: called("us")}, &v1alpha1.PeeredCluster{ObjectMeta: called("us")})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		err := r.ready(ctx)
		cancel()
		_, needsPerson := errors.AsType[stuck](err)
		if needsPerson != (want != "") || needsPerson && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", sent, err)
		}
	}
}

// TestAClusterWithoutOurKindsHasNoObjects asks as it is before the install, and after it went: the API server knows no such group.
func TestAClusterWithoutOurKindsHasNoObjects(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch r.URL.Path {
		case "/api":
			_, _ = io.WriteString(w, `{"kind":"APIVersions","versions":["v1"]}`)
		case "/apis":
			_, _ = io.WriteString(w, `{"kind":"APIGroupList","apiVersion":"v1","groups":[]}`)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(server.Close)
	r := aRun(t, func(*Settings) {})
	var err error
	if r.hub.kube, err = kube.New(&rest.Config{Host: server.URL}); err != nil {
		t.Fatal(err)
	}
	if err := r.beforeInstall(t.Context()); err != nil {
		t.Error(err)
	}
	if err := r.unless("the CRDs", inventory.names).do(t.Context()); err != nil {
		t.Error(err)
	}
	if gone, _, err := r.isGone(r.thePeering())(t.Context()); !gone || err != nil {
		t.Error(gone, err)
	}
}
