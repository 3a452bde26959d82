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
	"github.com/crossvpc/crossvpc/test/awssim"
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
	// stays: what has a use for it does not end with the wish for it.
	stays bool
	// alone are the verbs of the rule that are missed in another way when no other one is.
	alone map[string]missedBy
}

// optionalRights are the rules of config/cluster/role.yaml without which a cluster is peered all the same.
var optionalRights = map[string]missedBy{
	"list servicecidrs.networking.k8s.io": {condition: v1alpha1.ConditionReachable, says: []string{"crossvpc may not list ServiceCIDRs", tellsRole}},
	"get services. kubernetes":            {}, // the API server serves ServiceCIDRs
	"get,list,create,update,delete ciliumcidrgroups.cilium.io": {
		change:    func(w *world) { w.edit(withGroups) },
		condition: v1alpha1.ConditionCiliumConfigured, says: []string{"The CiliumCIDRGroups cannot be kept", "ciliumcidrgroups.cilium.io", "is forbidden", tellsRole},
		alone: map[string]missedBy{
			"update": groupsKept((*world).growsPeer, false),
			"delete": groupsKept(func(w *world) { w.stopsUsing() }, true),
		},
	},
	"list,watch,patch nodepools.karpenter.sh": {
		change:    (*world).withKarpenter,
		condition: v1alpha1.ConditionNodesUpToDate, says: []string{"crossvpc may not read its NodePools", tellsRole},
		alone: map[string]missedBy{
			"list":  streamed((*world).withKarpenter, v1alpha1.ConditionNodesUpToDate, "no NodeClaim of karpenter.sh/v1 has its providerID"),
			"patch": {}, // by the step that marks a NodePool alone: TestARightThatAStepLacksIsSaidWithItsRemedy
		},
	},
	"list,watch nodeclaims.karpenter.sh": {
		change:    (*world).withKarpenter,
		condition: v1alpha1.ConditionNodesUpToDate, says: []string{"NodeClaims", tellsRole},
		alone: map[string]missedBy{
			"list": streamed((*world).withKarpenter, v1alpha1.ConditionNodesUpToDate, "no NodeClaim of karpenter.sh/v1 has its providerID"),
		},
	},
	"list,watch ciliumegressgatewaypolicies.cilium.io": {
		change:    (*world).withGateways,
		condition: v1alpha1.ConditionCiliumConfigured, says: []string{"crossvpc may not read CiliumEgressGatewayPolicies", tellsRole},
		alone: map[string]missedBy{"list": streamed((*world).withGateways, "", "")},
	},
	"list,watch persistentvolumes.": {
		change:    (*world).replacing,
		condition: v1alpha1.ConditionNodesUpToDate, says: []string{"crossvpc may not read PersistentVolumes", tellsRole},
		alone: map[string]missedBy{"list": streamed((*world).replacing, v1alpha1.ConditionNodesUpToDate, "is in no Auto Scaling group")},
	},
	"list,watch volumeattachments.storage.k8s.io": {
		change:    (*world).replacing,
		condition: v1alpha1.ConditionNodesUpToDate, says: []string{"VolumeAttachments", tellsRole},
		alone: map[string]missedBy{"list": streamed((*world).replacing, v1alpha1.ConditionNodesUpToDate, "is in no Auto Scaling group")},
	},
	"patch configmaps. cilium-config,ip-masq-agent": {
		world: masqWorld, condition: v1alpha1.ConditionCiliumConfigured, says: []string{"configmaps \"ip-masq-agent\" is forbidden", tellsRole},
	},
	"patch daemonsets.apps aws-node": {
		world: awsNodeWorld, condition: v1alpha1.ConditionCiliumConfigured, says: []string{"daemonsets.apps \"aws-node\" is forbidden", tellsRole},
	},
}

// streamed: an API server that streams lists is not asked for one, so nobody misses the right; what the world says
// besides it is about something else.
func streamed(change func(*world), condition, says string) missedBy {
	missed := missedBy{change: change, condition: condition}
	if says != "" {
		missed.says = []string{says}
	}
	return missed
}

// groupsKept: the group was written when nothing was denied.
func groupsKept(then func(*world), stays bool) missedBy {
	return missedBy{
		change: func(w *world) {
			w.edit(withGroups)
			w.ready()
			then(w)
		},
		condition: v1alpha1.ConditionCiliumConfigured, says: []string{"The CiliumCIDRGroups cannot be kept", "is forbidden", tellsRole},
		stays: stays,
	}
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
		t.Run(name, func(t *testing.T) { missed.expect(t, roles, right{rule: name}) })
		for _, alone := range verbsOf(name) {
			t.Run(alone.String(), func(t *testing.T) { missed.ofVerb(alone.verb).expect(t, roles, alone) })
		}
	}
}

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

func (m missedBy) ofVerb(verb string) missedBy {
	if alone, differs := m.alone[verb]; differs {
		return alone
	}
	return m
}

func (m missedBy) expect(t *testing.T, roles []rbacv1.ClusterRole, denied right) {
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
	w.reconciler.Connector = &aged{Connector: cluster.NewConnector(access.NewLocal(w.without(roles, denied)))}
	object := w.until("known what is missed", func(object *v1alpha1.PeeredCluster) bool {
		return meta.IsStatusConditionTrue(object.Status.Conditions, v1alpha1.ConditionReachable) &&
			(m.condition == "" && meta.IsStatusConditionTrue(object.Status.Conditions, v1alpha1.ConditionReady) || m.condition != "" && m.saidBy(object))
	})
	if !slices.Contains(m.says, tellsRole) && strings.Contains(sentences(object), tellsRole) {
		t.Errorf("nothing is missed, and a right is asked for:%s", sentences(object))
	}
	if m.world != nil || m.stays {
		return
	}
	if m.change != nil { // and without any use for it nothing is missed
		w.stopsUsing()
	}
	w.ready()
}

// optionalActions are those of config/iam without which the nodes of a cluster are renewed all the same, with the conditions
// that say so where Karpenter has a node.
var optionalActions = map[string][]string{
	"ec2:DescribeNetworkInterfaces": {v1alpha1.ConditionNetworkConfirmed, v1alpha1.ConditionNodesUpToDate},
	"ec2:DescribeTags":              {v1alpha1.ConditionNetworkConfirmed, v1alpha1.ConditionNodesUpToDate},
}

func TestEachOptionalActionIsMissedAloneAndNamed(t *testing.T) {
	for action, conditions := range optionalActions {
		t.Run(action, func(t *testing.T) {
			w := newWorld(t)
			w.installs("1.18.0", 1)
			w.peeredCluster(nil)
			w.peering("eu-us", "10.12.0.0/16")
			if _, err := w.cloud.Inject(awssim.Fault{
				Action: strings.TrimPrefix(action, "ec2:"), Count: -1, Effect: awssim.ErrorAnswer, Code: "UnauthorizedOperation", Status: 403,
				Message: "You are not authorized to perform this operation.",
			}); err != nil {
				t.Fatal(err)
			}
			w.withNodePool()
			for _, condition := range conditions {
				named := missedBy{condition: condition, says: []string{action}}
				w.until("named in "+condition, named.saidBy)
			}
			w.stopsUsing()
			w.ready()
		})
	}
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

// withNodePool has the node be one that Karpenter would replace; an empty one would get the value in place.
func (w *world) withNodePool() {
	w.t.Helper()
	w.withKarpenter()
	w.addPod("web", "a")
	node := &corev1.Node{}
	if err := w.kube.Get(w.t.Context(), client.ObjectKey{Name: "a"}, node); err != nil {
		w.t.Fatal(err)
	}
	pool := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{"template": map[string]any{"metadata": map[string]any{}, "spec": map[string]any{}}}}}
	pool.SetGroupVersionKind(podrules.NodePoolKind)
	pool.SetName("default")
	w.create(pool)
	claim := &unstructured.Unstructured{Object: map[string]any{"status": map[string]any{"providerID": node.Spec.ProviderID}}}
	claim.SetGroupVersionKind(podrules.NodePoolKind.GroupVersion().WithKind("NodeClaim"))
	claim.SetName("default-a")
	claim.SetLabels(map[string]string{podrules.NodePoolLabel: "default"})
	w.create(claim)
}

// withGateways has Cilium be one that knows egress gateways.
func (w *world) withGateways() {
	w.t.Helper()
	w.serve(cilium.KindOf("CiliumEgressGatewayPolicy", "v2"))
}

// growsPeer gives the peer one more block.
func (w *world) growsPeer() {
	w.t.Helper()
	var peerings v1alpha1.VPCPeeringList
	if err := w.kube.List(w.t.Context(), &peerings); err != nil || len(peerings.Items) != 1 {
		w.t.Fatal(len(peerings.Items), err)
	}
	peering := &peerings.Items[0]
	peering.Status.Accepter.CIDRBlocks = append(peering.Status.Accepter.CIDRBlocks, "10.13.0.0/16")
	if err := w.kube.Status().Update(w.t.Context(), peering); err != nil {
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
