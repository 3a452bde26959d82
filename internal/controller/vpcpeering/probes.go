package vpcpeering

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cidr"
	"github.com/crossvpc/crossvpc/internal/cluster"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/verdict"
	"github.com/crossvpc/crossvpc/internal/verification"
)

// probes reaches the clusters of a run.
type probes struct {
	settings    verification.Settings
	connections map[string]*cluster.Connection
	// namespaces are where the pods are, by cluster.
	namespaces map[string]string
	// ciliumNamespaces are where Cilium is, by cluster.
	ciliumNamespaces map[string]string
	now              time.Time
}

func (p *reconciliation) newRun(start time.Time) verification.Run {
	run := verification.Run{Settings: p.probeSettings(), Start: start, Now: p.start}
	for _, role := range peering.Roles() {
		port, _ := verification.PortFor(p.request.Admitted(role))
		for _, object := range p.sides.At(role).clusters {
			run.Clusters = append(run.Clusters, verification.Cluster{Role: role, Name: object.Name, Namespace: probeNamespace(object), Port: port, Excluded: p.unreached(role)})
		}
	}
	return run
}

// unreached are a side's blocks that the other one does not reach.
func (p *reconciliation) unreached(role peering.Role) []netip.Prefix {
	vpc := p.snapshot.At(role).VPC
	if vpc == nil {
		return nil
	}
	return cidr.Difference(vpc.AssociatedBlocks(), p.request.Reached(p.snapshot, role.Other()))
}

func (p *reconciliation) probeSettings() verification.Settings {
	return verification.Settings{
		InstallationID: p.InstallationID, PeeringUID: string(p.object.UID), Image: p.ProbeImage,
	}
}

func (p *reconciliation) connectProbes(ctx context.Context, run *verification.Run) (*probes, error) {
	reached := &probes{settings: run.Settings, connections: map[string]*cluster.Connection{}, namespaces: map[string]string{}, ciliumNamespaces: map[string]string{}, now: p.start}
	for _, role := range peering.Roles() {
		for _, object := range p.sides.At(role).clusters {
			connection, err := p.Connector.Connect(ctx, object)
			if err != nil {
				return nil, fmt.Errorf("PeeredCluster %s: %w", object.Name, err)
			}
			reached.connections[object.Name], reached.namespaces[object.Name] = connection, probeNamespace(object)
			reached.ciliumNamespaces[object.Name] = cmp.Or(object.CiliumNamespace(), metav1.NamespaceSystem)
		}
	}
	return reached, nil
}

// observe reads the run's pods in all clusters, and removes what earlier runs left.
func (r *probes) observe(ctx context.Context, run *verification.Run) ([]v1alpha1.Finding, error) {
	var findings []v1alpha1.Finding
	for i := range run.Clusters {
		of := &run.Clusters[i]
		connection := r.connections[of.Name]
		pods, err := r.sweep(ctx, connection, of.Namespace, run.ID())
		if apierrors.IsForbidden(err) {
			refused, _ := verification.Refused(of.Name, of.Namespace, missing(ctx, connection, of.Namespace, err))
			findings = append(findings, refused)
			continue
		}
		if err == nil {
			of.Pods = pods
			err = errors.Join(readNodes(ctx, connection.Live, of), r.dropNodesWithoutAgent(ctx, connection.Live, of))
		}
		if err != nil {
			return nil, connection.Explain(err)
		}
	}
	return findings, nil
}

// missing: rights go with the namespace they are in, so that what is denied may not
// even be there.
func missing(ctx context.Context, connection *cluster.Connection, namespace string, denied error) error {
	err := connection.Live.Get(ctx, client.ObjectKey{Name: namespace}, &corev1.Namespace{})
	if apierrors.IsNotFound(err) {
		return err
	}
	return denied
}

// sweep gives the pods of a run, and removes those of this peering's former runs and
// those of anybody that no run can need any more: what a manager left that was killed.
func (r *probes) sweep(ctx context.Context, connection *cluster.Connection, namespace, run string) ([]corev1.Pod, error) {
	var list corev1.PodList
	err := connection.Live.List(ctx, &list, client.InNamespace(namespace),
		client.MatchingLabels{verification.LabelInstallation: verification.Installation(r.settings.InstallationID)})
	if err != nil {
		return nil, fmt.Errorf("listing probe pods: %w", err)
	}
	var current []corev1.Pod
	for _, pod := range list.Items {
		ours := pod.Labels[verification.LabelPeering] == r.settings.PeeringUID
		switch {
		case ours && pod.Labels[verification.LabelRun] == run:
			current = append(current, pod)
		case ours || r.now.Sub(pod.CreationTimestamp.Time) > verification.Leftover:
			if err := remove(ctx, connection.Client, &pod); err != nil {
				return nil, err
			}
		}
	}
	return current, nil
}

func remove(ctx context.Context, kube client.Client, pod *corev1.Pod) error {
	if err := client.IgnoreNotFound(kube.Delete(ctx, pod)); err != nil {
		return fmt.Errorf("deleting probe pod %s: %w", pod.Name, err)
	}
	return nil
}

// create makes pods; what refuses them is a finding for each cluster.
func (r *probes) create(ctx context.Context, pods map[string][]*corev1.Pod) ([]v1alpha1.Finding, error) {
	var findings []v1alpha1.Finding
	for name, wanted := range pods {
		for _, pod := range wanted {
			cluster.Stamp(pod)
			err := r.connections[name].Client.Create(ctx, pod)
			if err == nil || apierrors.IsAlreadyExists(err) {
				continue
			}
			refused, known := verification.Refused(name, r.namespaces[name], err)
			if !known {
				return findings, r.connections[name].Explain(fmt.Errorf("creating a probe pod in %s: %w", name, err))
			}
			findings = append(findings, refused)
			break
		}
	}
	slices.SortFunc(findings, func(a, b v1alpha1.Finding) int { return strings.Compare(a.Message, b.Message) })
	return findings, nil
}

// removeProbes removes the peering's pods wherever it can; what it can't reach ends
// by itself, and is swept later.
func (p *reconciliation) removeProbes(ctx context.Context) {
	if p.Connector == nil || p.object.Status.Verification == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, removalTimeout)
	defer cancel()
	settings := verification.Settings{InstallationID: p.InstallationID, PeeringUID: string(p.object.UID)}
	for _, role := range peering.Roles() {
		for _, object := range p.sides.At(role).clusters {
			connection, err := p.Connector.Connect(ctx, object)
			if err == nil {
				_, err = (&probes{settings: settings, now: p.start}).sweep(ctx, connection, probeNamespace(object), "")
			}
			if err != nil && !errors.Is(err, context.Canceled) {
				ctrl.LoggerFrom(ctx).Info("Cannot delete the probe pods, which end by themselves", "cluster", object.Name, "error", err.Error())
			}
		}
	}
}

// probeNamespace is the owner's of the cluster to say: whoever may name any namespace there could have
// pods run in any.
func probeNamespace(cluster *v1alpha1.PeeredCluster) string {
	return cmp.Or(cluster.Spec.Verification.Namespace, defaultProbeNamespace)
}

// defaultProbeNamespace is that of the API's default: config/cluster makes it.
const defaultProbeNamespace = "crossvpc-probe"

// anotherNamespace refuses a namespace in the VPCPeering that is not that of every cluster; nil: it is.
func (p *reconciliation) anotherNamespace() *verdict.Verdict {
	asked := p.object.Spec.Verification.Namespace
	for _, role := range peering.Roles() {
		for _, cluster := range p.sides.At(role).clusters {
			if has := probeNamespace(cluster); asked != "" && asked != has {
				return new(verdict.Newf(verdict.Stalled, v1alpha1.ReasonProbeNamespaceNotAllowed,
					"spec.verification.namespace is %s, but probe pods of PeeredCluster %s run in namespace %s. Remove the field, or let the cluster's owner set its spec.verification.namespace.",
					asked, cluster.Name, has))
			}
		}
	}
	return nil
}

// abandonRun ends a run without a result: the steps before it do not hold any more.
func (p *reconciliation) abandonRun(ctx context.Context) {
	if status := p.object.Status.Verification; status != nil && status.RunStartTime != nil {
		p.removeProbes(ctx)
		status.RunStartTime = nil
	}
}

// forgetVerification: what probes once found is not shown for an object that does not
// ask for it any more.
func (p *reconciliation) forgetVerification(ctx context.Context) {
	if p.object.Status.Verification != nil {
		p.removeProbes(ctx)
		p.object.Status.Verification = nil
	}
	meta.RemoveStatusCondition(&p.object.Status.Conditions, v1alpha1.ConditionConnectivityVerified)
}
