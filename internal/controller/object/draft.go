package object

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/controller/conditions"
)

// Draft is an object whose status is being worked on, beside what the API server has
// of it.
type Draft[T Object] struct {
	// Object has the status as it is going to be written.
	Object T
	// Before is the object as the API server has it.
	Before T

	writer client.Client
}

// NewDraft starts from the object as it was read.
func NewDraft[T Object](writer client.Client, read T) *Draft[T] {
	return &Draft[T]{Object: read, Before: copyOf(read), writer: writer}
}

// Persist writes status now, if it changed: as the record of what is about to be done,
// or of what was seen. Nobody else may have written meanwhile.
func (d *Draft[T]) Persist(ctx context.Context) error {
	if equality.Semantic.DeepEqual(d.Before.StatusValue(), d.Object.StatusValue()) {
		return nil
	}
	after := copyOf(d.Object)
	if err := d.writer.Status().Patch(ctx, after, optimistic(d.Before)); err != nil {
		return fmt.Errorf("writing status: %w", err)
	}
	d.Object.SetResourceVersion(after.GetResourceVersion())
	after.SetManagedFields(nil) // as in what was read; the next patch is the difference
	d.Before = after
	return nil
}

// Report writes the conditions of a report into status and persists it. It returns the
// conditions whose status or reason that changed, which is what people are told of.
func (d *Draft[T]) Report(ctx context.Context, report *conditions.Report, now time.Time) ([]metav1.Condition, error) {
	was := *copyOf(d.Before).StatusConditions()
	report.Apply(d.Object, now)
	if err := d.Persist(ctx); err != nil {
		return nil, err
	}
	return conditions.Transitions(was, *d.Object.StatusConditions()), nil
}
