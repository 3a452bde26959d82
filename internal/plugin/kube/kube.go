// Package kube is how programs that people run talk to a cluster: the client, and which rights its user has.
package kube

import (
	"context"

	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// New makes a client that knows Kubernetes' kinds and ours. Nothing is cached: a command reads once.
func New(config *rest.Config) (client.Client, error) {
	// What one command reads of 200 peerings is no burst for an API server.
	config.QPS, config.Burst = 50, 100
	scheme := runtime.NewScheme()
	utilruntime.Must(clientgoscheme.AddToScheme(scheme))
	utilruntime.Must(v1alpha1.AddToScheme(scheme))
	return client.New(config, client.Options{Scheme: scheme})
}

// Denied are those of the rights that the client's user does not have.
func Denied(ctx context.Context, kube client.Client, rights []authorizationv1.ResourceAttributes) ([]authorizationv1.ResourceAttributes, error) {
	var denied []authorizationv1.ResourceAttributes
	for _, right := range rights {
		review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &right}}
		if err := kube.Create(ctx, review); err != nil {
			return nil, err
		}
		if !review.Status.Allowed {
			denied = append(denied, right)
		}
	}
	return denied, nil
}
