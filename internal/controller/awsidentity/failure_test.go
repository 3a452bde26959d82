package awsidentity

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/aws/smithy-go"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// answering answers for the operator's own credentials alone.
type answering struct{ account string }

func (a answering) Caller(_ context.Context, id aws.Identity) (account, arn string, err error) {
	if id.RoleARN != "" || a.account == "" {
		return "", "", errors.New("unexpected")
	}
	return a.account, "", nil
}

func (answering) Forget(aws.Identity) {}

// refused is how the SDK says that a call without credentials failed.
func refused(id aws.Identity, operation, code string, err error) error {
	if err == nil {
		err = &smithy.GenericAPIError{Code: code, Message: "said by AWS"}
	}
	inner := &smithy.OperationError{ServiceID: "STS", OperationName: operation, Err: err}
	return fmt.Errorf("asking for the account: %w", &smithy.OperationError{
		ServiceID: "STS", OperationName: "GetCallerIdentity", Err: &aws.CredentialsError{Identity: id, Err: inner},
	})
}

func TestARefusalNamesWhoseCredentialsFailed(t *testing.T) {
	role := aws.Identity{Name: "eu", RoleARN: "arn:aws-us-gov:iam::111111111111:role/crossvpc", ExternalID: "inst/eu"}
	own := aws.Identity{Name: "default"}
	for name, test := range map[string]struct {
		identity aws.Identity
		err      error
		reason   string
		message  string
	}{
		"the operator's web identity is not trusted": {
			own, refused(own, "AssumeRoleWithWebIdentity", "AccessDenied", nil),
			v1alpha1.ReasonNoCredentials, "The operator has no AWS credentials that work. sts:AssumeRoleWithWebIdentity: said by AWS (AccessDenied)",
		},
		"nor is it where a role is to be assumed": {
			role, refused(role, "AssumeRole", "", &aws.CredentialsError{Identity: own, Err: errors.New("no EC2 IMDS role found")}),
			v1alpha1.ReasonNoCredentials, "The operator has no AWS credentials that work",
		},
		"the role is not ours to assume": {
			role, refused(role, "AssumeRole", "AccessDenied", nil),
			v1alpha1.ReasonAssumeRoleFailed, `The operator may not assume arn:aws-us-gov:iam::111111111111:role/crossvpc`,
		},
		"the trust statement is of the role's partition": {
			role, refused(role, "AssumeRole", "AccessDenied", nil),
			v1alpha1.ReasonAssumeRoleFailed, `{"AWS":"arn:aws-us-gov:iam::999999999999:root"}`,
		},
		"STS takes no such external id": {
			role, refused(role, "AssumeRole", "ValidationError", nil),
			v1alpha1.ReasonAssumeRoleFailed, "The operator cannot assume arn:aws-us-gov:iam::111111111111:role/crossvpc. sts:AssumeRole: said by AWS (ValidationError)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := &Reconciler{Cloud: answering{operator}, Random: func() float64 { return 0 }}
			found := r.explain(t.Context(), &v1alpha1.AWSIdentity{}, test.identity, test.err)
			if found.Reason != test.reason || found.Progress != verdict.Stalled || found.transient != nil {
				t.Errorf("finding is %+v, want %s", found, test.reason)
			}
			expectText(t, found.Message, test.message)
		})
	}
	t.Run("without an account of its own the statement says where it goes", func(t *testing.T) {
		r := &Reconciler{Cloud: answering{}}
		expectText(t, r.remedy(t.Context(), role), `iam::<the operator's account>:root`)
	})
}
