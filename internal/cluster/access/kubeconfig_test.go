package access

import (
	"context"
	"errors"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

const operatorNamespace = "crossvpc-system"

func secretOf(content []byte, key string) *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: operatorNamespace, Name: "us"},
		Data:       map[string][]byte{key: content},
	}
}

func clusterBySecret(name string) *v1alpha1.PeeredCluster {
	return &v1alpha1.PeeredCluster{
		ObjectMeta: metav1.ObjectMeta{Name: "us"},
		Spec:       v1alpha1.PeeredClusterSpec{Access: v1alpha1.ClusterAccess{KubeConfigSecretRef: &v1alpha1.SecretName{Name: name}}},
	}
}

func expectError(t *testing.T, err error, reason, message string) {
	t.Helper()
	known, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("error is %v, want an *Error", err)
	}
	if known.Reason != reason || !strings.Contains(known.Message, message) {
		t.Errorf("error is %s: %s\nwant %s: … %s …", known.Reason, known.Message, reason, message)
	}
	if strings.Contains(known.Message, secretText) {
		t.Errorf("message quotes the Secret: %s", known.Message)
	}
}

func TestConnectNamesWhatIsWrongWithTheSecret(t *testing.T) {
	elsewhere := secretOf(encode(t, kubeConfig(nil, nil)), "value")
	elsewhere.Namespace = "team-a"
	for name, test := range map[string]struct {
		secret    *corev1.Secret
		message   string
		withdrawn bool
	}{
		"no such Secret":                  {nil, "Secret crossvpc-system/us does not exist. Create it with a kubeconfig under the key value or kubeconfig.", true},
		"a Secret of another namespace":   {elsewhere, "Secret crossvpc-system/us does not exist", true},
		"a Secret without the keys":       {secretOf(encode(t, kubeConfig(nil, nil)), "config"), "Secret crossvpc-system/us holds no kubeconfig. Put one under the key value or kubeconfig.", false},
		"a Secret with an empty value":    {secretOf(nil, "value"), "Secret crossvpc-system/us holds no kubeconfig", false},
		"a Secret with a hostile content": {secretOf(encode(t, kubeConfig(nil, fields{"tokenFile": "/x"})), "value"), "Secret crossvpc-system/us holds a kubeconfig that crossvpc does not accept: tokenFile must be left out", false},
	} {
		t.Run(name, func(t *testing.T) {
			var objects []client.Object
			if test.secret != nil {
				objects = append(objects, test.secret)
			}
			secrets := fake.NewClientBuilder().WithObjects(objects...).Build()
			_, err := NewKubeConfig(secrets, operatorNamespace).Access(t.Context(), clusterBySecret("us"))
			expectError(t, err, v1alpha1.ReasonInvalidKubeConfig, test.message)
			if known, ok := errors.AsType[*Error](err); ok && known.Withdrawn != test.withdrawn {
				t.Errorf("withdrawn is %t", known.Withdrawn)
			}
		})
	}
}

func TestASecretThatCannotBeReadIsNoMistakeOfTheUser(t *testing.T) {
	broken := errors.New("etcd is on fire")
	secrets := interceptor.NewClient(fake.NewClientBuilder().WithScheme(runtime.NewScheme()).Build(), interceptor.Funcs{
		Get: func(context.Context, client.WithWatch, client.ObjectKey, client.Object, ...client.GetOption) error {
			return broken
		},
	})
	_, err := NewKubeConfig(secrets, operatorNamespace).Access(t.Context(), clusterBySecret("us"))
	if _, ok := errors.AsType[*Error](err); ok || !errors.Is(err, broken) {
		t.Errorf("error is %v, want one that wraps %v and is no *Error", err, broken)
	}
}
