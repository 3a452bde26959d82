package peeredcluster

import (
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cluster"
	"github.com/crossvpc/crossvpc/internal/cluster/access"
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

func (m missedBy) saidBy(object *v1alpha1.PeeredCluster) bool {
	found := meta.FindStatusCondition(object.Status.Conditions, m.condition)
	return found != nil && !slices.ContainsFunc(m.says, func(part string) bool { return !strings.Contains(found.Message, part) })
}
