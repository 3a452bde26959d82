package iam

import (
	"fmt"
	"slices"
	"strings"
)

// everything is the pattern that every action and resource fits.
const everything = "*"

type statement struct {
	sid        string
	deny       bool
	principals principals
	actions    selection
	resources  selection
	conditions []condition
}

// selection are patterns, or all but what fits them.
type selection struct {
	patterns []string
	except   bool
}

// selects says whether the selection has what fits says of its patterns.
func (s selection) selects(fits func(pattern string) bool) bool {
	return slices.ContainsFunc(s.patterns, fits) != s.except
}

// check refuses patterns that IAM refuses, and variables that cannot be resolved here.
func (s statement) check() error {
	for _, action := range s.actions.patterns {
		service, name, qualified := strings.Cut(action, ":")
		if action != everything && (!qualified || service == "" || name == "" || strings.ContainsAny(service, "*?")) {
			return fmt.Errorf("the action %q has no vendor prefix", action)
		}
	}
	for _, resource := range s.resources.patterns {
		if resource != everything && len(strings.SplitN(resource, ":", arnParts)) != arnParts {
			return fmt.Errorf("the resource %q must be in ARN format or \"*\"", resource)
		}
		if err := checkVariables(resource); err != nil {
			return err
		}
	}
	return nil
}

// fits says whether the statement is about the access. Of a trust policy, whose statements name no resource, the
// resource is the role itself.
func (s statement) fits(by Caller, a Access) bool {
	if s.principals != nil && !s.principals.name(by) {
		return false
	}
	if !s.actions.selects(func(pattern string) bool { return glob(strings.ToLower(pattern), strings.ToLower(a.Action), nil) }) {
		return false
	}
	if s.principals == nil && !s.resources.selects(func(pattern string) bool { return resourceFits(pattern, a.Resource, a.Context) }) {
		return false
	}
	return !slices.ContainsFunc(s.conditions, func(c condition) bool { return !c.holds(a.Context) })
}

// simple says whether the statement is about actions alone.
func (s statement) simple() bool {
	return len(s.conditions) == 0 && !s.resources.except && slices.Contains(s.resources.patterns, everything)
}

// name says whether the principals name the caller. An account's root stands for all of the account
// (reference_policies_elements_principal.html).
func (p principals) name(by Caller) bool {
	fits := func(named string) bool {
		switch {
		case named == everything:
			return by.Account != "" || by.ARN != ""
		case by.Account != "" && (named == by.Account || isRoot(named, by.Account)):
			return true
		}
		return named == by.ARN && by.ARN != "" || named == by.RoleARN && by.RoleARN != ""
	}
	return slices.ContainsFunc(p["AWS"], fits) ||
		by.Service != "" && slices.Contains(p["Service"], by.Service) ||
		by.Federated != "" && slices.Contains(p["Federated"], by.Federated)
}

func isRoot(arn, account string) bool {
	parts := strings.SplitN(arn, ":", arnParts)
	return len(parts) == arnParts && parts[2] == "iam" && parts[4] == account && parts[5] == "root"
}
