package cilium

import (
	"errors"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

func TestTheFirstVersionThatIsServedIsRead(t *testing.T) {
	t.Parallel()
	away := errors.New("the API server is away")
	unknown := &meta.NoKindMatchError{GroupKind: schema.GroupKind{Group: "cilium.io", Kind: "CiliumCIDRGroup"}}
	gone := apierrors.NewNotFound(schema.GroupResource{Group: "cilium.io", Resource: "ciliumcidrgroups"}, "")
	for name, test := range map[string]struct {
		answers map[string]error
		version string
		err     error
	}{
		"the first":                              {map[string]error{"v2": nil, "v2alpha1": nil}, "v2", nil},
		"the second, where the first is unknown": {map[string]error{"v2": unknown, "v2alpha1": nil}, "v2alpha1", nil},
		"the second, where the first is gone":    {map[string]error{"v2": gone, "v2alpha1": nil}, "v2alpha1", nil},
		"neither":                                {map[string]error{"v2": unknown, "v2alpha1": gone}, "", nil},
		"no further, where the first fails":      {map[string]error{"v2": away, "v2alpha1": nil}, "v2", away},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ask := func(list *unstructured.UnstructuredList) error { return test.answers[list.GroupVersionKind().Version] }
			list, err := FirstServed(ask, ListOf("CiliumCIDRGroup", "v2"), ListOf("CiliumCIDRGroup", "v2alpha1"))
			version := ""
			if list != nil {
				version = list.GroupVersionKind().Version
			}
			if version != test.version || !errors.Is(err, test.err) {
				t.Errorf("version %q, error %v", version, err)
			}
		})
	}
}
