package clusterview

import (
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// ServiceCIDRs reads the address ranges of Services, which the API server serves as objects from Kubernetes 1.33 on
// (https://kubernetes.io/docs/reference/networking/virtual-ips/#ip-address-objects). None are served, or may be read: nil.
func ServiceCIDRs(ctx context.Context, kube client.Reader) (ranges []string, denied bool, err error) {
	var all networkingv1.ServiceCIDRList
	err = kube.List(ctx, &all)
	switch {
	case apierrors.IsForbidden(err):
		return nil, true, nil
	case meta.IsNoMatchError(err), apierrors.IsNotFound(err):
		return nil, false, nil
	case err != nil:
		return nil, false, fmt.Errorf("listing ServiceCIDRs: %w", err)
	}
	for i := range all.Items {
		ranges = append(ranges, all.Items[i].Spec.CIDRs...)
	}
	slices.Sort(ranges)
	return slices.Compact(ranges), false, nil
}

// ServiceAddress is the address of Service default/kubernetes, the first of the range in every cluster. It may not be
// read: empty.
func ServiceAddress(ctx context.Context, kube client.Reader) (address string, denied bool, err error) {
	var service corev1.Service
	err = kube.Get(ctx, client.ObjectKey{Namespace: corev1.NamespaceDefault, Name: "kubernetes"}, &service)
	switch {
	case apierrors.IsForbidden(err):
		return "", true, nil
	case apierrors.IsNotFound(err):
		return "", false, nil
	case err != nil:
		return "", false, fmt.Errorf("reading Service default/kubernetes: %w", err)
	}
	return service.Spec.ClusterIP, false, nil
}
