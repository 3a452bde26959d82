package object

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/controller/conditions"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

var now = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func server(t *testing.T, objects ...client.Object) client.Client {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	return fake.NewClientBuilder().WithScheme(scheme).WithStatusSubresource(&v1alpha1.AWSIdentity{}).WithObjects(objects...).Build()
}

func named(name string, finalizers ...string) *v1alpha1.AWSIdentity {
	return &v1alpha1.AWSIdentity{ObjectMeta: metav1.ObjectMeta{Name: name, Finalizers: finalizers}}
}

func request(name string) ctrl.Request {
	return ctrl.Request{NamespacedName: client.ObjectKey{Name: name}}
}

// called says which of a kind's functions ran, and with which finalizers.
func called(t *testing.T, kube client.Client, name string, err error) (string, ctrl.Result, error) {
	t.Helper()
	var said []string
	note := func(what string, identity *v1alpha1.AWSIdentity) {
		said = append(said, strings.Join(append([]string{what}, identity.Finalizers...), " "))
	}
	kind := Kind[*v1alpha1.AWSIdentity]{
		Reader: kube, Client: kube,
		Rest: func(_ context.Context, identity *v1alpha1.AWSIdentity) (bool, error) {
			return identity.Name == "resting", nil
		},
		Reconcile: func(_ context.Context, identity *v1alpha1.AWSIdentity) (ctrl.Result, error) {
			note("reconciled", identity)
			return ctrl.Result{RequeueAfter: time.Minute}, err
		},
		Finalize: func(_ context.Context, identity *v1alpha1.AWSIdentity) (ctrl.Result, error) {
			note("finalized", identity)
			return ctrl.Result{}, err
		},
	}
	result, err := kind.Run(t.Context(), request(name), &v1alpha1.AWSIdentity{})
	return strings.Join(said, "; "), result, err
}

func TestAnObjectIsReconciledWithItsFinalizerInTheAPIServer(t *testing.T) {
	kube := server(t, named("eu"))
	said, result, err := called(t, kube, "eu", nil)
	if err != nil || said != "reconciled "+v1alpha1.Finalizer || result.RequeueAfter != time.Minute {
		t.Errorf("%q, %+v, %v", said, result, err)
	}
	stored := &v1alpha1.AWSIdentity{}
	if err := kube.Get(t.Context(), client.ObjectKey{Name: "eu"}, stored); err != nil || len(stored.Finalizers) != 1 {
		t.Errorf("the API server has finalizers %q (%v)", stored.Finalizers, err)
	}
}

func TestWhatIsGoneOrRestsOrIsNotOursToFinalizeIsLeftAlone(t *testing.T) {
	kube := server(t, named("resting"), named("foreign", "somebody/else"))
	if err := kube.Delete(t.Context(), named("foreign")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"gone", "resting", "foreign"} {
		if said, result, err := called(t, kube, name, nil); err != nil || said != "" || !result.IsZero() {
			t.Errorf("%s: %q, %+v, %v", name, said, result, err)
		}
	}
	stored := &v1alpha1.AWSIdentity{}
	if err := kube.Get(t.Context(), client.ObjectKey{Name: "resting"}, stored); err != nil || len(stored.Finalizers) != 0 {
		t.Errorf("what rests has finalizers %q (%v)", stored.Finalizers, err)
	}
}

func TestADeletedObjectIsFinalizedAndReleased(t *testing.T) {
	kube := server(t, named("eu", v1alpha1.Finalizer))
	if err := kube.Delete(t.Context(), named("eu")); err != nil {
		t.Fatal(err)
	}
	if said, _, err := called(t, kube, "eu", nil); err != nil || said != "finalized "+v1alpha1.Finalizer {
		t.Errorf("%q, %v", said, err)
	}
	stored := &v1alpha1.AWSIdentity{}
	if err := kube.Get(t.Context(), client.ObjectKey{Name: "eu"}, stored); err != nil {
		t.Fatal(err)
	}
	again := stored.DeepCopy()
	if err := Release(t.Context(), kube, stored); err != nil {
		t.Fatal(err)
	}
	if err := kube.Get(t.Context(), client.ObjectKey{Name: "eu"}, stored); !apierrors.IsNotFound(err) {
		t.Errorf("it is still there (%v)", err)
	}
	if err := Release(t.Context(), kube, again); err != nil {
		t.Errorf("releasing what is gone: %v", err)
	}
}

func TestAConflictComesAgainAndOtherErrorsAreErrors(t *testing.T) {
	conflict := apierrors.NewConflict(schema.GroupResource{Resource: "awsidentities"}, "eu", errors.New("written meanwhile"))
	if _, result, err := called(t, server(t, named("eu")), "eu", conflict); err != nil || result.RequeueAfter != afterConflict {
		t.Errorf("%+v, %v", result, err)
	}
	broken := errors.New("broken")
	if _, result, err := called(t, server(t, named("eu")), "eu", broken); !errors.Is(err, broken) || !result.IsZero() {
		t.Errorf("%+v, %v: a result beside an error is only warned of", result, err)
	}
}

func TestStatusIsWrittenWhenItChangedAndOnlyThen(t *testing.T) {
	kube := server(t, named("eu"))
	read := &v1alpha1.AWSIdentity{}
	if err := kube.Get(t.Context(), client.ObjectKey{Name: "eu"}, read); err != nil {
		t.Fatal(err)
	}
	stale := NewDraft(kube, read.DeepCopy())
	draft := NewDraft(kube, read)
	report := func() []metav1.Condition {
		report := conditions.NewReport()
		report.Overall(verdict.New(verdict.Stalled, "Why", "because"))
		changed, err := draft.Report(t.Context(), report, now)
		if err != nil {
			t.Fatal(err)
		}
		return changed
	}
	if changed := report(); len(changed) != 2 || draft.Object.ResourceVersion == stale.Object.ResourceVersion {
		t.Errorf("the first report changes %+v", changed)
	}
	version := draft.Object.ResourceVersion
	if changed := report(); len(changed) != 0 || draft.Object.ResourceVersion != version {
		t.Errorf("the second report changes %+v", changed)
	}
	stale.Object.Status.AccountID = "111111111111"
	if err := stale.Persist(t.Context()); !apierrors.IsConflict(err) {
		t.Errorf("writing over another's write: %v", err)
	}
}

func TestTheSoonestAskedForWins(t *testing.T) {
	for name, test := range map[string]struct {
		asked []time.Duration
		want  time.Duration
	}{
		"nobody asks":                        {nil, time.Minute},
		"one asks":                           {[]time.Duration{5 * time.Second}, 5 * time.Second},
		"two ask":                            {[]time.Duration{2 * time.Second, 5 * time.Second}, 2 * time.Second},
		"later than it comes anyway":         {[]time.Duration{time.Hour}, time.Minute},
		"what is due takes nobody's ask off": {[]time.Duration{2 * time.Second, 0, -time.Second}, 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			var again Again
			for _, d := range test.asked {
				again.Within(d)
			}
			if got := again.Result(time.Minute).RequeueAfter; got != test.want {
				t.Errorf("comes again after %s, want %s", got, test.want)
			}
		})
	}
}

func TestATokenIsTheAnnotationOrItsDigest(t *testing.T) {
	object := named("eu")
	object.Generation = 7
	tokens := func() []string { return []string{Token(object, "a"), GenerationToken(object, "a")} }
	if diff := cmp.Diff([]string{"", "7"}, tokens()); diff != "" {
		t.Errorf("without an annotation (-want +got):\n%s", diff)
	}
	object.Annotations = map[string]string{"a": "now"}
	if diff := cmp.Diff([]string{"now", "7-ed5eb9a3"}, tokens()); diff != "" {
		t.Errorf("with one (-want +got):\n%s", diff)
	}
	object.Annotations["a"] = strings.Repeat("x", longestToken+1)
	if got := Token(object, "a"); !strings.HasPrefix(got, "sha256:") || len(got) > longestToken {
		t.Errorf("the token of a long one is %q", got)
	}
}

func TestEventsWarnOfWhatAPersonHasToDo(t *testing.T) {
	condition := func(conditionType string, status metav1.ConditionStatus, reason string) metav1.Condition {
		return metav1.Condition{Type: conditionType, Status: status, Reason: reason, Message: "m"}
	}
	changed := []metav1.Condition{
		condition("Ready", "False", "Why"), condition("Stalled", "True", "Why"), condition("Reconciling", "True", "Why"),
		condition("A", "True", "InPlace"), condition("B", "Unknown", "NotVisited"), condition("C", "False", v1alpha1.ReasonInUse),
		condition("D", "False", v1alpha1.ReasonPaused),
	}
	for name, test := range map[string]struct {
		stalled metav1.ConditionStatus
		want    []string
	}{
		"stalled":     {"True", []string{"Warning Why m", "Normal InPlace m", "Normal NotVisited m", "Warning InUse m", "Normal Paused m"}},
		"progressing": {"False", []string{"Normal Why m", "Normal InPlace m", "Normal NotVisited m", "Warning InUse m", "Normal Paused m"}},
	} {
		t.Run(name, func(t *testing.T) {
			object := named("eu")
			object.Status.Conditions = []metav1.Condition{condition(v1alpha1.ConditionStalled, test.stalled, "Why")}
			recorder := events.NewFakeRecorder(len(changed))
			Announcer{Recorder: recorder, Object: object}.Changed(changed, "Reconcile")
			close(recorder.Events)
			var got []string
			for event := range recorder.Events {
				got = append(got, event)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if got := Ready(changed); len(got) != 1 || got[0].Type != "Ready" || Ready(changed[1:]) != nil {
		t.Errorf("Ready among them is %+v", got)
	}
}

func TestALongMessageFitsIntoAnEvent(t *testing.T) {
	recorder := events.NewFakeRecorder(1)
	Announcer{Recorder: recorder, Object: named("eu")}.Warn("Why", "Check", strings.Repeat("ä", 1000))
	note := strings.TrimPrefix(<-recorder.Events, "Warning Why ")
	if len(note) > 1024 || !utf8.ValidString(note) {
		t.Errorf("the note has %d bytes, and the API server takes 1024: it ends in %q", len(note), note[len(note)-8:])
	}
}

func TestAnIdentityIsFoundAndChecked(t *testing.T) {
	ready := func(status metav1.ConditionStatus, generation int64) *v1alpha1.AWSIdentity {
		object := named("eu")
		object.Generation = 2
		object.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionReady, Status: status, Reason: "WrongAccount", Message: "it is of 333333333333", ObservedGeneration: generation}}
		return object
	}
	unchecked := named("eu")
	for name, test := range map[string]struct {
		identity *v1alpha1.AWSIdentity
		want     *Refusal
	}{
		"in order":                  {ready("True", 2), nil},
		"never checked":             {unchecked, &Refusal{Verdict: verdict.New(verdict.Wait, "Progressing", "Waiting for AWSIdentity eu to be checked.")}},
		"checked before it changed": {ready("True", 1), &Refusal{Verdict: verdict.New(verdict.Wait, "Progressing", "Waiting for AWSIdentity eu to be checked.")}},
		"checked without an answer": {ready("Unknown", 2), &Refusal{Verdict: verdict.New(verdict.Wait, "Progressing", "Waiting for AWSIdentity eu to be checked.")}},
		"not in order": {ready("False", 2), &Refusal{
			Verdict: verdict.New(verdict.Stalled, "WrongAccount", "AWSIdentity eu (cluster us) is not Ready. Its owner sees why with kubectl describe awsidentity eu."),
			Detail:  "it is of 333333333333",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, Checked(test.identity, "cluster us")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	identities := Identities{Reader: server(t, named("eu"))}
	if found, refused, err := identities.Find(t.Context(), "eu", "cluster us"); err != nil || refused != nil || found.Name != "eu" {
		t.Errorf("%v, %v, %v", found, refused, err)
	}
	_, refused, err := identities.Find(t.Context(), "us", "cluster us")
	want := &Refusal{Verdict: verdict.New(verdict.Stalled, "IdentityNotFound", "cluster us acts through AWSIdentity us, which does not exist. Create it, or name another in identityRef.")}
	if diff := cmp.Diff(want, refused); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if refused.Error() != want.Message {
		t.Errorf("as an error it is %q", refused.Error())
	}
}

func TestAClusterIsReachedWithAnIdentityThatWasInOrderOnce(t *testing.T) {
	with := func(status metav1.ConditionStatus, reason string, account v1alpha1.AccountID) *v1alpha1.AWSIdentity {
		identity := named("us")
		identity.Spec.RoleARN, identity.Status.ExternalID, identity.Status.AccountID = "arn:aws:iam::222222222222:role/crossvpc", "inst/us", account
		if reason != "" {
			identity.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionReady, Status: status, Reason: reason, Message: "It is as it is."}}
		}
		return identity
	}
	changed := with(metav1.ConditionTrue, v1alpha1.ReasonReady, "222222222222")
	changed.Generation = 2
	for name, test := range map[string]struct {
		identity *v1alpha1.AWSIdentity
		want     verdict.Verdict // zero: it is used
	}{
		"there is none": {named("eu"), verdict.New(verdict.Stalled, v1alpha1.ReasonIdentityNotFound,
			"PeeredCluster prod acts through AWSIdentity us, which does not exist. Create it, or name another in identityRef.")},
		"it is not checked yet": {with("", "", ""), verdict.New(verdict.Wait, v1alpha1.ReasonProgressing, "Waiting for AWSIdentity us to be checked.")},
		"it leads to another account": {with(metav1.ConditionFalse, v1alpha1.ReasonWrongAccount, "222222222222"), verdict.New(verdict.Stalled, v1alpha1.ReasonWrongAccount,
			"AWSIdentity us (PeeredCluster prod) is not Ready. Its owner sees why with kubectl describe awsidentity us. It is as it is.")},
		"it is in order":                        {identity: with(metav1.ConditionTrue, v1alpha1.ReasonReady, "222222222222")},
		"it is deleted and waits for its users": {identity: with(metav1.ConditionTrue, v1alpha1.ReasonInUse, "222222222222")},
		"it was in order, and its spec changed": {identity: changed},
		"it was in order, and AWS is silent":    {identity: with(metav1.ConditionUnknown, v1alpha1.ReasonAWSError, "222222222222")},
	} {
		t.Run(name, func(t *testing.T) {
			cluster := &v1alpha1.PeeredCluster{ObjectMeta: metav1.ObjectMeta{Name: "prod"}, Spec: v1alpha1.PeeredClusterSpec{IdentityRef: &v1alpha1.LocalName{Name: "us"}}}
			credentials, refused, err := Identities{Reader: server(t, test.identity)}.Reaching(t.Context(), cluster)
			if err != nil {
				t.Fatal(err)
			}
			if refused == nil {
				refused = &verdict.Verdict{}
				if credentials != Credentials(test.identity) {
					t.Errorf("credentials are %+v", credentials)
				}
			}
			if diff := cmp.Diff(test.want, *refused); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestASideActsThroughItsOwnIdentityElseItsClustersElseTheDefault(t *testing.T) {
	of := func(name string) *v1alpha1.LocalName {
		if name == "" {
			return nil
		}
		return &v1alpha1.LocalName{Name: name}
	}
	cluster := func(identity string) *v1alpha1.PeeredCluster {
		return &v1alpha1.PeeredCluster{Spec: v1alpha1.PeeredClusterSpec{IdentityRef: of(identity)}}
	}
	clusters := []*v1alpha1.PeeredCluster{nil, cluster(""), cluster("second"), cluster("third")}
	got := []string{
		SideIdentity(v1alpha1.VPCPeeringSide{IdentityRef: of("own")}, clusters),
		SideIdentity(v1alpha1.VPCPeeringSide{}, clusters),
		SideIdentity(v1alpha1.VPCPeeringSide{}, clusters[:2]),
		IdentityName(of("own")), IdentityName(nil),
	}
	if diff := cmp.Diff([]string{"own", "second", "default", "own", "default"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
