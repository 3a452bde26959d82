package access

import (
	"context"
	"errors"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/kubeconfig"
)

func expectError(t *testing.T, err error, reason, message string) {
	t.Helper()
	known, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("error is %v, want an *Error", err)
	}
	if known.Reason != reason || !strings.Contains(known.Message, message) {
		t.Errorf("error is %s: %s\nwant %s: … %s …", known.Reason, known.Message, reason, message)
	}
	if strings.Contains(known.Message, kubeconfig.Token) {
		t.Errorf("message quotes the Secret: %s", known.Message)
	}
}

func TestConnectNamesWhatIsWrongWithTheSecret(t *testing.T) {
	elsewhere := kubeconfig.Secret(kubeconfig.Encode(t, kubeconfig.Config(nil, nil)), "value")
	elsewhere.Namespace = "team-a"
	for name, test := range map[string]struct {
		secret    *corev1.Secret
		message   string
		withdrawn bool
	}{
		"no such Secret":                  {nil, "Secret crossvpc-system/us does not exist. Create it with a kubeconfig under the key value or kubeconfig.", true},
		"a Secret of another namespace":   {elsewhere, "Secret crossvpc-system/us does not exist", true},
		"a Secret without the keys":       {kubeconfig.Secret(kubeconfig.Encode(t, kubeconfig.Config(nil, nil)), "config"), "Secret crossvpc-system/us holds no kubeconfig. Put one under the key value or kubeconfig.", false},
		"a Secret with an empty value":    {kubeconfig.Secret(nil, "value"), "Secret crossvpc-system/us holds no kubeconfig", false},
		"a Secret with a hostile content": {kubeconfig.Secret(kubeconfig.Encode(t, kubeconfig.Config(nil, kubeconfig.Fields{"tokenFile": "/x"})), "value"), "Secret crossvpc-system/us holds a kubeconfig that crossvpc does not accept: tokenFile must be left out", false},
	} {
		t.Run(name, func(t *testing.T) {
			var objects []client.Object
			if test.secret != nil {
				objects = append(objects, test.secret)
			}
			secrets := fake.NewClientBuilder().WithObjects(objects...).Build()
			_, err := NewKubeConfig(secrets, kubeconfig.Namespace).Access(t.Context(), kubeconfig.Cluster("us"))
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
	_, err := NewKubeConfig(secrets, kubeconfig.Namespace).Access(t.Context(), kubeconfig.Cluster("us"))
	if _, ok := errors.AsType[*Error](err); ok || !errors.Is(err, broken) {
		t.Errorf("error is %v, want one that wraps %v and is no *Error", err, broken)
	}
}
