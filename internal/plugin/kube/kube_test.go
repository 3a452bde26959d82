package kube

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	authorizationv1 "k8s.io/api/authorization/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
)

// answering is a cluster that answers reviews.
func answering(answer func(authorizationv1.ResourceAttributes) (bool, error)) client.Client {
	return fake.NewClientBuilder().WithInterceptorFuncs(interceptor.Funcs{
		Create: func(_ context.Context, _ client.WithWatch, object client.Object, _ ...client.CreateOption) error {
			review, ok := object.(*authorizationv1.SelfSubjectAccessReview)
			if !ok {
				return errors.New("it is no review")
			}
			var err error
			review.Status.Allowed, err = answer(*review.Spec.ResourceAttributes)
			return err
		},
	}).Build()
}

func TestDeniedAreTheRightsThatTheClusterDoesNotGrant(t *testing.T) {
	t.Parallel()
	look, write := authorizationv1.ResourceAttributes{Verb: "list", Resource: "nodes"}, authorizationv1.ResourceAttributes{Verb: "patch", Resource: "nodes"}
	rights := []authorizationv1.ResourceAttributes{look, write}
	denied, err := Denied(t.Context(), answering(func(right authorizationv1.ResourceAttributes) (bool, error) { return right.Verb == "list", nil }), rights)
	if diff := cmp.Diff([]authorizationv1.ResourceAttributes{write}, denied); diff != "" || err != nil {
		t.Error(diff, err)
	}
	unknown := errors.New("no answer")
	if _, err := Denied(t.Context(), answering(func(authorizationv1.ResourceAttributes) (bool, error) { return false, unknown }), rights); !errors.Is(err, unknown) {
		t.Errorf("what could not be asked is said to be %v", err)
	}
}
