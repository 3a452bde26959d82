package awsidentity

import (
	"fmt"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	controller "github.com/crossvpc/crossvpc/internal/controller/object"
	"github.com/crossvpc/crossvpc/internal/verdict"
	"github.com/crossvpc/crossvpc/test/awssim"
)

var everybody = v1alpha1.AllowedNamespaces{Selector: &metav1.LabelSelector{}}

func TestAmbientCredentialsAreReadyAndNameTheirAccount(t *testing.T) {
	w := newWorld(t)
	object := w.identity("ambient", v1alpha1.AWSIdentitySpec{AllowedNamespaces: everybody})
	result, err := w.reconcile(object)
	if err != nil {
		t.Fatal(err)
	}
	w.expect(object, "True", "Ready", "", "The operator's own credentials belong to account "+operator)
	if object.Status.AccountID != operator || object.Status.ExternalID != "" {
		t.Errorf("account is %q and external id %q, want %s and none", object.Status.AccountID, object.Status.ExternalID, operator)
	}
	if want := 5*time.Minute + 15*time.Second; result.RequeueAfter != want {
		t.Errorf("comes again after %s, want %s", result.RequeueAfter, want)
	}
	if len(object.Finalizers) != 0 {
		t.Errorf("nothing rests on it, and finalizers are %q", object.Finalizers)
	}
	w.expectEvents("Normal Ready")
}

func TestAnIdentityThatAdmitsNobodySaysSo(t *testing.T) {
	w := newWorld(t)
	object := w.identity("closed", v1alpha1.AWSIdentitySpec{})
	if _, err := w.reconcile(object); err != nil {
		t.Fatal(err)
	}
	w.expect(object, "True", "Ready", "", "No namespace may use it until spec.allowedNamespaces admits one")
}

func TestARoleIsAssumedWithTheExternalIDOfInstallationAndName(t *testing.T) {
	w := newWorld(t)
	w.role(installation+"/eu", operator)
	object := w.identity("eu", v1alpha1.AWSIdentitySpec{RoleARN: roleARN, AccountID: ours, AllowedNamespaces: everybody})
	if _, err := w.reconcile(object); err != nil {
		t.Fatal(err)
	}
	w.expect(object, "True", "Ready", "", "Role "+roleARN+" was assumed and belongs to account "+ours)
	if object.Status.AccountID != ours || object.Status.ExternalID != "inst/eu" {
		t.Errorf("account is %q and external id %q", object.Status.AccountID, object.Status.ExternalID)
	}
}

func TestAPassThatFindsNothingNewWritesNothing(t *testing.T) {
	w := newWorld(t)
	object := w.identity("quiet", v1alpha1.AWSIdentitySpec{})
	for range 2 {
		if _, err := w.reconcile(object); err != nil {
			t.Fatal(err)
		}
	}
	version := object.ResourceVersion
	w.clock.SetTime(w.clock.Now().Add(time.Hour))
	if _, err := w.reconcile(object); err != nil {
		t.Fatal(err)
	}
	if object.ResourceVersion != version {
		t.Error("the object was written")
	}
	w.expectEvents("Normal Ready")
}

func TestARoleThatCanNotBeAssumedShowsTheStatementToAdd(t *testing.T) {
	statement := `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999999999999:root"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"inst/eu"}}}`
	for name, prepare := range map[string]func(*world){
		"no such role":             func(*world) {},
		"another principal":        func(w *world) { w.role("inst/eu", theirs) },
		"another external id":      func(w *world) { w.role("other/eu", operator) },
		"the operator is not let":  func(w *world) { w.role("inst/eu", operator); w.cloud.Deny(userOf(operator), "sts:AssumeRole") },
		"a role that is taken off": func(w *world) { w.role("inst/eu", operator); w.cloud.RemoveRole(roleARN) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			prepare(w)
			object := w.identity("eu", v1alpha1.AWSIdentitySpec{RoleARN: roleARN})
			result, err := w.reconcile(object)
			if err != nil {
				t.Fatal(err)
			}
			w.expect(object, "False", "AssumeRoleFailed", "Stalled", "The operator may not assume "+roleARN, statement, `"Action":"sts:TagSession"`)
			if object.Status.ExternalID != "inst/eu" || object.Status.AccountID != "" {
				t.Errorf("external id is %q and account %q", object.Status.ExternalID, object.Status.AccountID)
			}
			if want := time.Minute + 3*time.Second; result.RequeueAfter != want {
				t.Errorf("comes again after %s, want %s", result.RequeueAfter, want)
			}
			w.expectEvents("Warning AssumeRoleFailed")

			w.cloud.ClearPolicy(userOf(operator))
			w.role("inst/eu", operator)
			if _, err := w.reconcile(object); err != nil {
				t.Fatal(err)
			}
			w.expect(object, "True", "Ready", "")
			w.expectEvents("Normal Ready")
		})
	}
}

func userOf(account string) string { return fmt.Sprintf("arn:aws:iam::%s:user/awssim", account) }

func TestARefusalReadsTheSameEachTime(t *testing.T) {
	w := newWorld(t)
	object := w.identity("eu", v1alpha1.AWSIdentitySpec{RoleARN: roleARN})
	if _, err := w.reconcile(object); err != nil {
		t.Fatal(err)
	}
	version := object.ResourceVersion
	if _, err := w.reconcile(object); err != nil {
		t.Fatal(err)
	}
	if object.ResourceVersion != version {
		t.Errorf("the message changed: %s", object.Status.Conditions[0].Message)
	}
}

// silent lets STS answer nobody, until the end.
func (w *world) silent() (end func()) {
	w.t.Helper()
	id, err := w.cloud.Inject(awssim.Fault{Service: "sts", Count: -1, Effect: awssim.ResetBefore})
	if err != nil {
		w.t.Fatal(err)
	}
	return func() { w.cloud.RemoveFault(id) }
}

func TestOnlyReadyIsKeptWhileAWSDoesNotAnswer(t *testing.T) {
	for name, prepare := range map[string]func(*world, *v1alpha1.AWSIdentitySpec){
		"AssumeRoleFailed": func(_ *world, spec *v1alpha1.AWSIdentitySpec) { spec.RoleARN = roleARN },
		"WrongAccount":     func(_ *world, spec *v1alpha1.AWSIdentitySpec) { spec.AccountID = theirs },
		"NoCredentials": func(w *world, _ *v1alpha1.AWSIdentitySpec) {
			w.restartAs(credentials.NewStaticCredentialsProvider("AKIAUNKNOWN", "secret", ""))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			var spec v1alpha1.AWSIdentitySpec
			prepare(w, &spec)
			object := w.identity("fixed-meanwhile", spec)
			if _, err := w.reconcile(object); err != nil {
				t.Fatal(err)
			}
			w.expect(object, "False", name, "Stalled")
			w.restartAs(credentials.NewStaticCredentialsProvider(operator, "secret", "")) // AWS knows these
			w.silent()
			if _, err := w.reconcile(object); err == nil {
				t.Error("a passing error asks for no backoff")
			}
			w.expect(object, "Unknown", "AWSError", "", "AWS does not answer")
			version := object.ResourceVersion
			if _, err := w.reconcile(object); err == nil {
				t.Error("a passing error asks for no backoff")
			}
			if object.ResourceVersion != version {
				t.Errorf("the message changed: %s", object.Status.Conditions[0].Message)
			}
		})
	}
}

func TestReadyIsKeptForFiveMinutesWhileAWSDoesNotAnswer(t *testing.T) {
	w := newWorld(t)
	object := w.identity("silent", v1alpha1.AWSIdentitySpec{})
	if _, err := w.reconcile(object); err != nil {
		t.Fatal(err)
	}
	end := w.silent()
	for _, test := range []struct {
		after  time.Duration
		status metav1.ConditionStatus
		reason string
	}{{0, "True", "Ready"}, {5*time.Minute - time.Second, "True", "Ready"}, {5 * time.Minute, "Unknown", "AWSError"}} {
		w.clock.SetTime(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(test.after))
		if _, err := w.reconcile(object); err == nil {
			t.Error("a passing error asks for no backoff")
		}
		w.expect(object, test.status, test.reason, "")
	}
	refused := controller.Checked(object, "the requester")
	if refused == nil || refused.Progress != verdict.Wait || !strings.Contains(refused.Message, "AWS does not answer") {
		t.Errorf("whoever acts through it hears %v", refused)
	}
	end()
	if _, err := w.reconcile(object); err != nil {
		t.Fatal(err)
	}
	w.expect(object, "True", "Ready", "")
	w.silent()
	if _, err := w.reconcile(object); err == nil {
		t.Error("a passing error asks for no backoff")
	}
	w.expect(object, "True", "Ready", "")
}

func TestWithoutCredentialsOfItsOwnTheOperatorSaysSo(t *testing.T) {
	for name, test := range map[string]struct {
		own  awssdk.CredentialsProvider
		text string
	}{
		"none":    {nil, "no credentials are configured"},
		"unknown": {credentials.NewStaticCredentialsProvider("AKIAUNKNOWN", "secret", ""), "InvalidClientTokenId"},
	} {
		for _, role := range []string{"", roleARN} {
			t.Run(name+", role "+role, func(t *testing.T) {
				w := newWorld(t)
				w.role("", operator)
				w.restartAs(test.own)
				object := w.identity("none", v1alpha1.AWSIdentitySpec{RoleARN: role})
				if _, err := w.reconcile(object); err != nil {
					t.Fatal(err)
				}
				w.expect(object, "False", "NoCredentials", "Stalled", "The operator", test.text)
			})
		}
	}
}

func TestCredentialsOfAnotherAccountThanStatedAreRefused(t *testing.T) {
	w := newWorld(t)
	object := w.identity("wrong", v1alpha1.AWSIdentitySpec{AccountID: theirs})
	if _, err := w.reconcile(object); err != nil {
		t.Fatal(err)
	}
	w.expect(object, "False", "WrongAccount", "Stalled", "belong to account "+operator, "spec.accountID is "+theirs, "Give the operator credentials of "+theirs)
	if object.Status.AccountID != "" {
		t.Errorf("pinned to %s all the same", object.Status.AccountID)
	}
	w.restartAs(credentials.NewStaticCredentialsProvider(theirs, "secret", ""))
	if _, err := w.reconcile(object); err != nil {
		t.Fatal(err)
	}
	w.expect(object, "True", "Ready", "")
}

func TestA12AnAccountIsPinnedWhileTheIdentityIsUsed(t *testing.T) {
	w := newWorld(t)
	object := w.identity("pinned", v1alpha1.AWSIdentitySpec{AllowedNamespaces: everybody})
	if _, err := w.reconcile(object); err != nil {
		t.Fatal(err)
	}
	user := w.cluster("us", "pinned")
	w.restartAs(credentials.NewStaticCredentialsProvider(theirs, "secret", ""))
	if _, err := w.reconcile(object); err != nil {
		t.Fatal(err)
	}
	w.expect(object, "False", "WrongAccount", "Stalled", "belonged to account "+operator, "now belong to "+theirs, "until they are of "+operator+" again", "PeeredCluster us")
	if object.Status.AccountID != operator {
		t.Errorf("the pin moved to %s", object.Status.AccountID)
	}
	w.remove(user)
	if _, err := w.reconcile(object); err != nil {
		t.Fatal(err)
	}
	w.expect(object, "True", "Ready", "", theirs)
	if object.Status.AccountID != theirs {
		t.Errorf("nobody uses it, and it is still pinned to %s", object.Status.AccountID)
	}
}

func TestA11AMomentWithoutAnAnswerTakesNothingBack(t *testing.T) {
	for name, fault := range map[string]awssim.Fault{
		"an error of AWS":   {Effect: awssim.ErrorAnswer, Code: "InternalFailure", Status: 500},
		"throttling":        {Effect: awssim.ErrorAnswer, Code: "Throttling", Message: "Rate exceeded", Status: 400},
		"a lost connection": {Effect: awssim.ResetBefore},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			object := w.identity("steady", v1alpha1.AWSIdentitySpec{})
			fault.Service, fault.Action, fault.Count = "sts", "GetCallerIdentity", -1
			id, err := w.cloud.Inject(fault)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.reconcile(object); err == nil {
				t.Error("a passing error asks for no backoff")
			}
			w.expect(object, "Unknown", "AWSError", "", "sts:GetCallerIdentity")
			w.cloud.RemoveFault(id)
			if _, err := w.reconcile(object); err != nil {
				t.Fatal(err)
			}
			version := object.ResourceVersion
			if _, err := w.cloud.Inject(fault); err != nil {
				t.Fatal(err)
			}
			if _, err := w.reconcile(object); err == nil {
				t.Error("a passing error asks for no backoff")
			}
			w.expect(object, "True", "Ready", "")
			if object.ResourceVersion != version {
				t.Error("the object was written")
			}
		})
	}
}

func TestANewRoleIsTriedAtOnce(t *testing.T) {
	w := newWorld(t)
	w.role(installation+"/eu", operator)
	object := w.identity("eu", v1alpha1.AWSIdentitySpec{RoleARN: roleARN})
	if _, err := w.reconcile(object); err != nil {
		t.Fatal(err)
	}
	object.Spec.RoleARN = roleARN + "-2"
	if err := w.Update(t.Context(), object); err != nil {
		t.Fatal(err)
	}
	if _, err := w.reconcile(object); err != nil {
		t.Fatal(err)
	}
	w.expect(object, "False", "AssumeRoleFailed", "Stalled", roleARN+"-2")
	if got := w.reconciler.used["eu"].RoleARN; got != roleARN+"-2" {
		t.Errorf("remembers role %s", got)
	}
}

func TestASelectorThatIsNoneIsNamed(t *testing.T) {
	w := newWorld(t)
	object := w.identity("selector", v1alpha1.AWSIdentitySpec{AllowedNamespaces: v1alpha1.AllowedNamespaces{Selector: &metav1.LabelSelector{
		MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "team", Operator: "Near"}},
	}}})
	if _, err := w.reconcile(object); err != nil {
		t.Fatal(err)
	}
	w.expect(object, "False", "InvalidSelection", "Stalled", "allowedNamespaces.selector must be a valid label selector", `"Near"`)
}

func TestAnObjectThatIsGoneIsNoError(t *testing.T) {
	w := newWorld(t)
	object := &v1alpha1.AWSIdentity{ObjectMeta: metav1.ObjectMeta{Name: "gone"}}
	if _, err := w.reconcile(object); err != nil || object.ResourceVersion != "" {
		t.Errorf("error is %v", err)
	}
}
