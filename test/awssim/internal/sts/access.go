package sts

import (
	"github.com/crossvpc/crossvpc/test/awssim/internal/iam"
	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
)

const (
	assumeRoleAction = "sts:AssumeRole"
	tagSessionAction = "sts:TagSession"
)

// Accesses implements sim.Service. GetCallerIdentity needs no permission, and none can forbid it
// (API_GetCallerIdentity). What AssumeRole needs, admit asks for: the role's trust policy has a part in it.
func (s *Service) Accesses(*sim.Call) ([]iam.Access, bool) { return nil, true }

// accesses are what AssumeRole needs: the role, and to tag the session where it gets tags, be they the caller's own that
// are passed on (docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_permissions-required).
func (r Role) accesses(c *sim.Call, in *assumeRoleRequest, tags sessionTags) []iam.Access {
	context := iam.Context{}
	if in.ExternalID != "" {
		context.Set("sts:ExternalId", in.ExternalID)
	}
	context.Set("sts:RoleSessionName", in.RoleSessionName)
	accesses := []iam.Access{c.On(r.ARN, context, tags.context())}
	if len(tags.all) > 0 {
		accesses = append(accesses, iam.Access{Action: tagSessionAction, Resource: r.ARN, Context: accesses[0].Context})
	}
	return accesses
}

// admit asks the trust policy and the caller's own policies. Both must allow it; in one account a trust policy that names
// the caller itself is enough (reference_policies_evaluation-logic_policy-eval-basics.html).
func (r Role) admit(c *sim.Call, in *assumeRoleRequest, tags sessionTags) error {
	for _, access := range r.accesses(c, in, tags) {
		access.Context = c.General().With(access.Context)
		caller := c.Principal.Caller()
		decision := iam.Decide(caller, access, r.trust)
		if decision != iam.Allow {
			return r.untrusted(c, access.Action, decision)
		}
		// Without its account a caller is only whom the policy names.
		named := iam.Caller{ARN: caller.ARN, RoleARN: caller.RoleARN}
		enough := caller.Account == r.account() && iam.Decide(named, access, r.trust) == iam.Allow
		if failure := c.World().Permit(c, access, enough); failure != nil {
			return failure
		}
	}
	return nil
}

// untrusted is the refusal of a trust policy. A caller of another account is not told the reason
// (docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html).
func (r Role) untrusted(c *sim.Call, action string, decision iam.Decision) error {
	switch {
	case c.Principal.Account != r.account():
		return refused(c, action, r.ARN, "")
	case decision == iam.Deny:
		return refused(c, action, "", " with an explicit deny in the role trust policy")
	default:
		return refused(c, action, "", " because no role trust policy allows the "+action+" action")
	}
}

func refused(c *sim.Call, action, resource, reason string) error {
	if resource != "" {
		resource = " on resource: " + resource
	}
	return &sim.Failure{Code: "AccessDenied", Status: 403, Message: "User: " + c.Principal.ARN + " is not authorized to perform: " + action + resource + reason}
}
