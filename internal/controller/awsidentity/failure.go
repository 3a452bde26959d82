package awsidentity

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	controller "github.com/crossvpc/crossvpc/internal/controller/object"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// explain says why the account could not be asked for.
func (r *Reconciler) explain(ctx context.Context, object *v1alpha1.AWSIdentity, identity aws.Identity, err error) finding {
	failure := aws.Classify(err)
	if failure.Class == aws.Retry || failure.Class == aws.Soon {
		return r.passing(object, failure, err)
	}
	r.answered(object.Name)
	switch {
	case lacksOwn(err), identity.RoleARN == "":
		return mistake(v1alpha1.ReasonNoCredentials, "The operator has no AWS credentials that work. %s", failure.Message)
	case failure.Is("AccessDenied"), failure.Is("AccessDeniedException"):
		return mistake(v1alpha1.ReasonAssumeRoleFailed, "%s", r.remedy(ctx, identity))
	case failure.Denied:
		// AWS does not know the keys that AssumeRole was signed with: the operator's own.
		return mistake(v1alpha1.ReasonNoCredentials, "The operator's own AWS credentials do not work. %s", failure.Message)
	default:
		return mistake(v1alpha1.ReasonAssumeRoleFailed, "The operator cannot assume %s. %s", identity.RoleARN, failure.Message)
	}
}

// passing keeps Ready: True for a while: a moment in which AWS does not answer stops nobody who
// works through an identity that was found to be in order. Nothing else is kept: what was wrong
// may be put right by now, and nobody could tell.
func (r *Reconciler) passing(object *v1alpha1.AWSIdentity, failure aws.Failure, err error) finding {
	ready := meta.FindStatusCondition(object.Status.Conditions, v1alpha1.ConditionReady)
	holds := ready != nil && ready.Status == metav1.ConditionTrue && controller.SpeaksOf(ready, object)
	return finding{
		keep:      holds && r.silence(object.Name) < keepReady,
		transient: fmt.Errorf("checking the credentials of AWSIdentity %s: %w", object.Name, err),
		Verdict: verdict.Newf(verdict.Unclear, v1alpha1.ReasonAWSError,
			"AWS does not answer, so crossvpc cannot determine whether these credentials work. %s", failure.Message),
	}
}

// silence is for how long AWS has not answered. It is forgotten on a restart, which costs as much
// patience again.
func (r *Reconciler) silence(name string) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.silentSince == nil {
		r.silentSince = map[string]time.Time{}
	}
	if _, known := r.silentSince[name]; !known {
		r.silentSince[name] = r.Clock.Now()
	}
	return r.Clock.Since(r.silentSince[name])
}

func (r *Reconciler) answered(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.silentSince, name)
}

// lacksOwn reports whether it was the operator's own credentials that were
// missing, also where they were to assume a role.
func lacksOwn(err error) bool {
	for {
		lacking, ok := errors.AsType[*aws.CredentialsError](err)
		if !ok {
			return false
		}
		if lacking.Identity.RoleARN == "" {
			return true
		}
		err = lacking.Err
	}
}

// remedy are the statements to add to the role's trust policy, ready to paste. What
// AWS said is left out: it names the operator's session, which changes. A session of EKS
// Pod Identity has tags that are passed on with it, and a role that does not let them in is denied as a
// whole: https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html.
func (r *Reconciler) remedy(ctx context.Context, identity aws.Identity) string {
	partition := strings.Split(identity.RoleARN, ":")[1]
	principal := fmt.Sprintf("arn:%s:iam::%s:root", partition, r.account(ctx))
	return fmt.Sprintf("The operator may not assume %[1]s. The role must exist, the operator must be allowed sts:AssumeRole and sts:TagSession on it, and its trust policy must hold "+
		`{"Effect":"Allow","Principal":{"AWS":%[2]q},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":%[3]q}}}`+
		` and, for credentials of EKS Pod Identity, {"Effect":"Allow","Principal":{"AWS":%[2]q},"Action":"sts:TagSession"}.`,
		identity.RoleARN, principal, identity.ExternalID)
}

// account is the operator's own, or a placeholder for it.
func (r *Reconciler) account(ctx context.Context) string {
	account, _, err := r.Cloud.Caller(ctx, aws.Identity{})
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil {
		r.ownAccount = account
	}
	if r.ownAccount == "" {
		return "<the operator's account>"
	}
	return r.ownAccount
}
