package cluster

import (
	"encoding/base64"
	"encoding/pem"
	"testing"

	"sigs.k8s.io/yaml"
)

// secretText is the token of the tests' kubeconfigs: no message may quote it.
const secretText = "S3CRET"

type fields = map[string]any

// kubeConfig is an acceptable kubeconfig, with what a test has otherwise.
func kubeConfig(server, user fields) fields {
	return fields{
		"apiVersion": "v1", "kind": "Config", "current-context": "ctx",
		"contexts": []fields{{"name": "ctx", "context": fields{"cluster": "c", "user": "u"}}},
		"clusters": []fields{{"name": "c", "cluster": merged(fields{"server": "https://10.0.0.1:6443"}, server)}},
		"users":    []fields{{"name": "u", "user": merged(fields{"token": secretText}, user)}},
	}
}

func merged(base, over fields) fields {
	for key, value := range over {
		if value == nil {
			delete(base, key)
			continue
		}
		base[key] = value
	}
	return base
}

func encode(t *testing.T, config any) []byte {
	t.Helper()
	content, err := yaml.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func base64PEM(kind string, der []byte) string {
	return base64.StdEncoding.EncodeToString(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}
