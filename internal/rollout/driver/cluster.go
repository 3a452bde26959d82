package driver

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/rollout"
)

// View is what the steps were planned on.
type View interface {
	// NodeNamed is a node as it was read, which a mark brings up to date; nil where there is none.
	NodeNamed(name string) *corev1.Node
	// CordonedSince is when we cordoned a node; the zero time where we did not.
	CordonedSince(name string) time.Time
	// AgentPod is the agent's pod by which a node is judged; nil where there is none.
	AgentPod(node string) *corev1.Pod
	// LeavingOn are the pods of a node that a drain has to remove.
	LeavingOn(node string) []*corev1.Pod
	// StrandedOn are the pods that a drain leaves on a node, and that are older than its agent.
	StrandedOn(node string) []*corev1.Pod
}

// Memory is what later reconciliations are told.
type Memory interface {
	// NoteRefusal keeps which eviction was refused last on a node; empty: none.
	NoteRefusal(node types.UID, refusal string)
	// Terminated is when a group was asked to terminate the instance; the zero time: never.
	Terminated(instance string) time.Time
	// NoteTermination keeps that it was asked.
	NoteTermination(instance string, at time.Time)
}

// NodePoolRecorder keeps in status which NodePools are marked. What was recorded is in the API server when the call
// returns.
type NodePoolRecorder interface {
	// RecordNodePool comes before the annotation is set: one that is gone later was removed by somebody.
	RecordNodePool(ctx context.Context, name, mark string) error
	// NodePoolMarked comes after the annotation was set.
	NodePoolMarked(ctx context.Context, name string) error
}

// Scaling gives the Auto Scaling API of the cluster's account and region, once an instance has to be terminated.
type Scaling interface {
	AutoScaling(ctx context.Context) (AutoScaling, error)
}

// Cluster is where the steps of one reconciliation are carried out, and with what.
type Cluster struct {
	Client   client.Client
	View     View
	Memory   Memory
	Recorder NodePoolRecorder
	Scaling  Scaling
	Prover   Prover
	Clock    clock.PassiveClock

	evictions EvictionSerializer
}

// acts are what a way can do. A way may plan the steps of another, too.
type acts map[rollout.StepKind]act

// act carries out one kind of step; it is safe to repeat.
type act func(context.Context, *Cluster, rollout.Step) error
