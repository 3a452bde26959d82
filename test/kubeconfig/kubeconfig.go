// Package kubeconfig makes the kubeconfigs, and the Secrets and PeeredClusters around them, that tests of
// internal/cluster and of its ways to reach a cluster share.
package kubeconfig

import (
	"encoding/base64"
	"encoding/pem"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

const (
	// Token is in every place that a parser or a check may quote: no message may hold it.
	Token = "S3CRET"
	// Namespace is the operator's own, where Secrets are looked for.
	Namespace = "crossvpc-system"
)

// Fields are a part of a kubeconfig.
type Fields = map[string]any

// Config is an acceptable kubeconfig, with what a test has otherwise; nil removes a field.
func Config(server, user Fields) Fields {
	return Fields{
		"apiVersion": "v1", "kind": "Config", "current-context": "ctx",
		"contexts": []Fields{{"name": "ctx", "context": Fields{"cluster": "c", "user": "u"}}},
		"clusters": []Fields{{"name": "c", "cluster": Merged(Fields{"server": "https://10.0.0.1:6443"}, server)}},
		"users":    []Fields{{"name": "u", "user": Merged(Fields{"token": Token}, user)}},
	}
}

// Merged is the base with other fields; nil removes one.
func Merged(base, over Fields) Fields {
	for key, value := range over {
		if value == nil {
			delete(base, key)
			continue
		}
		base[key] = value
	}
	return base
}

// Encode is the kubeconfig as YAML.
func Encode(t *testing.T, config any) []byte {
	t.Helper()
	content, err := yaml.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// PEM is a certificate or key as a kubeconfig has it.
func PEM(kind string, der []byte) string {
	return base64.StdEncoding.EncodeToString(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// Secret is named us and holds the content under a key.
func Secret(content []byte, key string) *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: Namespace, Name: "us"},
		Data:       map[string][]byte{key: content},
	}
}

// Cluster is a PeeredCluster us that is reached by a Secret.
func Cluster(secret string) *v1alpha1.PeeredCluster {
	return &v1alpha1.PeeredCluster{
		ObjectMeta: metav1.ObjectMeta{Name: "us"},
		Spec:       v1alpha1.PeeredClusterSpec{Access: v1alpha1.ClusterAccess{KubeConfigSecretRef: &v1alpha1.SecretName{Name: secret}}},
	}
}
