package sim

import (
	"crypto/sha512"
	"encoding/base64"
	"slices"
	"strings"

	"github.com/crossvpc/crossvpc/test/awssim/internal/iam"
)

// Accesses are what a call asks IAM for; known is false where awssim does not know it, which matters only to policies
// that look at resources or conditions. Nothing at all is asked for what needs no permission.
type Accesses func(*Call) (accesses []iam.Access, known bool)

// OnEverything is the access of an action without resource types.
func (c *Call) OnEverything() []iam.Access {
	return []iam.Access{{Action: c.Service + ":" + c.Action, Resource: "*"}}
}

// On is the access of the call's action to a resource.
func (c *Call) On(resource string, contexts ...iam.Context) iam.Access {
	return iam.Access{Action: c.Service + ":" + c.Action, Resource: resource, Context: iam.Context{}.With(contexts...)}
}

// Authorize answers as IAM does when a policy forbids the call.
func (w *World) Authorize(c *Call, asks Accesses) *Failure {
	layers := w.Policies.layersOf(c.Principal)
	if !slices.ContainsFunc(layers, func(l layer) bool { return len(l.documents) > 0 }) {
		return nil
	}
	accesses, known := asks(c)
	if !known {
		if slices.ContainsFunc(layers, func(l layer) bool {
			return slices.ContainsFunc(l.documents, func(d iam.Document) bool { return !d.IsSimple() })
		}) {
			return &Failure{Code: "InternalError", Status: 500, Message: "awssim does not know what IAM is asked for at " + c.Service + ":" + c.Action}
		}
		accesses = c.OnEverything()
	}
	for _, access := range accesses {
		access.Context = c.General().With(access.Context)
		if reason := verdict(layers, access, false); reason != "" {
			return c.denied(access, reason)
		}
	}
	return nil
}

// Permit answers for one access that the resource's own policy allows already. Where that is enough, policies of the
// caller can only deny it.
func (w *World) Permit(c *Call, access iam.Access, enough bool) *Failure {
	if reason := verdict(w.Policies.layersOf(c.Principal), access, enough); reason != "" {
		return c.denied(access, reason)
	}
	return nil
}

// General are the keys that every request has (reference_policies_condition-keys.html).
func (c *Call) General() iam.Context {
	context := iam.Context{}
	context.Set("aws:RequestedRegion", c.Region)
	context.Set("aws:PrincipalAccount", c.Principal.Account)
	context.Set("aws:PrincipalArn", c.Principal.entity())
	context.Tags("aws:PrincipalTag", c.Principal.Tags)
	if c.Service == "ec2" {
		context.Set("ec2:Region", c.Region)
	}
	return context
}

// Caller is how a trust policy names the principal.
func (p Principal) Caller() iam.Caller {
	return iam.Caller{Account: p.Account, ARN: p.ARN, RoleARN: p.RoleARN}
}

// entity is the ARN of the principal itself: of a session that of its role.
func (p Principal) entity() string {
	if p.RoleARN != "" {
		return p.RoleARN
	}
	return p.ARN
}

// denied is the failure in AWS's words (troubleshoot_access-denied.html). EC2 adds to what changes something a message
// in code, which is another each time and can be read with sts:DecodeAuthorizationMessage only.
func (c *Call) denied(access iam.Access, reason string) *Failure {
	resource := ""
	if access.Resource != "*" {
		resource = " on resource: " + access.Resource
	}
	message := "User: " + c.Principal.ARN + " is not authorized to perform: " + access.Action + resource + " " + reason
	if c.Service != "ec2" {
		return &Failure{Code: "AccessDenied", Message: message, Status: 403}
	}
	message = "You are not authorized to perform this operation. " + message
	if !strings.HasPrefix(c.Action, "Describe") {
		message += ". Encoded authorization failure message: " + c.encoded(message)
	}
	return &Failure{Code: "UnauthorizedOperation", Message: message, Status: 403}
}

// encoded looks like an encoded message: some hundred characters that differ from call to call.
func (c *Call) encoded(message string) string {
	var text strings.Builder
	for range 8 {
		sum := sha512.Sum512([]byte(text.String() + c.RequestID + message))
		text.WriteString(base64.RawURLEncoding.EncodeToString(sum[:]))
	}
	return text.String()
}
