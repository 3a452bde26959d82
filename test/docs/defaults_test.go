package docs

import (
	"fmt"
	"strings"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"
)

// TestEveryDefaultIsInTheFieldsDescription: kubectl explain prints the description, and not the default.
func TestEveryDefaultIsInTheFieldsDescription(t *testing.T) {
	seen := 0
	for _, path := range Files(t, ".yaml") {
		if !strings.HasPrefix(path, "config/crd/bases/") {
			continue
		}
		var crd apiextensionsv1.CustomResourceDefinition
		if err := yaml.Unmarshal([]byte(Read(t, path)), &crd); err != nil {
			t.Fatal(err)
		}
		for _, version := range crd.Spec.Versions {
			seen += defaultsDescribed(t, crd.Spec.Names.Kind, *version.Schema.OpenAPIV3Schema)
		}
	}
	if seen == 0 {
		t.Error("no field has a default")
	}
}

// defaultsDescribed counts the values that are defaults below a field; the default of an object is that of its fields.
func defaultsDescribed(t *testing.T, field string, schema apiextensionsv1.JSONSchemaProps) int {
	t.Helper()
	seen := 0
	if schema.Default != nil && schema.Type != "object" {
		seen++
		value := strings.Trim(string(schema.Default.Raw), `"`)
		if words := strings.Join(strings.Fields(schema.Description), " "); !strings.Contains(words, "Default: "+value+".") {
			t.Errorf("the description of %s does not say \"Default: %s.\": %s", field, value, words)
		}
	}
	for name, property := range schema.Properties {
		seen += defaultsDescribed(t, fmt.Sprintf("%s.%s", field, name), property)
	}
	if schema.Items != nil && schema.Items.Schema != nil {
		seen += defaultsDescribed(t, field+"[]", *schema.Items.Schema)
	}
	return seen
}
