package vpcpeering

import (
	"context"

	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cluster"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/verification"
)

// evidence gathers what a failed probe is explained by. Most of it was read anyway.
func (p *reconciliation) evidence(ctx context.Context, run verification.Run) verification.Evidence {
	evidence := verification.Evidence{
		Request: p.request, Snapshot: p.snapshot,
		Clusters: map[string]*v1alpha1.PeeredCluster{}, Policies: map[string][]string{}, Denied: map[string]bool{},
	}
	if p.path != nil {
		evidence.Path = *p.path
	}
	for _, role := range peering.Roles() {
		for _, object := range p.sides.At(role).clusters {
			evidence.Clusters[object.Name] = object
		}
	}
	if p.probes != nil && run.Failed() {
		for name, connection := range p.probes.connections {
			evidence.Policies[name], evidence.Denied[name] = policiesOver(ctx, connection, p.probes.namespaces[name], run)
		}
	}
	return evidence
}

// policiesOver are the network policies that select the run's pods. Where they can't
// be read nothing is claimed; denied says that they may not.
func policiesOver(ctx context.Context, connection *cluster.Connection, namespace string, run verification.Run) (names []string, denied bool) {
	var list networkingv1.NetworkPolicyList
	if err := connection.Live.List(ctx, &list, client.InNamespace(namespace)); err != nil {
		ctrl.LoggerFrom(ctx).Info("Cannot read network policies, so the result does not mention any", "error", err.Error())
		return nil, apierrors.IsForbidden(err)
	}
	for _, policy := range list.Items {
		selector, err := metav1.LabelSelectorAsSelector(&policy.Spec.PodSelector)
		if err == nil && selector.Matches(labels.Set(run.Labels())) {
			names = append(names, policy.Name)
		}
	}
	return names, false
}
