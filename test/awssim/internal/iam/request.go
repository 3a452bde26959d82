package iam

import "strings"

// Access is one thing that a call asks IAM for. Most calls ask for one; one that makes a connection asks for the VPC,
// for the connection, and for the tags that the connection is made with.
type Access struct {
	// Action is such as ec2:CreateRoute.
	Action string
	// Resource is an ARN, or "*" for actions without resource types.
	Resource string
	// Context are the condition keys that the service fills in.
	Context Context
}

// Caller is who asks, as a trust policy names principals.
type Caller struct {
	Account string
	// ARN is the caller's own, RoleARN that of the role behind a session.
	ARN, RoleARN string
	// Service and Federated stand for callers that are neither users nor roles.
	Service, Federated string
}

// Context are the values of condition keys. Names of keys, and of tags in them, differ not by case
// (reference_policies_condition-keys.html).
type Context map[string][]string

// Set gives a key its values.
func (c Context) Set(key string, values ...string) { c[strings.ToLower(key)] = values }

// Tags gives the keys of tags: Tags("aws:ResourceTag", ..) sets aws:ResourceTag/<key> for each.
func (c Context) Tags(prefix string, tags map[string]string) {
	for key, value := range tags {
		c.Set(prefix+"/"+key, value)
	}
}

// With is the context together with others; the last has its way.
func (c Context) With(others ...Context) Context {
	all := Context{}
	for _, each := range append([]Context{c}, others...) {
		for key, values := range each {
			all.Set(key, values...)
		}
	}
	return all
}
