package manifest

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/kube-openapi/pkg/validation/spec"
	"k8s.io/kube-openapi/pkg/validation/strfmt"
	"k8s.io/kube-openapi/pkg/validation/validate"
	"sigs.k8s.io/yaml"

	"github.com/crossvpc/crossvpc/config"
)

// schema is how the API server looks at objects of one kind. Rules between fields (CEL) are not among it: they need the API
// server's whole machinery, and it checks them when the file is applied.
type schema struct {
	structural *structuralschema.Structural
	fields     *spec.Schema
	namespaced bool
}

// schemas are those of our kinds, in the version that this release serves.
func schemas() (map[string]schema, error) {
	files, err := fs.Glob(config.Files, "crd/bases/*.yaml")
	if err != nil {
		return nil, err
	}
	all := map[string]schema{}
	for _, file := range files {
		content, err := config.Files.ReadFile(file)
		if err != nil {
			return nil, err
		}
		crd := &apiextensionsv1.CustomResourceDefinition{}
		if err := yaml.Unmarshal(content, crd); err != nil {
			return nil, fmt.Errorf("reading %s: %w", file, err)
		}
		read, err := newSchema(crd)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", file, err)
		}
		all[crd.Spec.Names.Kind] = read
	}
	return all, nil
}

func newSchema(crd *apiextensionsv1.CustomResourceDefinition) (schema, error) {
	given, internal := crd.Spec.Versions[0].Schema.OpenAPIV3Schema, &apiextensions.JSONSchemaProps{}
	if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(given, internal, nil); err != nil {
		return schema{}, err
	}
	structural, err := structuralschema.NewStructural(internal)
	if err != nil {
		return schema{}, err
	}
	content, err := json.Marshal(given)
	if err != nil {
		return schema{}, err
	}
	fields := &spec.Schema{}
	if err := json.Unmarshal(content, fields); err != nil {
		return schema{}, err
	}
	return schema{structural: structural, fields: fields, namespaced: crd.Spec.Scope == apiextensionsv1.NamespaceScoped}, nil
}

// check finds what the API server would refuse or drop, and fills in its defaults.
func (s schema) check(object map[string]any) []string {
	var problems []string
	unknown := pruning.PruneWithOptions(object, s.structural, true, structuralschema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})
	for _, path := range unknown {
		problems = append(problems, path+": There is no such field.")
	}
	fillIn(object, s.structural)
	for _, err := range validate.NewSchemaValidator(s.fields, nil, "", strfmt.Default).Validate(object).Errors {
		problems = append(problems, err.Error()+".")
	}
	slices.Sort(problems)
	return slices.Compact(problems)
}

// fillIn sets defaults as the API server does: a field that is left out gets its default, and then those below it.
func fillIn(value any, s *structuralschema.Structural) {
	switch value := value.(type) {
	case map[string]any:
		for name, property := range s.Properties {
			if _, set := value[name]; !set && property.Default.Object != nil {
				value[name] = runtime.DeepCopyJSONValue(property.Default.Object)
			}
			fillIn(value[name], &property)
		}
		if s.AdditionalProperties != nil && s.AdditionalProperties.Structural != nil {
			for _, one := range value {
				fillIn(one, s.AdditionalProperties.Structural)
			}
		}
	case []any:
		for _, one := range value {
			if s.Items != nil {
				fillIn(one, s.Items)
			}
		}
	}
}
