package install

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/util/validation"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// hostile are texts that YAML takes for something else where they stand without quotes.
var hostile = []string{"true", "null", "0123", "1e3", "1.5", "a: b", "a #b", "*a", "- a", "{a: b}", `"a`, "@a", "a\nb: c"}

// stands are texts that a value may have instead, the first that the schema takes: what renders to one of them has to render to
// the hostile text in the same place.
var stands = []string{"stand-in", "arn:aws:iam::111111111111:role/stand-in", "eu-stand-1"}

// TestEveryTextOfTheValuesRendersToItself walks the schema, so that a new value is tested, too.
func TestEveryTextOfTheValuesRendersToItself(t *testing.T) {
	var schema node
	content, err := os.ReadFile(chartPath + "/values.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, &schema); err != nil {
		t.Fatal(err)
	}
	paths := schema.texts(nil)
	if len(paths) < 20 {
		t.Fatalf("the schema has %d texts", len(paths))
	}
	for _, path := range paths {
		t.Run(strings.Join(path, "."), func(t *testing.T) {
			expectItself(t, hostile, func(text string) ([]byte, error) { return render(with(t, path, text)) })
		})
	}
}

// A name of a release or of a namespace may be `123` or `true`, too.
func TestTheNamesThatHelmGivesRenderToThemselves(t *testing.T) {
	labels := slices.DeleteFunc(slices.Clone(hostile), func(text string) bool { return len(validation.IsDNS1123Label(text)) > 0 })
	t.Run("release", func(t *testing.T) {
		expectItself(t, labels, func(text string) ([]byte, error) { return renderFor(parseValues(t, everything), text, namespace) })
	})
	t.Run("namespace", func(t *testing.T) {
		expectItself(t, labels, func(text string) ([]byte, error) { return renderFor(parseValues(t, everything), releaseName, text) })
	})
}

// node is the part of a schema that says where texts are.
type node struct {
	Type                 any
	Enum                 []any
	Properties           map[string]node
	Items                *node
	AdditionalProperties json.RawMessage
}

// texts are the paths to texts: of an entry of a list it is 0, of a map whose keys are free it is key.
func (n node) texts(at []string) [][]string {
	var paths [][]string
	for _, key := range slices.Sorted(maps.Keys(n.Properties)) {
		paths = append(paths, n.Properties[key].texts(append(slices.Clone(at), key))...)
	}
	if n.Items != nil {
		paths = append(paths, n.Items.texts(append(slices.Clone(at), "0"))...)
	}
	var free node
	if json.Unmarshal(n.AdditionalProperties, &free) == nil && free.Type != nil {
		paths = append(paths, free.texts(append(slices.Clone(at), "key"))...)
	}
	if n.Type == "string" && n.Enum == nil {
		paths = append(paths, at)
	}
	return paths
}

// needs are values that others need to have an effect.
var needs = map[string]string{
	"image.tag":          "image: {digest: ''}",
	"aws.secretName":     "aws: {credentials: Static, roleARN: ''}",
	"metrics.podMonitor": podMonitor,
	"installationID":     "installationID: ''",
}

// with are values under which a text has an effect, and has it.
func with(t *testing.T, path []string, text string) map[string]any {
	t.Helper()
	values := parseValues(t, everything+"\ncrds: {enabled: false}") // large, and of the values only those of the labels are in them
	for prefix, needed := range needs {
		if strings.HasPrefix(strings.Join(path, ".")+".", prefix+".") {
			merge(values, parseValues(t, needed))
		}
	}
	var given any = text
	for _, key := range slices.Backward(path) {
		if key == "0" {
			given = []any{given}
		} else {
			given = map[string]any{key: given}
		}
	}
	merge(values, given.(map[string]any))
	return values
}

// merge sets what is given in values, as Helm does: maps are merged, all else is replaced.
func merge(values, given map[string]any) {
	for key, value := range given {
		inner, isMap := value.(map[string]any)
		if old, both := values[key].(map[string]any); isMap && both {
			merge(old, inner)
			continue
		}
		values[key] = value
	}
}

// expectItself renders with a harmless text and with each hostile one that is taken, and compares.
func expectItself(t *testing.T, texts []string, render func(text string) ([]byte, error)) {
	t.Helper()
	t.Helper()
	stand, rendered := "", []byte(nil)
	for _, stand = range stands {
		var err error
		if rendered, err = render(stand); err == nil {
			break
		}
	}
	tried := 0
	for _, text := range texts {
		got, err := render(text)
		if err != nil && strings.Contains(err.Error(), "values don't meet the specifications of the schema") {
			continue
		}
		if err != nil {
			t.Errorf("with %q rendering fails: %v", text, err)
			continue
		}
		tried++
		want := documents(t, rendered)
		if !strings.Contains(strings.Join(want, "\n"), stand) {
			t.Fatalf("%q is nowhere in what is rendered: the value has no effect", stand)
		}
		quoted, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		for i := range want {
			want[i] = strings.ReplaceAll(want[i], stand, string(quoted[1:len(quoted)-1]))
		}
		if diff := cmp.Diff(sorted(want), sorted(documents(t, got))); diff != "" {
			t.Errorf("with %q (-the same text +what is rendered):\n%s", text, diff)
		}
	}
	t.Logf("%d of %d texts are taken", tried, len(texts))
}

func sorted(texts []string) []string {
	slices.Sort(texts)
	return texts
}

// documents are the objects of a manifest, as JSON. What is no YAML is a document, too: the comparison shows it.
func documents(t *testing.T, manifest []byte) []string {
	t.Helper()
	var all []string
	reader := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(manifest)))
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(document, []byte("kind: CustomResourceDefinition\n")) && len(document) > 20_000 {
			document = document[:bytes.Index(document, []byte("\nspec:"))] // large, and no value is in it
		}
		object, err := yaml.YAMLToJSON(document)
		if err != nil {
			object = document
		}
		all = append(all, string(object))
	}
}
