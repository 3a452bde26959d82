package main

import (
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// managerContainer is the name of crossvpc's container in its pod.
const managerContainer = "manager"

// +kubebuilder:rbac:groups="",namespace=crossvpc-system,resources=pods,verbs=get

// ownImage is the image that this process runs from: probe pods use it, too, whoever set it (kustomize, Helm, kubectl).
// Without one only verification does not work, and conditions say so.
func ownImage(ctx context.Context, reader client.Reader, options *options) string {
	image, err := podImage(ctx, reader, options)
	if err != nil {
		ctrl.Log.Error(err, "Cannot determine the image of probe pods. Set it with --probe-image")
	}
	return image
}

func podImage(ctx context.Context, reader client.Reader, options *options) (string, error) {
	if options.podName == "" {
		return "", nil
	}
	pod := &corev1.Pod{}
	if err := reader.Get(ctx, client.ObjectKey{Namespace: options.namespace, Name: options.podName}, pod); err != nil {
		return "", fmt.Errorf("reading the own pod: %w", err)
	}
	for i := range pod.Spec.Containers {
		if pod.Spec.Containers[i].Name == managerContainer {
			return pod.Spec.Containers[i].Image, nil
		}
	}
	return "", errors.New("the own pod has no container named " + managerContainer)
}
