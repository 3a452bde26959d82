package manifest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// File is one file by its name.
type File struct {
	Name    string
	Content []byte
}

// Objects are what files hold of our kinds, and the namespaces. Other kinds are left out.
type Objects struct {
	Peerings   []*v1alpha1.VPCPeering
	Clusters   []*v1alpha1.PeeredCluster
	Identities []*v1alpha1.AWSIdentity
	Namespaces []*corev1.Namespace
}

// parser reads documents one after the other.
type parser struct {
	schemas   map[string]schema
	namespace string
	objects   Objects
	seen      map[string]string
	problems  []string
}

// Parse reads files. Namespace is that of objects that name none. Problems are all mistakes, each with file, document,
// kind, name and field.
func Parse(files []File, namespace string) (objects Objects, problems []string, err error) {
	known, err := schemas()
	if err != nil {
		return Objects{}, nil, err
	}
	p := &parser{schemas: known, namespace: namespace, seen: map[string]string{}}
	for _, file := range files {
		p.file(file)
	}
	return p.objects, p.problems, nil
}

func (p *parser) file(file File) {
	reader := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(file.Content)))
	for number := 1; ; number++ {
		content, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		where := fmt.Sprintf("%s, document %d", file.Name, number)
		if err != nil {
			p.problem(where, err.Error())
			return
		}
		document := map[string]any{}
		if err := yaml.UnmarshalStrict(content, &document); err != nil {
			p.problem(where, strings.TrimPrefix(err.Error(), "error converting YAML to JSON: "))
			continue
		}
		p.document(where, document)
	}
}

func (p *parser) document(where string, document map[string]any) {
	object := &unstructured.Unstructured{Object: document}
	if items, isList := document["items"].([]any); isList && strings.HasSuffix(object.GetKind(), "List") {
		for i, item := range items {
			if one, is := item.(map[string]any); is {
				p.document(fmt.Sprintf("%s, item %d", where, i+1), one)
			}
		}
		return
	}
	if len(document) == 0 {
		return
	}
	where += fmt.Sprintf(" (%s)", strings.TrimSpace(object.GetKind()+" "+object.GetName()))
	switch known, ours := p.schemas[object.GetKind()]; {
	case object.GetKind() == "" || object.GetAPIVersion() == "":
		p.problem(where, "apiVersion and kind are needed.")
	case object.GroupVersionKind().Group != v1alpha1.GroupVersion.Group:
		p.other(where, object)
	case !ours:
		p.problem(where, "kind: There is no such kind in "+v1alpha1.GroupVersion.Group+". Known are VPCPeering, PeeredCluster and AWSIdentity.")
	case object.GetAPIVersion() != v1alpha1.GroupVersion.String():
		p.problem(where, fmt.Sprintf("apiVersion: This plugin knows %s, and not %s. Use the plugin of the release that the file is for.", v1alpha1.GroupVersion, object.GetAPIVersion()))
	case object.GetName() == "":
		p.problem(where, "metadata.name: A name is needed.")
	default:
		p.ours(where, known, object)
	}
}

func (p *parser) ours(where string, known schema, object *unstructured.Unstructured) {
	delete(object.Object, "status") // what a file says of it, nobody observed
	problems := known.check(object.Object)
	for _, problem := range problems {
		p.problem(where, problem)
	}
	if known.namespaced && object.GetNamespace() == "" {
		object.SetNamespace(p.namespace)
	}
	key := object.GetKind() + " " + object.GetNamespace() + "/" + object.GetName()
	if before, twice := p.seen[key]; twice {
		p.problem(where, "metadata.name: It is there already, in "+before+".")
		return
	}
	p.seen[key] = where
	if len(problems) > 0 {
		return
	}
	switch object.GetKind() {
	case "VPCPeering":
		p.objects.Peerings = decoded(p, where, object, p.objects.Peerings, &v1alpha1.VPCPeering{})
	case "PeeredCluster":
		p.objects.Clusters = decoded(p, where, object, p.objects.Clusters, &v1alpha1.PeeredCluster{})
	case "AWSIdentity":
		p.objects.Identities = decoded(p, where, object, p.objects.Identities, &v1alpha1.AWSIdentity{})
	}
}

// other kinds are not looked at, except namespaces: which of them an object admits goes by their labels.
func (p *parser) other(where string, object *unstructured.Unstructured) {
	if object.GetKind() == "Namespace" && object.GetAPIVersion() == "v1" {
		p.objects.Namespaces = decoded(p, where, object, p.objects.Namespaces, &corev1.Namespace{})
	}
}

func decoded[T client.Object](p *parser, where string, object *unstructured.Unstructured, before []T, into T) []T {
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, into); err != nil {
		p.problem(where, err.Error())
		return before
	}
	return append(before, into)
}

func (p *parser) problem(where, what string) {
	p.problems = append(p.problems, where+": "+what)
}
