package driver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

const (
	// mostEvictions bounds the requests on one node in one reconciliation.
	mostEvictions = 50
	// mostAtOnce bounds how many of them are in progress: an answer takes half a second and more where others change the
	// same budget.
	mostAtOnce = 10
)

// beyondDeadline is how client-go's own limit says that a request would have to wait for longer than there is time
// (Limiter.WaitN in golang.org/x/time/rate, which wraps nothing).
const beyondDeadline = "would exceed context deadline"

// Evictions says what one request for a node to be emptied came to.
type Evictions struct {
	// Accepted were told to go now, or are gone. Pending were told before and are still there. Refused are held
	// by a budget, for now. Blocked ask not to be disturbed, and were not asked.
	Accepted, Pending, Refused, Blocked int
	// Refusal says of the first that was refused or blocked, which and why.
	Refusal string
}

// Evict asks for the eviction of pods, once each, and waits for none. It never deletes and never forces: a budget's
// no is an answer, not an error. The UID makes sure that a namesake which came since is not hit. Pods that the cluster
// itself needs are asked only when no other is left, as they may be what the others need to come up elsewhere.
func Evict(ctx context.Context, kube client.Client, turns *EvictionSerializer, pods []*corev1.Pod, now time.Time) (Evictions, error) {
	starting, stop := context.WithTimeout(ctx, patience)
	defer stop()
	var done Evictions
	asked := done.toAsk(pods, now)
	answers := make([]error, len(asked))
	var group errgroup.Group
	group.SetLimit(mostAtOnce)
	for i, pod := range asked {
		group.Go(func() error {
			answers[i] = turns.evict(ctx, kube, pod, func() bool { return starting.Err() == nil })
			return nil
		})
	}
	_ = group.Wait() // the answers are read one by one
	var failed error
	for i, pod := range asked {
		failed = cmp.Or(failed, done.record(pod, answers[i]))
	}
	return done, cmp.Or(failed, ctx.Err())
}

// toAsk counts those that are not to be asked, and returns the first of the others.
func (e *Evictions) toAsk(pods []*corev1.Pod, now time.Time) []*corev1.Pod {
	var asked []*corev1.Pod
	for _, pod := range wave(pods) {
		if len(asked) == mostEvictions {
			break
		}
		if !e.leave(pod, now) {
			asked = append(asked, pod)
		}
	}
	return asked
}

// leave counts a pod that is not to be asked.
func (e *Evictions) leave(pod *corev1.Pod, now time.Time) bool {
	if pod.DeletionTimestamp != nil {
		e.Pending++
		return true
	}
	if finding := podrules.Refusal(pod, now); finding != nil {
		e.Blocked++
		e.note(finding.Message)
		return true
	}
	return false
}

// record counts the API server's answer. It returns what is no answer: a missing right, say, or a broken connection.
func (e *Evictions) record(pod *corev1.Pod, err error) error {
	name := pod.Namespace + "/" + pod.Name
	switch {
	case errors.Is(err, errNotItsTurn): // in the next reconciliation
	case err == nil, apierrors.IsNotFound(err), apierrors.IsConflict(err): // another UID: this one is gone
		e.Accepted++
	case apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause): // goes with its namespace
		e.Pending++
	case isRefusal(err):
		e.Refused++
		e.note("pod " + name + ": " + budgetText(err))
	case errors.Is(err, context.DeadlineExceeded), strings.Contains(err.Error(), beyondDeadline):
		e.Refused++
		e.note("pod " + name + ": the API server took too long to judge its disruption budget")
	default:
		return fmt.Errorf("evicting pod %s: %w", name, err)
	}
	return nil
}

func (e *Evictions) note(text string) {
	if e.Refusal == "" {
		e.Refusal = text
	}
}
