package eksaccount

import (
	"context"
	"errors"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/cluster/access"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// identity is the one that every cluster is reached with, or why it is not.
type identity struct {
	credentials aws.Identity
	refused     *verdict.Verdict
	err         error
}

func (i identity) Reaching(context.Context, *v1alpha1.PeeredCluster) (aws.Identity, *verdict.Verdict, error) {
	return i.credentials, i.refused, i.err
}

func TestAnIdentityThatIsRefusedReachesNoCluster(t *testing.T) {
	for name, test := range map[string]struct {
		refused            verdict.Verdict
		withdrawn, passing bool
	}{
		"there is none":               {refused: verdict.New(verdict.Stalled, v1alpha1.ReasonIdentityNotFound, "There is none."), withdrawn: true},
		"it is not checked yet":       {refused: verdict.New(verdict.Wait, v1alpha1.ReasonProgressing, "Waiting."), passing: true},
		"it leads to another account": {refused: verdict.New(verdict.Stalled, v1alpha1.ReasonWrongAccount, "It is of another account.")},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Accounts{Identities: identity{refused: &test.refused}}.Account(t.Context(), peeredCluster("prod-us"))
			known, _ := errors.AsType[*access.Error](err)
			if known == nil || known.Reason != test.refused.Reason || known.Message != test.refused.Message || known.Withdrawn != test.withdrawn || known.Passing != test.passing {
				t.Errorf("got %+v (%v)", known, err)
			}
		})
	}
	unread := errors.New("the API server does not answer")
	if _, err := (Accounts{Identities: identity{err: unread}}).Account(t.Context(), peeredCluster("prod-us")); !errors.Is(err, unread) {
		t.Errorf("got %v", err)
	}
	us := identity{credentials: aws.Identity{Name: "us", RoleARN: roleARN, ExternalID: externalID}}
	found, err := Accounts{Identities: us, Clouds: aws.NewClients(awssdk.Config{Region: region})}.Account(t.Context(), peeredCluster("prod-us"))
	if err != nil || found.ID() != "us "+roleARN+" "+externalID {
		t.Errorf("got %v, %v", found, err)
	}
}
