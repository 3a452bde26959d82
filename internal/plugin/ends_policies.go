package plugin

import (
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
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
	addCilium := func(object *unstructured.Unstructured) error {
		policy, err := policies.CiliumFromUnstructured(object)
		subject.Cilium = append(subject.Cilium, policy)
		return err
	}
	readCilium(ctx, kube, &subject, policies.KindCilium, pod.Namespace, addCilium, "v2")
	readCilium(ctx, kube, &subject, policies.KindClusterwide, "", addCilium, "v2")
	readCilium(ctx, kube, &subject, policies.KindGroup, "", func(object *unstructured.Unstructured) error {
		group, err := cilium.CIDRGroupFromUnstructured(object)
		subject.Groups = append(subject.Groups, group)
		return err
	}, "v2", "v2alpha1")
	readCilium(ctx, kube, &subject, policies.KindGateway, "", func(object *unstructured.Unstructured) error {
		policy, err := cilium.EgressPolicyFromUnstructured(object)
		subject.Gateways = append(subject.Gateways, policy)
		return err
	}, "v2")
	readNode(ctx, kube, &subject)
	for _, kind := range policies.AdminKinds() {
		readKind(ctx, kube, &subject, kind, "", func(object *unstructured.Unstructured) error {
			policy, err := policies.AdminFromUnstructured(object)
			subject.Admin = append(subject.Admin, policy)
			return err
		}, adminLists(kind)...)
	}
	return subject, nil
}

// adminLists are the lists of a kind of administrators' policies, in the versions that it may be served in.
func adminLists(kind string) []*unstructured.UnstructuredList {
	var lists []*unstructured.UnstructuredList
	for _, version := range []string{"v1alpha2", "v1alpha1"} {
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(schema.GroupVersionKind{Group: policies.AdminGroup, Version: version, Kind: kind + "List"})
		lists = append(lists, list)
	}
	return lists
}

// readNode reads the labels of the pod's node, where an egress gateway selects by them.
func readNode(ctx context.Context, kube client.Reader, subject *policies.Subject) {
	if !slices.ContainsFunc(subject.Gateways, cilium.EgressPolicy.ByNode) {
		return
	}
	node := &corev1.Node{}
	if err := kube.Get(ctx, client.ObjectKey{Name: subject.Pod.Spec.NodeName}, node); err != nil {
		subject.Unread[policies.KindNode] = explain(err)
		return
	}
	subject.NodeLabels = node.Labels
}

// readCilium adds the objects of one of Cilium's kinds, in the first version that is served.
func readCilium(ctx context.Context, kube client.Reader, subject *policies.Subject, kind, namespace string, add func(*unstructured.Unstructured) error, versions ...string) {
	var lists []*unstructured.UnstructuredList
	for _, version := range versions {
		lists = append(lists, cilium.ListOf(kind, version))
	}
	readKind(ctx, kube, subject, kind, namespace, add, lists...)
}

// readKind adds the objects of the first of the lists that is served. Where none is, there are no such objects.
func readKind(ctx context.Context, kube client.Reader, subject *policies.Subject, kind, namespace string, add func(*unstructured.Unstructured) error, lists ...*unstructured.UnstructuredList) {
	list, err := cilium.FirstServed(func(list *unstructured.UnstructuredList) error {
		return kube.List(ctx, list, client.InNamespace(namespace))
	}, lists...)
	for i := 0; err == nil && list != nil && i < len(list.Items); i++ {
		subject.Read = append(subject.Read, list.Items[i])
		err = add(&list.Items[i])
	}
	if err != nil {
		subject.Unread[kind] = explain(err)
	}
}
