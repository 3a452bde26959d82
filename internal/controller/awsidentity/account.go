package awsidentity

import (
	"context"
	"fmt"
	"time"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// finding is what a reconciliation found out about an identity.
type finding struct {
	verdict.Verdict
	recheck time.Duration
	// keep is true when nothing was found out and the former verdict, Ready: True, still holds.
	keep bool
	// transient is to be tried again with backoff.
	transient error
}

// checkAccount finds out which account the credentials belong to, and pins it.
func (r *Reconciler) checkAccount(ctx context.Context, object *v1alpha1.AWSIdentity) (finding, error) {
	identity := r.credentials(object)
	object.Status.ExternalID = identity.ExternalID
	if _, err := object.Spec.AllowedNamespaces.Admits("", nil); err != nil {
		return mistake(v1alpha1.ReasonSelection, "spec.%v. Correct it.", err), nil
	}
	said := r.ask(ctx, object, identity)
	found, err := r.judge(ctx, object, said)
	if err == nil && found.transient == nil {
		found.recheck = r.remember(object.Name, said, found.recheck)
	}
	return found, err
}

// judge compares the account that STS named with the spec, and with the one that is pinned.
func (r *Reconciler) judge(ctx context.Context, object *v1alpha1.AWSIdentity, said answer) (finding, error) {
	if said.failed != nil {
		return *said.failed, nil
	}
	if wanted := object.Spec.AccountID; wanted != "" && said.account != string(wanted) {
		return mistake(v1alpha1.ReasonWrongAccount,
			"The credentials belong to account %s, but spec.accountID is %s. Give the operator credentials of %[2]s, or create an AWSIdentity with a roleARN in it.", said.account, wanted), nil
	}
	if pinned := object.Status.AccountID; pinned != "" && said.account != string(pinned) {
		users, err := r.users(ctx, object, everyCluster)
		if err != nil {
			return finding{}, err
		}
		if users.Any() {
			return mistake(v1alpha1.ReasonWrongAccount,
				"The credentials belonged to account %s and now belong to %s. Nothing acts through them until they are of %[1]s again, or until nothing uses this identity (%[3]s).", pinned, said.account, message.List(users.All())), nil
		}
	}
	object.Status.AccountID = v1alpha1.AccountID(said.account)
	return finding{recheck: recheckHealthy, Verdict: verdict.New(verdict.Done, v1alpha1.ReasonReady, works(object))}, nil
}

// works is the message of Ready. Credentials that nobody may use do work, and
// that is the usual question of whoever reads it.
func works(object *v1alpha1.AWSIdentity) string {
	whose := "The operator's own credentials belong"
	if object.Spec.RoleARN != "" {
		whose = "Role " + object.Spec.RoleARN + " was assumed and belongs"
	}
	allowed := object.Spec.AllowedNamespaces
	note := ""
	if len(allowed.Names) == 0 && allowed.Selector == nil {
		note = " No namespace may use it until spec.allowedNamespaces admits one."
	}
	return fmt.Sprintf("%s to account %s.%s", whose, object.Status.AccountID, note)
}

// credentials are those the spec asks for. Ones that were used before and have
// changed are dropped, so that the new ones are tried at once.
func (r *Reconciler) credentials(object *v1alpha1.AWSIdentity) aws.Identity {
	identity := r.identity(object)
	r.mu.Lock()
	defer r.mu.Unlock()
	if former, ok := r.used[object.Name]; ok && former != identity {
		r.Cloud.Forget(former)
	}
	if r.used == nil {
		r.used = map[string]aws.Identity{}
	}
	r.used[object.Name] = identity
	return identity
}

// identity names the external id for a role only: nobody asks for one otherwise.
func (r *Reconciler) identity(object *v1alpha1.AWSIdentity) aws.Identity {
	identity := aws.Identity{Name: object.Name, RoleARN: object.Spec.RoleARN}
	if identity.RoleARN != "" {
		identity.ExternalID = r.InstallationID + "/" + object.Name
	}
	return identity
}

// mistake is a finding that a person has to act on.
func mistake(reason, format string, args ...any) finding {
	return finding{recheck: recheckMistake, Verdict: verdict.Newf(verdict.Stalled, reason, format, args...)}
}
