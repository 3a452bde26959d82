package driver

import (
	"context"
	"errors"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

// EvictionSerializer asks the pods of one controller to leave one after the other, whatever nodes they are on. The API server
// counts down their budget's status, and of two requests that meet there it lets one wait for half a second
// (EvictionsRetry in pkg/registry/core/pod/storage/eviction.go of kubernetes/kubernetes). A budget that refused one Ready
// pod refuses the next too, so in one reconciliation, which is what an EvictionSerializer is for, no other is asked. The zero value is ready
// to use.
type EvictionSerializer struct {
	mu    sync.Mutex
	turns map[types.UID]*turn
}

type turn struct {
	mu      sync.Mutex
	refusal error
}

func (s *EvictionSerializer) of(pod *corev1.Pod) *turn {
	key := pod.UID
	for i := range pod.OwnerReferences {
		if owner := &pod.OwnerReferences[i]; owner.Controller != nil && *owner.Controller {
			key = owner.UID
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.turns == nil {
		s.turns = map[types.UID]*turn{}
	}
	if s.turns[key] == nil {
		s.turns[key] = &turn{}
	}
	return s.turns[key]
}

// errNotItsTurn says that there was no time left to ask.
var errNotItsTurn = errors.New("its turn did not come")

// evict asks when it is the pod's turn. A pod that is not Ready is asked in any case: a budget may let it go.
func (s *EvictionSerializer) evict(ctx context.Context, kube client.Client, pod *corev1.Pod, inTime func() bool) error {
	turn := s.of(pod)
	turn.mu.Lock()
	defer turn.mu.Unlock()
	switch {
	case !inTime():
		return errNotItsTurn
	case turn.refusal != nil && podrules.Ready(pod):
		return turn.refusal
	}
	err := evict(ctx, kube, pod)
	if isRefusal(err) && podrules.Ready(pod) {
		turn.refusal = err
	}
	return err
}
