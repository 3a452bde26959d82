package sim

import (
	"path"
	"slices"
	"strings"
	"sync"
)

// Policies says which principals may do what. A principal without a policy may do everything.
type Policies struct {
	mutex sync.Mutex
	rules map[string]policy
}

type policy struct {
	allowed []string
	limited bool
	denied  []string
}

// Deny forbids the actions ("ec2:CreateRoute", "ec2:*") to a principal or role, by ARN.
func (p *Policies) Deny(arn string, actions ...string) {
	p.change(arn, func(rule *policy) { rule.denied = append(slices.Clip(rule.denied), actions...) })
}

// AllowOnly forbids to a principal or role, by ARN, everything but the actions.
func (p *Policies) AllowOnly(arn string, actions ...string) {
	p.change(arn, func(rule *policy) { rule.allowed, rule.limited = slices.Clone(actions), true })
}

// Clear forgets what was said about the principal or role.
func (p *Policies) Clear(arn string) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	delete(p.rules, arn)
}

func (p *Policies) change(arn string, edit func(*policy)) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.rules == nil {
		p.rules = map[string]policy{}
	}
	rule := p.rules[arn]
	edit(&rule)
	p.rules[arn] = rule
}

// verdict says why the principal may not do the action, empty when it may.
func (p *Policies) verdict(principal Principal, action string) string {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	for _, arn := range []string{principal.ARN, principal.RoleARN} {
		rule, known := p.rules[arn]
		switch {
		case !known || arn == "":
		case matchesAny(rule.denied, action):
			return "with an explicit deny in an identity-based policy"
		case rule.limited && !matchesAny(rule.allowed, action):
			return "because no identity-based policy allows the " + action + " action"
		}
	}
	return ""
}

func matchesAny(patterns []string, action string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		matched, err := path.Match(strings.ToLower(pattern), strings.ToLower(action))
		return err == nil && matched
	})
}
