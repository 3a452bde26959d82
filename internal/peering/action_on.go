package peering

import "strings"

// OnGroups reports whether an action changes security groups or their rules: in a shared VPC
// another identity does that than changes connections and routes.
func OnGroups(action Action) bool {
	switch a := action.(type) {
	case AuthorizeRules, RevokeRules, AdoptRules, HandOverRules, TagRules:
		return true
	case Disown:
		return areRules(a.IDs)
	case Untag:
		return areRules(a.IDs)
	default:
		return false
	}
}

// areRules goes by the first id: in a shared VPC no action has ids of both kinds.
func areRules(ids []string) bool { return len(ids) > 0 && strings.HasPrefix(ids[0], "sgr-") }
