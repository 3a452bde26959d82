package sim

import (
	"fmt"
	"slices"
	"sync"

	"github.com/crossvpc/crossvpc/test/awssim/internal/iam"
)

// Policies are those that IAM keeps: of users and roles by ARN, and of an organization by account. A principal to whom
// no policy grants anything may do everything: most tests are not about rights.
type Policies struct {
	mutex      sync.Mutex
	identities map[string][]attached
	accounts   map[string][]attached
}

// attached is a policy under the name that it is attached by.
type attached struct {
	name string
	iam.Document
}

// Names of the policies that are about actions alone.
const (
	denyName  = "deny"
	allowName = "allow-only"
)

// Attach gives a user or role, by ARN, a policy, instead of one that was attached by the same name.
func (p *Policies) Attach(arn, name string, document iam.Document) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.identities == nil {
		p.identities = map[string][]attached{}
	}
	p.identities[arn] = put(p.identities[arn], attached{name, document})
}

// Control gives an account a service control policy, instead of one of the same name.
func (p *Policies) Control(account, name string, document iam.Document) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.accounts == nil {
		p.accounts = map[string][]attached{}
	}
	p.accounts[account] = put(p.accounts[account], attached{name, document})
}

func put(all []attached, one attached) []attached {
	kept := slices.DeleteFunc(slices.Clone(all), func(had attached) bool { return had.name == one.name })
	return append(kept, one)
}

// Deny forbids the actions ("ec2:CreateRoute", "ec2:*") to a principal or role, by ARN.
func (p *Policies) Deny(arn string, actions ...string) {
	if len(actions) > 0 {
		p.Attach(arn, fmt.Sprint(denyName, " ", actions), iam.Simple(false, actions...))
	}
}

// AllowOnly forbids to a principal or role, by ARN, everything but the actions and what other policies allow.
func (p *Policies) AllowOnly(arn string, actions ...string) {
	p.Attach(arn, allowName, iam.Simple(true, actions...))
}

// Clear forgets what was said about the principal, role or account.
func (p *Policies) Clear(who string) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	delete(p.identities, who)
	delete(p.accounts, who)
}

// layer are policies of one type.
type layer struct {
	documents []iam.Document
	// of is how AWS calls the type (reference troubleshoot_access-denied.html of the IAM User Guide).
	of, article string
}

// limits says whether the policies of the layer allow anything at all, so that the rest is denied.
func (l layer) limits() bool { return slices.ContainsFunc(l.documents, iam.Document.Grants) }

const ofIdentity = "identity-based policy"

// layersOf are the policies that a principal is under, the wider ones first.
func (p *Policies) layersOf(by Principal) []layer {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	control := layer{of: "service control policy", article: "a"}
	identity := layer{of: ofIdentity, article: "an"}
	for _, each := range p.accounts[by.Account] {
		control.documents = append(control.documents, each.Document)
	}
	arns := []string{by.ARN}
	if by.RoleARN != "" && by.RoleARN != by.ARN {
		arns = append(arns, by.RoleARN)
	}
	for _, arn := range arns {
		for _, each := range p.identities[arn] {
			identity.documents = append(identity.documents, each.Document)
		}
	}
	return []layer{control, identity}
}

// verdict says why the principal may not have the access, empty when it may: an explicit deny of any type comes first.
// granted says that a policy of the resource allows it, so that none of the identity has to.
func verdict(layers []layer, access iam.Access, granted bool) string {
	implicit := ""
	for _, l := range layers {
		switch decision := iam.Decide(iam.Caller{}, access, l.documents...); {
		case decision == iam.Deny:
			return "with an explicit deny in " + l.article + " " + l.of
		case decision == iam.Implicit && l.limits() && implicit == "" && (!granted || l.of != ofIdentity):
			implicit = "because no " + l.of + " allows the " + access.Action + " action"
		}
	}
	return implicit
}
