package awsidentity

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/awssim"
)

// expectAsked looks at an identity, and compares how often STS is asked for it.
func (w *world) expectAsked(object *v1alpha1.AWSIdentity, when string, want int) (again time.Duration) {
	w.t.Helper()
	w.cloud.ClearJournal()
	result, err := w.look(object)
	if err != nil {
		w.t.Fatal(err)
	}
	if asked := len(w.cloud.Journal(awssim.Query{Service: "sts", Action: "GetCallerIdentity"})); asked != want {
		w.t.Errorf("%s STS is asked %d times, want %d", when, asked, want)
	}
	return result.RequeueAfter
}

func TestAnIdentityWhoseUsersComeAndGoIsNotAskedForAgain(t *testing.T) {
	w := newWorld(t)
	object := w.identity("crowded", v1alpha1.AWSIdentitySpec{AllowedNamespaces: everybody})
	w.expectAsked(object, "at first", 1)
	first, second := w.heldCluster("crowded-a", "crowded"), w.heldCluster("crowded-b", "crowded")
	w.clock.SetTime(w.clock.Now().Add(4 * time.Minute))
	if due := w.expectAsked(object, "when users come", 0); due > 2*time.Minute {
		t.Errorf("the next recheck is put off: it is due in %s", due)
	}
	w.remove(first)
	w.expectAsked(object, "when one goes", 0)
	if err := w.Delete(t.Context(), object); err != nil {
		t.Fatal(err)
	}
	w.expectAsked(object, "when it is being deleted", 1)
	w.expect(object, "True", "InUse", "", "PeeredCluster crowded-b")
	third := w.heldCluster("crowded-c", "crowded")
	w.expectAsked(object, "when another holds the deletion", 0)
	w.expect(object, "True", "InUse", "", "PeeredCluster crowded-b, PeeredCluster crowded-c")
	w.remove(second)
	w.expectAsked(object, "when one goes that held the deletion", 0)
	w.expect(object, "True", "InUse", "", "PeeredCluster crowded-c")
	w.remove(third)
	w.expectAsked(object, "when the last one goes", 0)
}

func TestWhatSTSAnsweredCountsUntilTheRecheckIsDueOrSomebodyAsks(t *testing.T) {
	w := newWorld(t)
	object := w.identity("due", v1alpha1.AWSIdentitySpec{})
	again := w.expectAsked(object, "at first", 1)
	w.clock.SetTime(w.clock.Now().Add(recheckHealthy - time.Second))
	w.expectAsked(object, "before it is due", 0)
	w.clock.SetTime(w.clock.Now().Add(again - recheckHealthy + time.Second))
	w.expectAsked(object, "when it is due", 1)

	object.Annotations = map[string]string{v1alpha1.AnnotationReconcile: "now"}
	if err := w.Update(t.Context(), object); err != nil {
		t.Fatal(err)
	}
	w.expectAsked(object, "when somebody asks for it", 1)
	object.Spec.AllowedNamespaces.Names = []string{"due"}
	if err := w.Update(t.Context(), object); err != nil {
		t.Fatal(err)
	}
	w.expectAsked(object, "when the spec changes", 1)
	w.reconciler.InstallationID = "other"
	w.expectAsked(object, "when it needs no external id", 0)

	w.remove(object)
	next := w.identity("due", v1alpha1.AWSIdentitySpec{})
	w.expectAsked(next, "when it is another one of this name", 1)
}

func TestARoleWithAnotherExternalIDIsAnotherQuestion(t *testing.T) {
	w := newWorld(t)
	w.role("", operator)
	object := w.identity("role", v1alpha1.AWSIdentitySpec{RoleARN: roleARN})
	w.expectAsked(object, "at first", 1)
	w.reconciler.InstallationID = "other"
	w.expectAsked(object, "with another external id", 1)
}

func TestARefusalIsNotAskedForAgainBeforeItsRecheck(t *testing.T) {
	w := newWorld(t)
	object := w.identity("refused", v1alpha1.AWSIdentitySpec{AccountID: theirs})
	again := w.expectAsked(object, "at first", 1)
	w.expectAsked(object, "when a user goes", 0)
	w.expect(object, "False", "WrongAccount", "Stalled", "belong to account "+operator)
	w.clock.SetTime(w.clock.Now().Add(again))
	w.expectAsked(object, "when it is due", 1)

	role := w.identity("denied", v1alpha1.AWSIdentitySpec{RoleARN: roleARN})
	w.expectAsked(role, "where the role cannot be assumed, whose the operator's credentials are is what", 1)
	w.expectAsked(role, "when a user of that goes", 0)
	w.expect(role, "False", "AssumeRoleFailed", "Stalled", "arn:aws:iam::"+operator+":root")
}

func TestNoAnswerIsNotRemembered(t *testing.T) {
	w := newWorld(t)
	object := w.identity("mute", v1alpha1.AWSIdentitySpec{})
	end := w.silent()
	if _, err := w.look(object); err == nil {
		t.Error("a passing error asks for no backoff")
	}
	end()
	w.expectAsked(object, "once AWS answers", 1)
	w.expect(object, "True", "Ready", "")
}

// TestA12TheLastUserThatGoesFreesThePinForWhatSTSSaysThen: STS said already whose the credentials are.
func TestA12TheLastUserThatGoesFreesThePinForWhatSTSSaysThen(t *testing.T) {
	w := newWorld(t)
	object := w.identity("freed", v1alpha1.AWSIdentitySpec{AllowedNamespaces: everybody})
	w.expectAsked(object, "at first", 1)
	user := w.cluster("freed", "freed")
	w.restartAs(credentials.NewStaticCredentialsProvider(theirs, "secret", ""))
	w.expectAsked(object, "after a restart", 1)
	w.expect(object, "False", "WrongAccount", "Stalled", "PeeredCluster freed")
	w.remove(user)
	w.reconciler.Cloud = w.as(credentials.NewStaticCredentialsProvider(ours, "secret", "")) // put right meanwhile
	w.expectAsked(object, "when its last user goes", 1)
	w.expect(object, "True", "Ready", "", ours)
}
