package rollout

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/proof"
	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

// strategies are those that the API allows.
func strategies(t *testing.T) []v1alpha1.RolloutStrategy {
	t.Helper()
	text, err := os.ReadFile("../../config/crd/bases/networking.crossvpc.io_peeredclusters.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var crd apiextensionsv1.CustomResourceDefinition
	if err := yaml.Unmarshal(text, &crd); err != nil {
		t.Fatal(err)
	}
	spec := crd.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties["spec"]
	var found []v1alpha1.RolloutStrategy
	for _, value := range spec.Properties["rollout"].Properties["strategy"].Enum {
		found = append(found, v1alpha1.RolloutStrategy(strings.Trim(string(value.Raw), `"`)))
	}
	return found
}

func TestEveryStrategyOfTheAPIHasAWayAndEveryWayAStrategy(t *testing.T) {
	// Auto is one of the others by then, and OnDelete begins on no node.
	none := []v1alpha1.RolloutStrategy{v1alpha1.RolloutAuto, v1alpha1.RolloutOnDelete}
	all := strategies(t)
	if len(all) < 5 {
		t.Fatalf("the API has the strategies %v", all)
	}
	for _, strategy := range all {
		has := slices.ContainsFunc(ways, func(r renewal) bool { return r.strategy == strategy })
		if has == slices.Contains(none, strategy) {
			t.Errorf("strategy %s has a way: %t", strategy, has)
		}
	}
	named := map[Way]bool{}
	for _, r := range ways {
		if !slices.Contains(all, r.strategy) || r.way == WayNone || r.lasts == 0 || named[r.way] {
			t.Errorf("line of the table: %+v", r)
		}
		named[r.way] = true
	}
}

func TestANodeIsRenewedAsItsStrategyAndItsOriginSay(t *testing.T) {
	const id = "i-0123456789abcdef0"
	instance := &Instance{ID: id, Group: "g"}
	ec2 := Origin{ProviderID: "aws:///eu-west-1a/" + id, InstanceID: id}
	inGroup, pooled, unpooled := ec2, ec2, ec2
	inGroup.Instance, pooled.Instance = instance, instance
	pooled.Karpenter = &podrules.Ownership{NodePool: "default", Mark: "r1"}
	unpooled.Karpenter = &podrules.Ownership{Unmanaged: "its NodePool is gone"}
	for name, c := range map[string]struct {
		strategy v1alpha1.RolloutStrategy
		from     Origin
		want     Node
	}{
		"replaced by its group":  {v1alpha1.RolloutReplaceNodes, inGroup, Node{Way: WayAutoScaling, Instance: *instance}},
		"replaced by Karpenter":  {v1alpha1.RolloutReplaceNodes, pooled, Node{Way: WayNodePool, NodePool: "default", Mark: "r1"}},
		"Karpenter's of no pool": {v1alpha1.RolloutReplaceNodes, unpooled, Node{Unmanaged: "its NodePool is gone"}},
		"in no group":            {v1alpha1.RolloutReplaceNodes, ec2, Node{Instance: Instance{ID: id}, Unmanaged: "Instance " + id + " is in no Auto Scaling group. Use strategy RecyclePods, or replace the node yourself."}},
		"somebody else's, though Karpenter's objects claim it": {
			v1alpha1.RolloutReplaceNodes, Origin{InstanceID: id, Karpenter: pooled.Karpenter, Unproven: proof.Refusal{Message: "foreign", Foreign: true}},
			Node{Unmanaged: "foreign", Unproven: "foreign"},
		},
		"Karpenter's, of a cluster without a name": {
			v1alpha1.RolloutReplaceNodes, Origin{InstanceID: id, Karpenter: pooled.Karpenter, Unproven: proof.Refusal{Message: "no name"}},
			Node{Way: WayNodePool, NodePool: "default", Mark: "r1", Unproven: "no name"},
		},
		"somebody else's, by its group": {
			v1alpha1.RolloutReplaceNodes, Origin{InstanceID: id, Instance: instance, Unproven: proof.Refusal{Message: "foreign", Foreign: true}},
			Node{Instance: Instance{ID: id}, Unmanaged: "foreign", Unproven: "foreign"},
		},
		"of a cluster without a name": {
			v1alpha1.RolloutReplaceNodes, Origin{InstanceID: id, Instance: instance, Unproven: proof.Refusal{Message: "no name"}},
			Node{Instance: *instance, Unmanaged: "no name", Unproven: "no name"},
		},
		"somebody else's, renewed in place": {
			v1alpha1.RolloutRecyclePods, Origin{InstanceID: id, Instance: instance, Unproven: proof.Refusal{Message: "foreign", Foreign: true}},
			Node{Way: WayRecycle, Instance: Instance{ID: id}, Unproven: "foreign"},
		},
		"no EC2 instance":            {v1alpha1.RolloutReplaceNodes, Origin{ProviderID: "kind://n"}, Node{Unmanaged: `The node's providerID "kind://n" names no EC2 instance.`}},
		"recycled":                   {v1alpha1.RolloutRecyclePods, inGroup, Node{Way: WayRecycle, Instance: *instance}},
		"Karpenter's, and recycled":  {v1alpha1.RolloutRecyclePods, unpooled, Node{Way: WayRecycle}},
		"restarted":                  {v1alpha1.RolloutRestartAgents, inGroup, Node{Way: WayRestart, Instance: *instance}},
		"in progress under OnDelete": {v1alpha1.RolloutOnDelete, inGroup, Node{Way: WayRecycle, Instance: *instance}},
	} {
		t.Run(name, func(t *testing.T) {
			var got Node
			Assign(c.strategy, c.from, &got)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("node (-want +got):\n%s", diff)
			}
		})
	}
}

// reboot is a way that the product has not got: it empties a node and has it rebooted.
type reboot struct{ recyclePods }

const (
	wayReboot  Way      = "Reboot"
	stepReboot StepKind = "Reboot"
)

func (reboot) applies(p *planner, _ *Node) bool { return p.released() }

func (w reboot) advance(p *planner, n *Node) {
	if n.Record.Processed() {
		p.finish(n, w)
		return
	}
	p.drain(n, p.process)
}

func (reboot) renew(p *planner, n *Node) {
	if n.Record.RestartUID == "" {
		p.markRestart(n)
	}
	p.act(stepReboot, n, "")
}

func TestANewWayIsAFileAndALineInTheTable(t *testing.T) {
	more := slices.Insert(slices.Clone(ways), 0, renewal{way: wayReboot, strategy: "RebootNodes", lasts: time.Minute, renewer: reboot{}})
	var assigned Node
	if more.assign("RebootNodes", Origin{}, &assigned); assigned.Way != wayReboot {
		t.Fatalf("the strategy gives %+v", assigned)
	}
	w := newWorld()
	for _, name := range []string{"n1", "n2", "n3"} {
		w.add(name, "a", wayReboot, 2)
	}
	var rebooted []string
	var last Decision
	for end := w.now.Add(time.Hour); w.now.Before(end) && last.State != StateUpToDate; w.tick(5 * time.Second) {
		last = plan(w.observe(), more)
		for _, s := range last.Steps {
			if s.Kind == stepReboot {
				m := w.node(s.Node)
				if m.movable() > 0 || m.cordonedBy != "us" {
					t.Errorf("%s with %d pods, cordoned by %q", s, m.movable(), m.cordonedBy)
				}
				rebooted = append(rebooted, s.Node)
				s = Step{Kind: StepRestartAgent, Node: s.Node, AgentUID: m.agent.uid}
			}
			w.apply(s)
		}
	}
	if slices.Sort(rebooted); last.State != StateUpToDate || len(slices.Compact(rebooted)) != 2 {
		t.Errorf("%s: %s; rebooted %v, want all but the canary", last.State, last.Message, rebooted)
	}
}
