package iam

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
)

// Document is a policy.
type Document struct {
	statements []statement
}

// raw is a policy as it is written. What has no field here is refused.
type raw struct {
	Version   string
	ID        string `json:"Id"`
	Statement oneOrMore[rawStatement]
}

type rawStatement struct {
	Sid          string
	Effect       string
	Principal    principals
	Action       words
	NotAction    words
	Resource     words
	NotResource  words
	Condition    map[string]map[string]values
	NotPrincipal json.RawMessage
}

// versions are those of the policy language. Only the newer one has variables.
var versions = map[string]bool{"2012-10-17": true}

var sids = regexp.MustCompile(`^[A-Za-z0-9]*$`)

// Identity reads a policy that is attached to a user or role, or to an account as a service control policy.
func Identity(text []byte) (Document, error) {
	return read(text, func(s rawStatement) error {
		switch {
		case s.Principal != nil || s.NotPrincipal != nil:
			return fmt.Errorf("a policy of an identity has no Principal")
		case (s.Resource == nil) == (s.NotResource == nil):
			return fmt.Errorf("want one of Resource and NotResource")
		}
		return nil
	})
}

// Trust reads the trust policy of a role.
func Trust(text []byte) (Document, error) {
	return read(text, func(s rawStatement) error {
		switch {
		case s.NotPrincipal != nil:
			return fmt.Errorf("NotPrincipal is not known here")
		case s.Principal == nil:
			return fmt.Errorf("a trust policy has a Principal")
		case s.Resource != nil || s.NotResource != nil:
			return fmt.Errorf("a trust policy has no Resource")
		}
		return nil
	})
}

// Simple is a policy of one statement, about actions on all resources.
func Simple(allow bool, actions ...string) Document {
	s := statement{deny: !allow, actions: selection{patterns: actions}, resources: selection{patterns: []string{everything}}}
	return Document{statements: []statement{s}}
}

func read(text []byte, check func(rawStatement) error) (Document, error) {
	var written raw
	err := checkUnique(json.NewDecoder(bytes.NewReader(text)))
	if err == nil {
		err = strictly(text, &written)
	}
	if err != nil {
		return Document{}, fmt.Errorf("reading a policy: %w", err)
	}
	switch {
	case !versions[written.Version]:
		return Document{}, fmt.Errorf("version %q of the policy language is not known here", written.Version)
	case len(written.Statement) == 0:
		return Document{}, fmt.Errorf("a policy without a statement")
	}
	var document Document
	names := map[string]bool{}
	for i, each := range written.Statement {
		if each.Sid != "" && names[each.Sid] {
			return Document{}, fmt.Errorf("two statements have the Sid %s", each.Sid)
		}
		names[each.Sid] = true
		read, err := each.read(check)
		if err != nil {
			return Document{}, fmt.Errorf("statement %d %s: %w", i, each.Sid, err)
		}
		document.statements = append(document.statements, read)
	}
	return document, nil
}

func (r rawStatement) read(check func(rawStatement) error) (statement, error) {
	switch {
	case !sids.MatchString(r.Sid):
		return statement{}, fmt.Errorf("a Sid has letters and digits only")
	case r.Effect != "Allow" && r.Effect != "Deny":
		return statement{}, fmt.Errorf("the effect %q is neither Allow nor Deny", r.Effect)
	case (r.Action == nil) == (r.NotAction == nil):
		return statement{}, fmt.Errorf("want one of Action and NotAction")
	}
	if err := check(r); err != nil {
		return statement{}, err
	}
	read := statement{
		sid: r.Sid, deny: r.Effect == "Deny", principals: r.Principal,
		actions:   selection{patterns: append(r.Action, r.NotAction...), except: r.NotAction != nil},
		resources: selection{patterns: append(r.Resource, r.NotResource...), except: r.NotResource != nil},
	}
	if err := read.check(); err != nil {
		return read, err
	}
	for operator, keys := range r.Condition {
		for key, wanted := range keys {
			condition, err := newCondition(operator, key, wanted)
			if err != nil {
				return read, err
			}
			read.conditions = append(read.conditions, condition)
		}
	}
	return read, nil
}
