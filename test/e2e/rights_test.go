package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/crossvpc/crossvpc/test/e2e/rig"
)

// grants that the story of two healthy clusters may have no use for, and why they are there.
var unusedGrants = map[string]string{
	"list namespaces.":                            streams,
	"list configmaps.":                            streams,
	"list nodes.":                                 streams,
	"list poddisruptionbudgets.policy":            streams,
	"list ciliumnodes.cilium.io":                  streams,
	"list ciliumnodeconfigs.cilium.io":            streams,
	"list secrets.":                               streams,
	"list awsidentities.networking.crossvpc.io":   streams,
	"list vpcpeerings.networking.crossvpc.io":     streams,
	"get namespaces.":                             cached,
	"get secrets.":                                cached,
	"get vpcpeerings.networking.crossvpc.io":      cached,
	"get awsidentities.networking.crossvpc.io":    cached,
	"get peeredclusters.networking.crossvpc.io":   cached,
	"patch events.events.k8s.io":                  "only when the same event is told again",
	"patch configmaps.":                           "only with writeTo ConfigMap or strategy IPMasqAgent",
	"patch daemonsets.apps":                       "only where aws-node routes pods",
	"get ciliumcidrgroups.cilium.io":              groups,
	"create ciliumcidrgroups.cilium.io":           groups,
	"update ciliumcidrgroups.cilium.io":           groups,
	"delete ciliumcidrgroups.cilium.io":           groups,
	"list nodepools.karpenter.sh":                 streams,
	"watch nodepools.karpenter.sh":                karpenters,
	"patch nodepools.karpenter.sh":                karpenters,
	"list nodeclaims.karpenter.sh":                streams,
	"watch nodeclaims.karpenter.sh":               karpenters,
	"list ciliumegressgatewaypolicies.cilium.io":  gateways,
	"watch ciliumegressgatewaypolicies.cilium.io": gateways,
	"list persistentvolumes.":                     streams,
	"watch persistentvolumes.":                    replacing,
	"list volumeattachments.storage.k8s.io":       streams,
	"watch volumeattachments.storage.k8s.io":      replacing,
	"get services.":                               "only where the API server serves no ServiceCIDRs, before 1.33",
	"create pods.":                                verifying,
	"get pods.":                                   "only in a pod, to know the own image",
	"list networkpolicies.networking.k8s.io":      verifying,
}

const (
	streams = "only where the API server does not stream lists (WatchList), as old ones do not"
	groups  = "only with cidrGroups Enabled"
	// TestProbePodsProveThatPodsTalkAndAreGone has them used.
	verifying = "only with verification.enabled"
	// TestKarpenterReplacesTheNodesOfItsNodePools expects that these are used.
	gateways   = "only where Cilium has egress gateways"
	replacing  = "only with strategy ReplaceNodes"
	karpenters = "only where Karpenter has nodes"

	cached = "all reads are of the cache; says no more than list and watch do"
)

// actions that the story of two healthy clusters has no use for (config/iam/README.md).
var unusedActions = map[string]string{
	"ec2:DescribeVpcAttribute":              "only with dnsResolution: Enabled",
	"ec2:ModifyVpcPeeringConnectionOptions": "only with dnsResolution: Enabled",
	"ec2:GetManagedPrefixListEntries":       "only where a route names a prefix list",
	"sts:TagSession":                        "goes with AssumeRole where the operator's session has tags, as that of EKS Pod Identity",
	"ec2:DeleteTags":                        "only where spec.tags loses a key",
	"ec2:ReplaceRoute":                      "only where a connection was deleted behind the operator's back",
	"eks:DescribeAccessEntry":               "only where a cluster refuses a token",
}

// grant is one verb on one resource.
type grant struct{ group, resource, verb string }

func (g grant) String() string { return g.verb + " " + g.resource + "." + g.group }

func grantsOf(t *testing.T, files ...string) map[grant]bool {
	t.Helper()
	root, err := rig.Root(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	granted := map[grant]bool{}
	for _, file := range files {
		content, err := os.ReadFile(filepath.Join(root, "config", file))
		if err != nil {
			t.Fatal(err)
		}
		for document := range strings.SplitSeq(string(content), "\n---") {
			var role rbacv1.ClusterRole
			if err := yaml.Unmarshal([]byte(document), &role); err != nil {
				t.Fatal(err)
			}
			for _, rule := range role.Rules {
				addGrants(granted, rule)
			}
		}
	}
	return granted
}

func addGrants(granted map[grant]bool, rule rbacv1.PolicyRule) {
	for _, group := range rule.APIGroups {
		for _, resource := range rule.Resources {
			for _, verb := range rule.Verbs {
				granted[grant{group, resource, verb}] = true
			}
		}
	}
}

// expectLeastPrivilege: nothing was denied, and everything that is granted was used.
func expectLeastPrivilege(t *testing.T, r *rig.Rig) {
	t.Helper()
	granted := grantsOf(t, "rbac/role.yaml", "rbac/leader_election_role.yaml", "cluster/role.yaml", "cluster/probe.yaml")
	used := map[grant]bool{}
	for _, side := range r.Sides() {
		for _, e := range ownEvents(t, side) {
			if e.ObjectRef == nil {
				continue
			}
			g := grant{e.ObjectRef.APIGroup, resource(e), e.Verb}
			if e.ResponseStatus != nil && e.ResponseStatus.Code == 403 {
				t.Errorf("%s: denied: %s %s: %s", side.Name, g, e.RequestURI, e.ResponseStatus.Message)
			}
			if !granted[g] && !strings.HasPrefix(e.ObjectRef.APIGroup, "authorization.k8s.io") && !used[g] {
				t.Errorf("%s: %s was used but is not granted by config/: by what is it allowed?", side.Name, g)
			}
			used[g] = true
		}
	}
	for g := range granted {
		if _, known := unusedGrants[g.String()]; !known && !used[g] {
			t.Errorf("config/ grants %s, which nothing uses", g)
		}
	}
}

// expectLeastActions: no call was denied, and every action that config/iam allows was called.
func expectLeastActions(t *testing.T, r *rig.Rig) {
	t.Helper()
	allowed, err := r.PolicyActions(t.Context(), "operator.json", "requester.json", "accepter.json")
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, call := range ownCalls(r) {
		used[call.Service+":"+call.Action] = true
		if slices.Contains([]string{"UnauthorizedOperation", "AccessDenied", "AccessDeniedException"}, call.Code) {
			t.Errorf("denied: %s:%s: %s", call.Service, call.Action, call.Message)
		}
	}
	for _, action := range allowed {
		// Tags go with the calls that create (ec2:CreateAction).
		if action == "ec2:CreateTags" {
			continue
		}
		if reason, known := unusedActions[action]; known && used[action] {
			t.Errorf("%s is called after all (%s)", action, reason)
		} else if !known && !used[action] {
			t.Errorf("config/iam allows %s, which nothing calls", action)
		}
	}
}
