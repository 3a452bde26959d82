package peeredcluster

import (
	"context"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/message"
)

// longestReason bounds what somebody wrote into the ConfigMap.
const longestReason = 200

// stopSwitch is the ConfigMap that stops all rollouts.
type stopSwitch struct {
	// live reads past the cache.
	live client.Reader
	// namespace that crossvpc runs in.
	namespace string
}

// reason says why all rollouts of this installation are stopped; empty when they
// are not. It is read past the cache, because a stop that is seen late is none; where
// it can't be read the reconciliation ends, and nothing is started.
func (s stopSwitch) reason(ctx context.Context) (string, error) {
	found := &corev1.ConfigMap{}
	err := s.live.Get(ctx, client.ObjectKey{Namespace: s.namespace, Name: v1alpha1.StopConfigMap}, found)
	if apierrors.IsNotFound(err) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("reading ConfigMap %s/%s, which would stop rollouts: %w", s.namespace, v1alpha1.StopConfigMap, err)
	}
	text := fmt.Sprintf("ConfigMap %s/%s exists", found.Namespace, found.Name)
	if reason := strings.Join(strings.Fields(found.Data["reason"]), " "); reason != "" {
		text += " (" + message.Cut(reason, longestReason) + ")"
	}
	return text, nil
}

// note reads the switch and shows it in status: also while nothing rolls, somebody wants to see it.
func (s stopSwitch) note(ctx context.Context, subject *subject) (string, error) {
	reason, err := s.reason(ctx)
	if err != nil {
		return "", err
	}
	if reason != "" || subject.Object.Status.Rollout != nil {
		subject.rolloutStatus().Stopped = message.Cut(reason, longestStopped)
	}
	return reason, nil
}

// longestStopped is what the API allows.
const longestStopped = 512
