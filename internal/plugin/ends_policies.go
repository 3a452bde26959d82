package plugin

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/plugin/policies"
)

// readPolicies reads those that may select a pod. Of Cilium's kinds what may not be read is noted: the checks say so, and
// the others are made.
func readPolicies(ctx context.Context, kube client.Reader, pod *corev1.Pod) (policies.Subject, error) {
	subject := policies.Subject{Pod: pod, Unread: map[string]string{}}
	list := &networkingv1.NetworkPolicyList{}
	if err := kube.List(ctx, list, client.InNamespace(pod.Namespace)); err != nil {
		return subject, err
	}
	subject.Kubernetes = list.Items
	namespace := &corev1.Namespace{}
	if err := kube.Get(ctx, client.ObjectKey{Name: pod.Namespace}, namespace); err == nil {
		subject.Namespace = namespace
	}
	for kind, in := range map[string]string{policies.KindCilium: pod.Namespace, policies.KindClusterwide: ""} {
		readCilium(ctx, kube, &subject, kind, in, func(object *unstructured.Unstructured) error {
			policy, err := policies.CiliumFromUnstructured(object)
			subject.Cilium = append(subject.Cilium, policy)
			return err
		}, "v2")
	}
	readCilium(ctx, kube, &subject, policies.KindGroup, "", func(object *unstructured.Unstructured) error {
		group, err := cilium.CIDRGroupFromUnstructured(object)
		subject.Groups = append(subject.Groups, group)
		return err
	}, "v2", "v2alpha1")
	return subject, nil
}

// readCilium adds the objects of a kind in the first version that is served. Where none is, there are no such objects.
func readCilium(ctx context.Context, kube client.Reader, subject *policies.Subject, kind, namespace string, add func(*unstructured.Unstructured) error, versions ...string) {
	for _, version := range versions {
		list := cilium.ListOf(kind, version)
		err := kube.List(ctx, list, client.InNamespace(namespace))
		if meta.IsNoMatchError(err) || apierrors.IsNotFound(err) {
			continue
		}
		for i := 0; err == nil && i < len(list.Items); i++ {
			err = add(&list.Items[i])
		}
		if err != nil {
			subject.Unread[kind] = explain(err)
		}
		return
	}
}
