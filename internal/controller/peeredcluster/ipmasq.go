package peeredcluster

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/controller/conditions"
)

func (p *pass) applyIPMasq(ctx context.Context) (conditions.Verdict, error) {
	list := p.observed.Facts.IPMasq
	if list.Mark != nil && slices.Equal(list.CIDRs, p.decision.List) {
		return conditions.Verdict{Progress: conditions.Done, Reason: v1alpha1.ReasonConfigured, Message: p.decision.Message}, nil
	}
	if held, err := p.listHeld(ctx); err != nil || held != nil {
		return *cmp.Or(held, &conditions.Verdict{}), err
	}
	if err := p.writeIPMasq(ctx); err != nil {
		return conditions.Verdict{}, err
	}
	p.comeAgain(afterSteps)
	return conditions.Verdict{Progress: conditions.Act, Reason: v1alpha1.ReasonProgressing, Message: p.decision.Message}, nil
}

// writeIPMasq adds what is missing to the list that is there. It is one text, which
// can't be applied in parts, so it is written under an optimistic lock; which blocks
// are ours stands in an annotation, written at once with them.
func (p *pass) writeIPMasq(ctx context.Context) error {
	found, err := p.ipMasqConfigMap(ctx)
	if err != nil {
		return err
	}
	mark := cilium.IPMasqMark{Installation: p.InstallationID, UID: string(p.object.UID), Since: p.start.Truncate(time.Second), Created: found.Data[cilium.IPMasqKey] == ""}
	if was := p.observed.Facts.IPMasq.Mark; was != nil {
		mark.Created = was.Created
	}
	others := p.observed.Facts.IPMasq.Others()
	for _, block := range p.decision.List {
		if !slices.Contains(others, block) {
			mark.CIDRs = append(mark.CIDRs, block)
		}
	}
	text, err := cilium.WithNonMasquerade(found.Data[cilium.IPMasqKey], p.decision.List)
	if err != nil {
		return err
	}
	return p.saveIPMasq(ctx, found, text, &mark)
}

// withdrawIPMasq takes our blocks out of the list, and leaves those of others. A
// text that was not there before us goes.
func (p *pass) withdrawIPMasq(ctx context.Context) error {
	list := p.observed.Facts.IPMasq
	found, err := p.ipMasqConfigMap(ctx)
	if err != nil {
		return client.IgnoreNotFound(err)
	}
	text := ""
	if !list.Mark.Created {
		if text, err = cilium.WithNonMasquerade(found.Data[cilium.IPMasqKey], list.Others()); err != nil {
			return err
		}
	}
	return p.saveIPMasq(ctx, found, text, nil)
}

func (p *pass) ipMasqConfigMap(ctx context.Context) (*corev1.ConfigMap, error) {
	found := &corev1.ConfigMap{}
	key := client.ObjectKey{Namespace: p.object.Spec.Cilium.Namespace, Name: cilium.IPMasqConfigMapName}
	if err := p.connection.Client.Get(ctx, key, found); err != nil {
		return nil, fmt.Errorf("reading ConfigMap %s: %w", key, err)
	}
	return found, nil
}

func (p *pass) saveIPMasq(ctx context.Context, object *corev1.ConfigMap, text string, mark *cilium.IPMasqMark) error {
	before := object.DeepCopy()
	if object.Data == nil {
		object.Data = map[string]string{}
	}
	if object.Annotations == nil {
		object.Annotations = map[string]string{}
	}
	object.Data[cilium.IPMasqKey] = text
	if text == "" {
		delete(object.Data, cilium.IPMasqKey)
	}
	delete(object.Annotations, cilium.AnnotationNonMasquerade)
	if mark != nil {
		encoded, err := json.Marshal(mark)
		if err != nil {
			return fmt.Errorf("encoding what is ours in ConfigMap %s: %w", object.Name, err)
		}
		object.Annotations[cilium.AnnotationNonMasquerade] = string(encoded)
	}
	locked := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
	if err := p.connection.Client.Patch(ctx, object, locked, client.FieldOwner(p.owner().FieldManager())); err != nil {
		return fmt.Errorf("writing ConfigMap %s/%s: %w", object.Namespace, object.Name, err)
	}
	return nil
}

// judgeIPMasqNodes finds pods from before the list was extended: they have no rule
// for the new blocks. Nodes are not renewed for them, since the damage is done on
// all nodes at once; who has the pods made anew, node by node or by workload, is
// the choice of whoever asked for this strategy.
func (p *pass) judgeIPMasqNodes() {
	mark := p.observed.Facts.IPMasq.Mark
	if mark == nil {
		p.conditions.Set(v1alpha1.ConditionNodesUpToDate, conditions.Wait, v1alpha1.ReasonProgressing, "The list is not written yet.")
		return
	}
	old := p.nodesWithOlderPods(mark.Since.Add(afterReload))
	counts := &v1alpha1.NodeCounts{Total: int32(len(p.observed.Install.Nodes)), Stale: int32(len(old))} //nolint:gosec // nodes of a cluster
	counts.Current = counts.Total - counts.Stale
	p.object.Status.Nodes = counts
	if len(old) == 0 {
		p.conditions.Set(v1alpha1.ConditionNodesUpToDate, conditions.Done, v1alpha1.ReasonUpToDate, "Every pod is younger than the ip-masq-agent's list, or its agent renewed its rules.")
		return
	}
	shown := strings.Join(old[:min(len(old), mostUsers)], ", ")
	p.conditions.Set(v1alpha1.ConditionNodesUpToDate, conditions.Held, v1alpha1.ReasonNodesStale, fmt.Sprintf(
		"On %d nodes pods are older than the ip-masq-agent's list and have no rule for its new blocks (%s); make them anew, by draining the nodes or restarting the workloads.", len(old), shown))
}

// nodesWithOlderPods names the nodes with pods that neither started nor had their
// rules renewed after that time.
func (p *pass) nodesWithOlderPods(then time.Time) []string {
	var old []string
	byNode := p.observed.PodsByNode()
	for _, node := range p.observed.Install.Nodes {
		agent := cilium.AgentOn(node.Name, p.observed.Install.AgentPods)
		if agent != nil && cilium.TraitsOf(agent.Version).RestoreFix && agent.Started.After(then) {
			continue
		}
		if slices.ContainsFunc(byNode[node.Name], func(pod *corev1.Pod) bool { return cilium.PodFromPod(pod).OlderThan(then) }) {
			old = append(old, node.Name)
		}
	}
	return old
}
