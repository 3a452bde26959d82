package cluster

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// TestAKindThatMayNotBeReadHoldsUpNoOther: the rights to volumes are optional.
func TestAKindThatMayNotBeReadHoldsUpNoOther(t *testing.T) {
	us, admin, all, _ := watching(t)
	create(t, admin,
		&rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: "former-release"}, Rules: []rbacv1.PolicyRule{
			{APIGroups: []string{""}, Resources: []string{"nodes", "pods", "namespaces"}, Verbs: []string{"get", "list", "watch"}},
			{APIGroups: []string{"policy"}, Resources: []string{"poddisruptionbudgets"}, Verbs: []string{"list", "watch"}},
			{APIGroups: []string{"cilium.io"}, Resources: []string{"*"}, Verbs: []string{"list", "watch"}},
		}},
		&rbacv1.ClusterRoleBinding{
			ObjectMeta: metav1.ObjectMeta{Name: "former-release"}, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "former-release"},
			Subjects: []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: "former"}},
		},
		&corev1.PersistentVolume{ObjectMeta: metav1.ObjectMeta{Name: "pv"}, Spec: corev1.PersistentVolumeSpec{
			Capacity: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}, AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			PersistentVolumeSource: corev1.PersistentVolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/data"}},
		}},
	)
	var volumes corev1.PersistentVolumeList
	if err := all.Client.List(t.Context(), &volumes); err != nil || len(volumes.Items) != 1 || volumes.Items[0].Spec.Capacity != nil {
		t.Errorf("%v, %+v; want one volume without what nobody needs", err, volumes.Items)
	}
	config := us.Config()
	config.Impersonate = rest.ImpersonationConfig{UserName: "former"}
	c := connected(t, config)
	for range 2 {
		untilCurrent(t, c)
		for _, list := range []client.ObjectList{&corev1.PersistentVolumeList{}, &storagev1.VolumeAttachmentList{}} {
			if err := c.Client.List(t.Context(), list); !apierrors.IsForbidden(err) {
				t.Errorf("%T: %v, want it forbidden", list, err)
			}
		}
	}
	expectCurrent(t, c, nil)
}
