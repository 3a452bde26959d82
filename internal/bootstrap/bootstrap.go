// Package bootstrap makes the first objects of an installation, once: AWSIdentity/default and PeeredCluster/local. They are
// the user's from then on, so that no manifest of the install may hold them: applied again, it would take back what the user
// granted. A marker in crossvpc's own namespace says that they were made.
package bootstrap

import (
	"context"
	"fmt"
	"reflect"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/version"
)

// fieldManager is whose the fields of the first objects are until somebody edits them.
const fieldManager = "crossvpc"

// patience is how long after a failure the next try comes: a second, then twice as long each time, at most a minute.
var patience = wait.Backoff{Duration: time.Second, Factor: 2, Steps: 7, Cap: time.Minute}

// +kubebuilder:rbac:groups=networking.crossvpc.io,resources=awsidentities;peeredclusters,verbs=create
// +kubebuilder:rbac:groups="",namespace=crossvpc-system,resources=configmaps,verbs=create
// +kubebuilder:rbac:groups="",namespace=crossvpc-system,resources=configmaps,resourceNames=crossvpc-first-objects,verbs=get

// Runner makes the first objects when the manager becomes the leader.
type Runner struct {
	// Live reads past the cache, which holds only the ConfigMap that stops rollouts.
	Live client.Reader
	// Client writes.
	Client client.Client
	// Namespace that crossvpc runs in.
	Namespace string
}

// NeedLeaderElection says that one replica does it.
func (*Runner) NeedLeaderElection() bool { return true }

// Start tries until it is done; meanwhile all else works without the first objects.
func (r *Runner) Start(ctx context.Context) error {
	err := patience.DelayFunc().Until(ctx, true, true, func(ctx context.Context) (bool, error) {
		if err := r.Ensure(ctx); err != nil {
			ctrl.LoggerFrom(ctx).Error(err, "Cannot make the first objects; crossvpc retries within a minute")
			return false, nil
		}
		return true, nil
	})
	if ctx.Err() != nil {
		return nil //nolint:nilerr // the manager stops, or another replica leads now
	}
	return err
}

// Ensure makes the first objects unless the marker is there. The marker comes last: killed before it, the next run finds
// what was made and leaves it as it is. An object that exists, from a former release's manifests or from Git, is never edited.
func (r *Runner) Ensure(ctx context.Context) error {
	marker := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: r.Namespace, Name: Marker}}
	err := r.Live.Get(ctx, client.ObjectKeyFromObject(marker), marker)
	if err == nil {
		return nil
	}
	if !apierrors.IsNotFound(err) {
		return fmt.Errorf("reading ConfigMap %s/%s: %w", r.Namespace, Marker, err)
	}
	marker.Annotations = map[string]string{v1alpha1.AnnotationVersion: version.String()}
	marker.Data = map[string]string{
		"about": "crossvpc made AWSIdentity/default and PeeredCluster/local once. To recreate those that are gone, delete this ConfigMap and restart crossvpc.",
	}
	for _, object := range firstObjects() {
		if err := r.create(ctx, object); err != nil {
			return err
		}
	}
	return r.create(ctx, marker)
}

// create leaves what is there already as it is.
func (r *Runner) create(ctx context.Context, object client.Object) error {
	err := r.Client.Create(ctx, object, client.FieldOwner(fieldManager))
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("making %s %s: %w", typeOf(object), object.GetName(), err)
	}
	ctrl.LoggerFrom(ctx).Info("Made a first object", "kind", typeOf(object), "name", object.GetName())
	return nil
}

// typeOf names the kind of an object.
func typeOf(object client.Object) string { return reflect.TypeOf(object).Elem().Name() }
