// Package iam is IAM's part in a call: policies, as JSON documents say them, and whether they allow a request. It is
// pure. An element, an operator or a condition key that it does not know is refused when a document is read: a policy
// of which a part is passed over proves nothing.
//
// The rules are those of docs.aws.amazon.com/IAM/latest/UserGuide: reference_policies_grammar.html,
// reference_policies_elements_condition_operators.html, reference_policies_evaluation-logic.html and
// reference_policies_condition-single-vs-multi-valued-context-keys.html.
package iam
