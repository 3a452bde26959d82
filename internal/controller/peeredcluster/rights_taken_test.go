package peeredcluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

// right is a rule, by its name, or one verb of it.
type right struct{ rule, verb string }

func (r right) String() string {
	if r.verb == "" {
		return r.rule
	}
	_, on, _ := strings.Cut(r.rule, " ")
	return r.verb + " " + on
}

// verbsOf are the verbs of a rule, each by itself, where it has several.
func verbsOf(rule string) []right {
	all, _, _ := strings.Cut(rule, " ")
	verbs := strings.Split(all, ",")
	if len(verbs) == 1 {
		return nil
	}
	var rights []right
	for _, verb := range verbs {
		rights = append(rights, right{rule, verb})
	}
	return rights
}

// without is a user who has all that config/cluster/role.yaml grants but one rule, or one verb of it.
func (w *world) without(roles []rbacv1.ClusterRole, denied right) *rest.Config {
	w.t.Helper()
	name := "without-" + strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r
		}
		return '-'
	}, denied.String()) + "x"
	subjects := []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: name}}
	for _, role := range roles {
		rules := denied.takenFrom(role.Rules)
		named := metav1.ObjectMeta{Name: name, Namespace: role.Namespace}
		if role.Kind == "Role" {
			w.createUntilTheEnd(&rbacv1.Role{ObjectMeta: named, Rules: rules})
			w.createUntilTheEnd(&rbacv1.RoleBinding{ObjectMeta: named, Subjects: subjects, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: role.Kind, Name: name}})
			continue
		}
		w.createUntilTheEnd(&rbacv1.ClusterRole{ObjectMeta: named, Rules: rules})
		w.createUntilTheEnd(&rbacv1.ClusterRoleBinding{ObjectMeta: named, Subjects: subjects, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: role.Kind, Name: name}})
	}
	config := restConfig(w.t)
	config.Impersonate = rest.ImpersonationConfig{UserName: name}
	w.untilGranted(name)
	return config
}

// takenFrom are the rules without what is denied.
func (r right) takenFrom(rules []rbacv1.PolicyRule) []rbacv1.PolicyRule {
	var left []rbacv1.PolicyRule
	for _, rule := range rules {
		switch {
		case nameOf(rule) != r.rule:
			left = append(left, rule)
		case r.verb != "":
			rule.Verbs = slices.DeleteFunc(slices.Clone(rule.Verbs), func(verb string) bool { return verb == r.verb })
			left = append(left, rule)
		}
	}
	return left
}

// untilGranted waits until the API server knows of a user's rights, in the cluster and in Cilium's namespace.
func (w *world) untilGranted(user string) {
	w.t.Helper()
	for _, asked := range []authorizationv1.ResourceAttributes{{Verb: "list", Resource: "nodes"}, {Namespace: "kube-system", Verb: "delete", Resource: "pods"}} {
		eventually(w.t, "granted", func() error {
			review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{User: user, ResourceAttributes: &asked}}
			err := w.kube.Create(w.t.Context(), review)
			if err == nil && !review.Status.Allowed {
				return os.ErrPermission
			}
			return err
		})
	}
}

func (w *world) createUntilTheEnd(object client.Object) {
	w.t.Helper()
	w.create(object)
	w.t.Cleanup(func() { // a definition goes a moment later
		eventually(w.t, "gone", func() error {
			if err := w.kube.Delete(context.WithoutCancel(w.t.Context()), object); !apierrors.IsNotFound(err) {
				return errors.Join(fmt.Errorf("%s is still there", object.GetName()), err)
			}
			return nil
		})
	})
}

// shippedRoles are the roles of a member cluster; a Role is one with a namespace.
func shippedRoles(t *testing.T) []rbacv1.ClusterRole {
	t.Helper()
	content, err := os.ReadFile("../../../config/cluster/role.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var roles []rbacv1.ClusterRole
	for document := range strings.SplitSeq(string(content), "\n---\n") {
		var role rbacv1.ClusterRole
		if err := yaml.UnmarshalStrict([]byte(document), &role); err != nil {
			t.Fatal(err)
		}
		roles = append(roles, role)
	}
	return roles
}

// nameOf names a rule: its verbs, what they are allowed on, and of which names.
func nameOf(rule rbacv1.PolicyRule) string {
	name := strings.Join(rule.Verbs, ",") + " " + strings.Join(rule.Resources, ",") + "." + strings.Join(rule.APIGroups, ",")
	if len(rule.ResourceNames) > 0 {
		name += " " + strings.Join(rule.ResourceNames, ",")
	}
	return name
}
