package peeredcluster

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cidr"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/clusterview"
	"github.com/crossvpc/crossvpc/internal/controller/conditions"
)

// applyExcludeSNAT writes the variable, and says how far the DaemonSet's own
// rolling update got with it.
func (p *pass) applyExcludeSNAT(ctx context.Context) (conditions.Verdict, error) {
	node, list := p.observed.Facts.AWSNode, p.decision.List
	rolls := conditions.Verdict{Progress: conditions.Act, Reason: v1alpha1.ReasonProgressing, Message: "DaemonSet kube-system/aws-node rolls out the new value. " + p.decision.Message}
	switch {
	case slices.Equal(node.Ours, list) && node.Rolling:
		p.comeAgain(rollingRetry)
		return rolls, nil
	case slices.Equal(node.Ours, list):
		return conditions.Verdict{Progress: conditions.Done, Reason: v1alpha1.ReasonConfigured, Message: p.decision.Message}, nil
	}
	if held, err := p.listHeld(ctx); err != nil || held != nil {
		return *cmp.Or(held, &conditions.Verdict{}), err
	}
	if err := p.writeExcludeSNAT(ctx, list); err != nil {
		return conditions.Verdict{}, err
	}
	p.comeAgain(afterSteps)
	return rolls, nil
}

// writeExcludeSNAT has aws-node's variable be the list, or be without ours, by
// server-side apply of that one variable, which is not forced. Of a list in a
// DaemonSet one entry can be applied, for variables are told apart by name.
func (p *pass) writeExcludeSNAT(ctx context.Context, list []netip.Prefix) error {
	object := &unstructured.Unstructured{Object: map[string]any{}}
	object.SetAPIVersion("apps/v1")
	object.SetKind("DaemonSet")
	object.SetNamespace(clusterview.AWSNodeNamespace)
	object.SetName(cilium.AWSNodeName)
	if len(list) > 0 {
		variable := map[string]any{"name": cilium.ExcludeSNATVariable, "value": strings.Join(cidr.Strings(list), ",")}
		container := map[string]any{"name": cilium.AWSNodeName, "env": []any{variable}}
		object.Object["spec"] = map[string]any{"template": map[string]any{"spec": map[string]any{"containers": []any{container}}}}
	}
	if err := p.applyOurs(ctx, object); err != nil {
		return fmt.Errorf("applying %s to DaemonSet %s/%s: %w", cilium.ExcludeSNATVariable, clusterview.AWSNodeNamespace, cilium.AWSNodeName, err)
	}
	return nil
}
