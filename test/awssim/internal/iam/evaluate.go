package iam

import "slices"

// Decision is what policies say to an access.
type Decision int

// The decisions. What no statement allows is denied without a word: an implicit deny.
const (
	Implicit Decision = iota
	Allow
	Deny
)

// Decide is what the policies say together: an explicit deny has precedence.
func Decide(by Caller, a Access, policies ...Document) Decision {
	decision := Implicit
	for _, policy := range policies {
		for _, s := range policy.statements {
			switch {
			case !s.fits(by, a):
			case s.deny:
				return Deny
			default:
				decision = Allow
			}
		}
	}
	return decision
}

// Grants says whether a statement of the policy allows anything: what only denies leaves the rest as it was.
func (d Document) Grants() bool {
	return slices.ContainsFunc(d.statements, func(s statement) bool { return !s.deny })
}

// IsSimple says whether the policy is about actions alone, so that neither resources nor conditions have to be known.
func (d Document) IsSimple() bool {
	return !slices.ContainsFunc(d.statements, func(s statement) bool { return !s.simple() })
}
