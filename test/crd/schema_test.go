// Package crd tests what the API server lets in by our CRDs against what Go makes of it. The API server's own code judges here,
// without the server.
package crd

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"
)

// gate judges the objects of a kind as the API server does.
type gate struct {
	kind       string
	structural *schema.Structural
	openAPI    validation.SchemaValidator
	rules      *cel.Validator
}

// gateOf reads the CRD of a kind, in the plural and lower case.
func gateOf(t testing.TB, plural string) gate {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "config", "crd", "bases", "networking.crossvpc.io_"+plural+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var crd apiextensionsv1.CustomResourceDefinition
	if err := yaml.UnmarshalStrict(text, &crd); err != nil {
		t.Fatal(err)
	}
	var internal apiextensions.JSONSchemaProps
	if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(crd.Spec.Versions[0].Schema.OpenAPIV3Schema, &internal, nil); err != nil {
		t.Fatal(err)
	}
	structural, err := schema.NewStructural(&internal)
	if err != nil {
		t.Fatal(err)
	}
	openAPI, _, err := validation.NewSchemaValidator(&internal)
	if err != nil {
		t.Fatal(err)
	}
	return gate{crd.Spec.Names.Kind, structural, openAPI, cel.NewValidator(structural, true, celconfig.PerCallLimit)}
}

// refuses says why the API server would not let an object in; unknown fields are taken out of it first, as there.
func (g gate) refuses(object map[string]any) field.ErrorList {
	pruning.Prune(object, g.structural, true)
	errs := validation.ValidateCustomResource(nil, object, g.openAPI)
	broken, _ := g.rules.Validate(context.Background(), nil, g.structural, object, nil, celconfig.RuntimeCELCostBudget)
	return append(errs, broken...)
}

// takes says whether the API server finds nothing wrong with a value at a place, whatever it finds elsewhere.
func (g gate) takes(path []any, value any) bool {
	for _, err := range g.refuses(around(path, value).(map[string]any)) {
		if strings.HasPrefix(err.Field, fieldOf(path)) {
			return false
		}
	}
	return true
}

// around is an object that has nothing but a value at a place.
func around(path []any, value any) any {
	if len(path) == 0 {
		return value
	}
	inside := around(path[1:], value)
	if name, ok := path[0].(string); ok {
		return map[string]any{name: inside}
	}
	return []any{inside}
}

// fieldOf is a path as errors write it. A rule about all elements of a list names the list.
func fieldOf(path []any) string {
	var text strings.Builder
	for i, at := range path {
		switch at := at.(type) {
		case string:
			text.WriteString("." + at)
		case int:
			if i < len(path)-1 {
				fmt.Fprintf(&text, "[%d]", at)
			}
		}
	}
	return strings.TrimPrefix(text.String(), ".")
}
