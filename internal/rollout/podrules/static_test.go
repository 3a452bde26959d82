package podrules

import (
	"encoding/json"
	"testing"

	"k8s.io/apimachinery/pkg/runtime"
)

func TestAStaticNodePoolNeedsRoomForOneMoreNode(t *testing.T) {
	t.Parallel()
	for spec, reason := range map[string]string{
		`{"replicas": 3}`:                               "",
		`{"replicas": 3, "limits": {}}`:                 "",
		`{"replicas": 3, "limits": {"nodes": 4}}`:       "",
		`{"replicas": 3, "limits": {"nodes": "10"}}`:    "",
		`{"replicas": 3, "limits": {"nodes": "1k"}}`:    "",
		`{"replicas": 3, "limits": {"nodes": 3}}`:       BlockedByNodePoolLimit,
		`{"replicas": 3, "limits": {"nodes": "3"}}`:     BlockedByNodePoolLimit,
		`{"replicas": 3, "limits": {"nodes": "2"}}`:     BlockedByNodePoolLimit,
		`{"replicas": 0, "limits": {"nodes": 0}}`:       BlockedByNodePoolLimit,
		`{"limits": {"nodes": 1}}`:                      "",
		`{"limits": {"cpu": "1000", "memory": "10Gi"}}`: "",
	} {
		object := map[string]any{}
		if err := json.Unmarshal([]byte(`{"metadata": {"name": "p"}, "spec": `+spec+`}`), &object); err != nil {
			t.Fatal(err)
		}
		pool := &NodePool{}
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object, pool); err != nil {
			t.Fatalf("%s: %v", spec, err)
		}
		got := ""
		if full := pool.Full(); full != nil {
			got = full.Reason
		}
		if got != reason {
			t.Errorf("%s: %q, want %q", spec, got, reason)
		}
	}
}
