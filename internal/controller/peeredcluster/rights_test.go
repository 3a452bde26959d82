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
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/cluster"
	"github.com/crossvpc/crossvpc/internal/cluster/access"
	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

// missedBy says who misses a right.
type missedBy struct {
	// world is a cluster that has a use for it; nil: the one of the incident with change.
	world func(*testing.T) *world
	// change is what of the incident has a use for it; nil: nothing has.
	change func(*world)
	// condition says that it is missed, with these words; empty: nothing is.
	condition string
	says      []string
}

// optionalRights are the rules of config/cluster/role.yaml without which a cluster is peered all the same.
var optionalRights = map[string]missedBy{
	"list servicecidrs.networking.k8s.io": {condition: v1alpha1.ConditionReachable, says: []string{"crossvpc may not list ServiceCIDRs", tellsRole}},
	"get services. kubernetes":            {}, // the API server serves ServiceCIDRs
	"get,list,create,update,delete ciliumcidrgroups.cilium.io": {
		change:    func(w *world) { w.edit(withGroups) },
		condition: v1alpha1.ConditionCiliumConfigured, says: []string{"The CiliumCIDRGroups cannot be kept", "ciliumcidrgroups.cilium.io is forbidden", tellsRole},
	},
	"list,watch,patch nodepools.karpenter.sh": {change: (*world).withKarpenter, condition: v1alpha1.ConditionNodesUpToDate, says: []string{"crossvpc may not read its NodePools", tellsRole}},
	"list,watch nodeclaims.karpenter.sh":      {change: (*world).withKarpenter, condition: v1alpha1.ConditionNodesUpToDate, says: []string{"NodeClaims", tellsRole}},
	"list,watch ciliumegressgatewaypolicies.cilium.io": {
		change:    func(w *world) { w.serve(cilium.KindOf("CiliumEgressGatewayPolicy", "v2")) },
		condition: v1alpha1.ConditionCiliumConfigured, says: []string{"crossvpc may not read CiliumEgressGatewayPolicies", tellsRole},
	},
	"list,watch persistentvolumes.":               {change: (*world).replacing, condition: v1alpha1.ConditionNodesUpToDate, says: []string{"crossvpc may not read PersistentVolumes", tellsRole}},
	"list,watch volumeattachments.storage.k8s.io": {change: (*world).replacing, condition: v1alpha1.ConditionNodesUpToDate, says: []string{"VolumeAttachments", tellsRole}},
	"patch configmaps. cilium-config,ip-masq-agent": {
		world: masqWorld, condition: v1alpha1.ConditionCiliumConfigured, says: []string{"configmaps \"ip-masq-agent\" is forbidden", tellsRole},
	},
	"patch daemonsets.apps aws-node": {
		world: awsNodeWorld, condition: v1alpha1.ConditionCiliumConfigured, says: []string{"daemonsets.apps \"aws-node\" is forbidden", tellsRole},
	},
}

const tellsRole = "config/cluster/role.yaml again"

// neededRights are the others.
var neededRights = []string{
	"get namespaces. kube-system", "list,watch,patch nodes.", "list,watch pods.", "create pods/eviction.", "list,watch poddisruptionbudgets.policy",
	"list,watch ciliumnodes.cilium.io", "get configmaps.", "get daemonsets.apps", "delete pods.", "list,watch,create,update,delete ciliumnodeconfigs.cilium.io",
}

func TestEachOptionalRightIsMissedAloneAndNamed(t *testing.T) {
	roles, rules := shippedRoles(t), map[string]bool{}
	for _, role := range roles {
		for _, rule := range role.Rules {
			rules[nameOf(rule)] = true
		}
	}
	for _, needed := range neededRights {
		if _, optional := optionalRights[needed]; optional || !rules[needed] {
			t.Errorf("%q is optional, or granted by nobody", needed)
		}
		delete(rules, needed)
	}
	for name := range optionalRights {
		if !rules[name] {
			t.Errorf("nobody grants %q", name)
		}
	}
	for name := range rules {
		missed, known := optionalRights[name]
		if !known {
			t.Errorf("is %q needed, or what is missed without it?", name)
			continue
		}
		t.Run(name, func(t *testing.T) { missed.expect(t, roles, name) })
	}
}

func (m missedBy) expect(t *testing.T, roles []rbacv1.ClusterRole, right string) {
	made := m.world
	if made == nil {
		made = func(t *testing.T) *world {
			t.Helper()
			w := newWorld(t)
			w.installs("1.18.0", 1)
			w.peeredCluster(nil)
			w.peering("eu-us", "10.12.0.0/16")
			return w
		}
	}
	w := made(t)
	if m.change != nil && m.world == nil {
		m.change(w)
	}
	w.reconciler.Connector = &aged{Connector: cluster.NewConnector(access.NewLocal(w.without(roles, right)))}
	object := w.until("known what is missed", func(object *v1alpha1.PeeredCluster) bool {
		return meta.IsStatusConditionTrue(object.Status.Conditions, v1alpha1.ConditionReachable) &&
			(m.condition == "" && meta.IsStatusConditionTrue(object.Status.Conditions, v1alpha1.ConditionReady) || m.condition != "" && m.saidBy(object))
	})
	if m.condition == "" && strings.Contains(sentences(object), tellsRole) {
		t.Errorf("nothing is missed, and a right is asked for:%s", sentences(object))
	}
	if m.world != nil {
		return
	}
	if m.change != nil { // and without any use for it nothing is missed
		w.stopsUsing()
	}
	w.ready()
}

func (m missedBy) saidBy(object *v1alpha1.PeeredCluster) bool {
	found := meta.FindStatusCondition(object.Status.Conditions, m.condition)
	return found != nil && !slices.ContainsFunc(m.says, func(part string) bool { return !strings.Contains(found.Message, part) })
}

// stopsUsing takes back what has a use for a right.
func (w *world) stopsUsing() {
	w.t.Helper()
	w.edit(func(spec *v1alpha1.PeeredClusterSpec) {
		spec.Cilium.CIDRGroups = v1alpha1.CIDRGroupsDisabled
		spec.Rollout.Strategy = v1alpha1.RolloutRecyclePods
	})
}

func (w *world) replacing() {
	w.t.Helper()
	w.edit(func(spec *v1alpha1.PeeredClusterSpec) { spec.Rollout.Strategy = v1alpha1.RolloutReplaceNodes })
}

// withKarpenter has the cluster's node be one of Karpenter's.
func (w *world) withKarpenter() {
	w.t.Helper()
	w.replacing()
	w.serve(podrules.NodePoolKind)
	w.serve(podrules.NodePoolKind.GroupVersion().WithKind("NodeClaim"))
	node := &corev1.Node{}
	if err := w.kube.Get(w.t.Context(), client.ObjectKey{Name: "a"}, node); err != nil {
		w.t.Fatal(err)
	}
	node.Labels[podrules.NodePoolLabel] = "default"
	if err := w.kube.Update(w.t.Context(), node); err != nil {
		w.t.Fatal(err)
	}
}

// serve has the API server serve a kind of any shape until the end of the test.
func (w *world) serve(kind schema.GroupVersionKind) {
	w.t.Helper()
	singular := strings.ToLower(kind.Kind)
	plural := strings.TrimSuffix(singular, "y") + map[bool]string{true: "ies", false: "s"}[strings.HasSuffix(singular, "y")]
	definition := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{
		"group": kind.Group, "scope": "Cluster",
		"names": map[string]any{"kind": kind.Kind, "listKind": kind.Kind + "List", "plural": plural, "singular": singular},
		"versions": []any{map[string]any{
			"name": kind.Version, "served": true, "storage": true,
			"schema": map[string]any{"openAPIV3Schema": map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true}},
		}},
	}}}
	definition.SetGroupVersionKind(schema.GroupVersionKind{Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"})
	definition.SetName(plural + "." + kind.Group)
	w.createUntilTheEnd(definition)
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(kind.GroupVersion().WithKind(kind.Kind + "List"))
	eventually(w.t, kind.Kind+" served", func() error { return w.kube.List(w.t.Context(), list) })
}

// without is a user who has all that config/cluster/role.yaml grants but one rule.
func (w *world) without(roles []rbacv1.ClusterRole, right string) *rest.Config {
	w.t.Helper()
	name := "without-" + strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r
		}
		return '-'
	}, right) + "x"
	subjects := []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: name}}
	for _, role := range roles {
		rules := slices.DeleteFunc(slices.Clone(role.Rules), func(rule rbacv1.PolicyRule) bool { return nameOf(rule) == right })
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
