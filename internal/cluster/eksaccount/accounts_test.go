package eksaccount

import (
	"errors"
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/cluster/access"
)

func TestAnIdentityThatIsNotInOrderReachesNoCluster(t *testing.T) {
	with := func(status metav1.ConditionStatus, reason string, account v1alpha1.AccountID) *v1alpha1.AWSIdentity {
		identity := &v1alpha1.AWSIdentity{ObjectMeta: metav1.ObjectMeta{Name: "us"}, Spec: v1alpha1.AWSIdentitySpec{RoleARN: roleARN}}
		identity.Status.ExternalID, identity.Status.AccountID = externalID, account
		if reason != "" {
			identity.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionReady, Status: status, Reason: reason, Message: "because"}}
		}
		return identity
	}
	unchecked := with("", "", "")
	unchecked.Status.ExternalID = ""
	other := with(metav1.ConditionTrue, v1alpha1.ReasonReady, clusterAccount)
	other.Name = "eu"
	for name, test := range map[string]struct {
		identity           *v1alpha1.AWSIdentity
		reason             string // empty: it is used
		withdrawn, passing bool
	}{
		"there is none":                         {identity: other, reason: v1alpha1.ReasonIdentityNotFound, withdrawn: true},
		"it is not checked yet":                 {identity: unchecked, reason: v1alpha1.ReasonProgressing, passing: true},
		"it leads to another account":           {identity: with(metav1.ConditionFalse, v1alpha1.ReasonWrongAccount, ""), reason: v1alpha1.ReasonWrongAccount},
		"it is deleted and never was in order":  {identity: with(metav1.ConditionFalse, v1alpha1.ReasonInUse, ""), reason: v1alpha1.ReasonInUse},
		"it is deleted and waits for its users": {identity: with(metav1.ConditionFalse, v1alpha1.ReasonInUse, clusterAccount)},
		"it is in order":                        {identity: with(metav1.ConditionTrue, v1alpha1.ReasonReady, clusterAccount)},
	} {
		t.Run(name, func(t *testing.T) {
			scheme := runtime.NewScheme()
			if err := v1alpha1.AddToScheme(scheme); err != nil {
				t.Fatal(err)
			}
			accounts := Accounts{
				Identities: fake.NewClientBuilder().WithScheme(scheme).WithObjects(test.identity).Build(),
				Clouds:     aws.NewClients(awssdk.Config{Region: region}),
			}
			_, err := accounts.Account(t.Context(), peeredCluster("prod-us"))
			known, _ := errors.AsType[*access.Error](err)
			switch {
			case test.reason == "" && err == nil:
			case known == nil || known.Reason != test.reason || known.Withdrawn != test.withdrawn || known.Passing != test.passing:
				t.Errorf("got %+v (%v), want reason %q", known, err, test.reason)
			case !strings.Contains(known.Message, "AWSIdentity us"):
				t.Errorf("the message names no identity: %s", known.Message)
			}
		})
	}
}
