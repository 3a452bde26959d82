package firstrun

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/bootstrap"
)

// in is a place in a namespace, labeled with the names that follow.
func in(namespace, name string, labels ...string) metav1.ObjectMeta {
	o := metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: map[string]string{}}
	for i, label := range []string{"name", "managed-by", "instance"} {
		if i < len(labels) {
			o.Labels["app.kubernetes.io/"+label] = labels[i]
		}
	}
	return o
}

func TestANamespaceStaysWhereOthersKeepSomethingInIt(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]struct {
		step func(*run) step
		have client.Object
	}{
		"Pod network/web of cluster prod-eu would go with the namespace, and is not": {(*run).makeNamespace, &corev1.Pod{ObjectMeta: in("network", "web", "crossvpc")}},
		"PersistentVolumeClaim network/data of":                                      {(*run).makeNamespace, &corev1.PersistentVolumeClaim{ObjectMeta: in("network", "data")}},
		"Secret network/db of":                                                       {(*run).makeNamespace, &corev1.Secret{ObjectMeta: in("network", "db")}},
		"ConfigMap network/crossvpc-settings of":                                     {(*run).makeNamespace, &corev1.ConfigMap{ObjectMeta: in("network", "crossvpc-settings")}},
		"Secret crossvpc-system/kubeconfig of cluster prod-eu":                       {(*run).install, &corev1.Secret{ObjectMeta: in(systemNamespace, "kubeconfig")}},
		"Pod crossvpc-probe/web of cluster prod-eu":                                  {(*run).install, &corev1.Pod{ObjectMeta: in(probeNamespace, "web")}},
		"ConfigMap crossvpc-system/chart of cluster prod-us":                         {(*run).grantRights, &corev1.ConfigMap{ObjectMeta: in(systemNamespace, "chart", "", "Helm", "other")}},
		"Pod crossvpc-probe/shell of cluster prod-us":                                {(*run).grantRights, &corev1.Pod{ObjectMeta: in(probeNamespace, "shell")}},
	} {
		own := []client.Object{
			&corev1.ConfigMap{ObjectMeta: in("network", "kube-root-ca.crt")}, &corev1.ConfigMap{ObjectMeta: in(systemNamespace, bootstrap.Marker)},
			&corev1.ConfigMap{ObjectMeta: in(systemNamespace, "crossvpc-settings")}, &corev1.ConfigMap{ObjectMeta: in(systemNamespace, "dashboard", "", "Helm", "crossvpc")},
			&corev1.Secret{ObjectMeta: in(systemNamespace, "sh.helm.release.v1.crossvpc.v1")}, &corev1.Pod{ObjectMeta: in(systemNamespace, "crossvpc-1", "crossvpc")},
			&corev1.Pod{ObjectMeta: in(probeNamespace, "probe", "crossvpc-probe")}, &corev1.Pod{ObjectMeta: in("shop", "web")},
		}
		r := aRun(t, func(*Settings) {})
		for _, objects := range [][]client.Object{own, append(own, c.have)} {
			r.hub.kube, r.other.kube = holding(objects...), holding(objects...)
			var err error
			for _, command := range c.step(r).undo(nil) {
				if strings.Contains(command.shown, "stop where others keep something") {
					err = command.do(t.Context())
				}
			}
			if stops := len(objects) > len(own); stops != (err != nil) || stops && !strings.HasPrefix(err.Error(), want) {
				t.Errorf("%s: %v", want, err)
			}
		}
	}
}
