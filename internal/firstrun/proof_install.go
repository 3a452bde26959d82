package firstrun

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// installGoes is how long namespaces and CRDs may take to go after kubectl said so: some seconds, where the cluster has little to do.
const installGoes = 3 * time.Minute

// leftOfInstall waits until they are gone, or have had that time. What was there without this run stays.
func (r *run) leftOfInstall(s *side) func(context.Context) (remains, error) {
	step := "rights"
	if s == r.hub {
		step = "install"
	}
	return func(ctx context.Context) (remains, error) {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for deadline := time.Now().Add(installGoes); ; {
			there, err := s.installObjects(ctx)
			switch {
			case err != nil:
				return remains{}, err
			case r.record.lost():
				return remains{unclaimed: there}, nil
			case !r.record.made(step):
				return remains{others: there}, nil
			case len(there) == 0 || time.Now().After(deadline):
				return remains{left: there}, nil
			}
			select {
			case <-ctx.Done():
				return remains{}, ctx.Err()
			case <-tick.C:
			}
		}
	}
}

func (s *side) installObjects(ctx context.Context) ([]string, error) {
	crd := &unstructured.Unstructured{}
	crd.SetGroupVersionKind(schema.GroupVersionKind{Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"})
	var left []string
	for _, look := range []struct {
		object client.Object
		name   string
	}{
		{&rbacv1.ClusterRole{}, "crossvpc-cluster"}, {&corev1.Namespace{}, systemNamespace}, {&corev1.Namespace{}, "crossvpc-probe"},
		{crd, "vpcpeerings." + v1alpha1.GroupVersion.Group},
	} {
		there, err := exists(s, look.object, client.ObjectKey{Name: look.name})(ctx)
		if err != nil {
			return nil, err
		}
		if there {
			left = append(left, look.name)
		}
	}
	return left, nil
}
