package backend

import (
	"context"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// apply applies fields of an existing object that belongs to somebody else.
func (c Cluster) apply(ctx context.Context, object *unstructured.Unstructured) error {
	return c.Client.Apply(ctx, client.ApplyConfigurationFromUnstructured(object), client.FieldOwner(c.Install.Owner.FieldManager()))
}

// writer names who reverted what we wrote, according to managedFields: who holds the field
// now, or who wrote to the object since. A writer that only removes a field leaves no
// trace there; then all that write to the object are named.
func (c Cluster) writer(holders []string, entries []metav1.ManagedFieldsEntry, since time.Time) string {
	if len(holders) > 0 {
		return strings.Join(holders, " and ")
	}
	return c.Install.Owner.Suspects(entries, since)
}
