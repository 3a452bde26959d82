package peeredcluster

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/rollout"
	"github.com/crossvpc/crossvpc/test/chaos"
)

// shape is everything in the cluster that we or somebody else set, without what differs from run to run.
func (c *chaosWorld) shape() []string {
	c.t.Helper()
	lines := []string{fmt.Sprintf("ConfigMap: %q", c.ciliumConfig())}
	for _, config := range c.nodeConfigs() {
		spec, err := json.Marshal(config.Spec)
		if err != nil {
			c.t.Fatal(err)
		}
		lines = append(lines, fmt.Sprintf("CiliumNodeConfig %s: %s", config.Metadata.Name, spec))
	}
	for name, blocks := range c.groups() {
		lines = append(lines, fmt.Sprintf("CiliumCIDRGroup %s: %v", name, blocks))
	}
	object := c.present()
	for _, node := range c.nodes() {
		lines = append(lines, nodeShape(&node, object == nil))
	}
	lines = append(lines, c.agentShapes()...)
	if object != nil {
		for _, condition := range object.Status.Conditions {
			lines = append(lines, fmt.Sprintf("%s = %s/%s", condition.Type, condition.Status, condition.Reason))
		}
	}
	slices.Sort(lines)
	return lines
}

// nodeShape is what is on a node besides what it came with. Which node was the canary, and whom it succeeded, is history:
// its record counts by what it says of the present, and by being there once the object is gone.
func nodeShape(node *corev1.Node, gone bool) string {
	var marks []string
	for key, value := range node.Annotations {
		record, err := rollout.ParseRecord(value)
		switch {
		case key == madeAt || key == rollout.Annotation && err == nil && !gone && !record.Held() && record.Failed+record.Reason == "":
		default:
			marks = append(marks, key+"="+value)
		}
	}
	for key, value := range node.Labels {
		if key != corev1.LabelHostname {
			marks = append(marks, key+"="+value)
		}
	}
	slices.Sort(marks)
	return fmt.Sprintf("node: cordoned %t, taints %v, %v", node.Spec.Unschedulable, node.Spec.Taints, marks)
}

// agentShapes are the values that agents run.
func (c *chaosWorld) agentShapes() []string {
	c.t.Helper()
	var pods corev1.PodList
	if err := c.kube.List(c.t.Context(), &pods, client.MatchingLabels{"k8s-app": "cilium"}); err != nil {
		c.t.Fatal(err)
	}
	var lines []string
	for i := range pods.Items {
		lines = append(lines, fmt.Sprintf("%s%q", agentRuns, pods.Items[i].Annotations[bootedWith]))
	}
	return lines
}

const agentRuns = "agent: runs "

// undisturbed are the shapes of a fresh install with the last spec: in the end, and after its deletion. By which way nodes were
// renewed leaves no trace, so the cheapest way shows it for all.
func (c *chaosWorld) undisturbed() [2][]string {
	c.t.Helper()
	peerings, spec, regime := c.made, c.spec, slices.IndexFunc(regimes, func(r regimeOf) bool { return r.strategy == v1alpha1.RolloutRestartAgents })
	if c.object().Spec.Rollout.Strategy == v1alpha1.RolloutOnDelete {
		regime = slices.IndexFunc(regimes, func(r regimeOf) bool { return r.strategy == v1alpha1.RolloutOnDelete })
	}
	key := fmt.Sprint(regime, spec, peerings)
	if c.ends[key] == nil {
		c.begin(regime, spec)
		if peerings > 0 {
			c.change(chaos.Event{What: joins})
		}
		c.settleAll()
		end := c.shape()
		c.removeAll()
		c.ends[key], c.ends[key+" left"] = end, c.shape()
	}
	return [2][]string{c.ends[key], c.ends[key+" left"]}
}

// wants compares what history must not matter for. It does in three places, on purpose: with cilium.strategy None crossvpc
// only observes, and what it wrote before stays until the object is deleted; with rollout.strategy OnDelete, after None and
// after a deletion nodes run what they ran before, because none is renewed for it (with OnDelete those that were not renewed
// before are held back, and which that is is in the selector); and what an agent read in the moment between somebody's edit
// and the reconciliation that reverts it is known to nobody.
func (c *chaosWorld) wants(last v1alpha1.PeeredClusterSpec, want, got []string, when string) {
	c.t.Helper()
	observes, waits := last.Cilium.Strategy == v1alpha1.CiliumNone, last.Rollout.Strategy == v1alpha1.RolloutOnDelete
	if waits {
		want, got = withoutSelectors(want), withoutSelectors(got)
	}
	counts := func(line string) bool {
		ours := strings.HasPrefix(line, "CiliumNodeConfig zz-crossvpc") || strings.HasPrefix(line, "ConfigMap") || strings.Contains(line, " = ")
		if strings.HasPrefix(line, agentRuns) {
			return !observes && !waits && when == inTheEnd
		}
		if waits && strings.HasPrefix(line, v1alpha1.ConditionNodesUpToDate) {
			return false
		}
		return !observes || when != inTheEnd || !ours
	}
	unseen := slices.Index(got, fmt.Sprintf("%s%q", agentRuns, bootedUnseen))
	for ; unseen >= 0; unseen = slices.Index(got, fmt.Sprintf("%s%q", agentRuns, bootedUnseen)) {
		got = slices.Delete(slices.Clone(got), unseen, unseen+1)
		first := slices.IndexFunc(want, func(line string) bool { return strings.HasPrefix(line, agentRuns) })
		want = slices.Delete(slices.Clone(want), first, first+1)
	}
	if diff := cmp.Diff(only(want, counts), only(got, counts)); diff != "" {
		c.t.Errorf("what is in the cluster %s (-want +got):\n%s", when, diff)
	}
}

// withoutSelectors leaves out which nodes a CiliumNodeConfig selects.
func withoutSelectors(lines []string) []string {
	selector, replaced := regexp.MustCompile(`"nodeSelector":.*"defaults"`), make([]string, 0, len(lines))
	for _, line := range lines {
		replaced = append(replaced, selector.ReplaceAllString(line, `"defaults"`))
	}
	return replaced
}

func only(lines []string, counts func(string) bool) []string {
	return slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return !counts(line) })
}
