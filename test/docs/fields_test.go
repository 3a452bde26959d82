package docs

import (
	"reflect"
	"regexp"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// fieldPath is spec.rollout.window or {.status.rollout.preview}, in code.
var fieldPath = regexp.MustCompile(`(?:^|[\s{(=/.])((?:spec|status)(?:\.[A-Za-z]\w*)+)`)

// kinds are those whose fields the pages speak of.
var kinds = []any{v1alpha1.VPCPeering{}, v1alpha1.PeeredCluster{}, v1alpha1.AWSIdentity{}, corev1.Pod{}, corev1.Node{}}

// foreign are fields of kinds that no Go type here describes.
var foreign = map[string]string{
	"status.eni.enis":                           "CiliumNode",
	"spec.template.metadata.annotations":        "NodePool",
	"spec.defaults":                             "CiliumNodeConfig",
	"spec.template.spec.terminationGracePeriod": "NodePool",
}

func TestFieldsInPagesExist(t *testing.T) {
	for _, p := range Pages(t) {
		for _, code := range p.Code() {
			for _, found := range fieldPath.FindAllStringSubmatch(code, -1) {
				if path := found[1]; foreign[path] == "" && !isField(path) {
					t.Errorf("%s speaks of %s, which no kind has", p.Path, path)
				}
			}
		}
	}
}

func isField(path string) bool {
	for _, kind := range kinds {
		if has(reflect.TypeOf(kind), strings.Split(path, ".")) {
			return true
		}
	}
	return false
}

// has reports whether the type, as JSON, has the path; lists are looked into.
func has(t reflect.Type, path []string) bool {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if len(path) == 0 || t.Kind() == reflect.Map {
		return true
	}
	if t.Kind() != reflect.Struct {
		return false
	}
	for field := range t.Fields() {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == path[0] && has(field.Type, path[1:]) || strings.Contains(options, "inline") && has(field.Type, path) {
			return true
		}
	}
	return false
}
