package docs

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	"sigs.k8s.io/yaml"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

var (
	documentEnd = regexp.MustCompile(`(?m)^---\s*$`)
	lineStart   = regexp.MustCompile(`(?m)^`)
)

// TestYAMLInPagesIsWhatTheAPITakes decodes every YAML block strictly: whole objects into their kind, pieces of one (they
// begin with spec or a field of it) into every kind until one takes it. Objects of other groups have to say what they are.
func TestYAMLInPagesIsWhatTheAPITakes(t *testing.T) {
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	d := decoder{json.NewSerializerWithOptions(json.DefaultMetaFactory, scheme, scheme, json.SerializerOptions{Yaml: true, Strict: true})}
	for _, p := range Pages(t) {
		for _, b := range p.Blocks {
			if b.Language != "yaml" {
				continue
			}
			for _, document := range documentEnd.Split(b.Text, -1) {
				if err := d.check(document); err != nil {
					t.Errorf("%s:%d: %v", p.Path, b.Line, err)
				}
			}
		}
	}
}

type decoder struct{ runtime.Decoder }

func (d decoder) check(document string) error {
	var head struct{ APIVersion string }
	switch err := yaml.Unmarshal([]byte(document), &head); {
	case err != nil:
		return err
	case head.APIVersion == "":
		return d.piece(document)
	case !strings.HasPrefix(head.APIVersion, v1alpha1.GroupVersion.Group+"/"):
		return nil // what is somebody else's is for their parser
	}
	_, _, err := d.Decode([]byte(document), nil, nil)
	return err
}

// piece is a part of an object: what is below metadata, or below spec.
func (d decoder) piece(document string) error {
	refusals := []error{errors.New("no kind takes this piece")}
	for _, kind := range []string{"VPCPeering", "PeeredCluster", "AWSIdentity"} {
		head := fmt.Sprintf("apiVersion: %s\nkind: %s\n", v1alpha1.GroupVersion, kind)
		for _, text := range []string{document, "spec:\n" + lineStart.ReplaceAllString(document, "  ")} {
			_, _, err := d.Decode([]byte(head+text), nil, nil)
			if err == nil {
				return nil
			}
			refusals = append(refusals, fmt.Errorf("%s: %w", kind, err))
		}
	}
	return errors.Join(refusals...)
}
