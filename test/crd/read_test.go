package crd

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
	kjson "sigs.k8s.io/json"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// kinds are all of ours, and what Go reads them into.
var kinds = map[string]func() any{
	"vpcpeerings":    func() any { return new(v1alpha1.VPCPeering) },
	"peeredclusters": func() any { return new(v1alpha1.PeeredCluster) },
	"awsidentities":  func() any { return new(v1alpha1.AWSIdentity) },
}

func matches(s *schema.Structural, text string) bool {
	v := s.ValueValidation
	if v == nil {
		return true
	}
	long := v.MinLength == nil || int64(len(text)) >= *v.MinLength
	short := v.MaxLength == nil || int64(len(text)) <= *v.MaxLength
	return long && short && regexp.MustCompile(v.Pattern).MatchString(text)
}

// place is one in the example of a kind.
type place struct {
	gate
	leaf
	example map[string]any
	read    func() any
	// anyway are the refusals of the example as it is: its places are right one by one, and not all of them together.
	anyway map[string]bool
}

func places(t testing.TB) []place {
	t.Helper()
	var all []place
	for _, plural := range slices.Sorted(maps.Keys(kinds)) {
		p := place{gate: gateOf(t, plural), read: kinds[plural], anyway: map[string]bool{}}
		var leaves []leaf
		p.example = map[string]any{"apiVersion": "networking.crossvpc.io/v1alpha1", "kind": p.gate.kind, "metadata": map[string]any{"name": "a"}}
		for _, half := range []string{"spec", "status"} {
			s := p.structural.Properties[half]
			p.example[half] = filled(&s, []any{half}, &leaves, matches)
		}
		for _, err := range p.refuses(p.example) {
			p.anyway[err.Error()] = true
		}
		for _, p.leaf = range leaves {
			all = append(all, p)
		}
	}
	return all
}

// check puts a value at the place: if the API server lets it in, Go must read it.
func (p place) check(t *testing.T, text string) {
	t.Helper()
	var value any
	if kjson.UnmarshalCaseSensitivePreserveInts([]byte(text), &value) != nil {
		return
	}
	object := put(p.example, p.path, value).(map[string]any)
	stored, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	unread := kjson.UnmarshalCaseSensitivePreserveInts(stored, p.read())
	if unread == nil {
		return
	}
	refused := func(err *field.Error) bool { return !p.anyway[err.Error()] }
	if !slices.ContainsFunc(p.refuses(object), refused) {
		t.Errorf("%s: %s with %s is let in, and Go does not read it: %v", p.gate.kind, p.leaf, text, unread)
	}
}

// odd are values that one reader takes and another may not.
var odd = []string{
	`null`, `""`, `"a"`, `1`, `-1`, `1.0`, `1e3`, `0.5`, `2147483648`, `9223372036854775808`, `1e19`, `true`, `[]`, `{}`, `[null]`, `{"a":null}`,
	`"2026-11-30T12:00:00Z"`, `"2026-11-30t12:00:00z"`, `"2026-11-30T12:00:00+99:99"`, `"2026-11-30T12:00:00X5Z"`, `"2026-11-30T12:00:00"`,
	`"2026-02-30T12:00:00Z"`, `"\ud800"`, `"\u0000"`, `"1"`,
}

// client-go reads a list as a whole. One object that passes the CRD and can't be read into Go's types would end the watches of
// all objects of its kind, for all tenants. (The API server takes "2026-11-30t12:00:00z" and even [] for a date-time.)
func TestWhatTheAPIServerLetsInGoReadsAtEveryPlace(t *testing.T) {
	for _, p := range places(t) {
		for _, text := range odd {
			p.check(t, text)
		}
	}
}

func FuzzWhatTheAPIServerLetsInGoReads(f *testing.F) {
	all := places(f)
	for i, text := range odd {
		f.Add(text, uint16(i))
	}
	f.Fuzz(func(t *testing.T, text string, at uint16) { all[int(at)%len(all)].check(t, text) })
}

func TestTheExampleOfEachKindIsLetInButForItsRulesAcrossPlaces(t *testing.T) {
	for plural, read := range kinds {
		g := gateOf(t, plural)
		var leaves []leaf
		status := g.structural.Properties["status"]
		object := map[string]any{"apiVersion": "networking.crossvpc.io/v1alpha1", "kind": g.kind, "metadata": map[string]any{"name": "a"},
			"status": filled(&status, []any{"status"}, &leaves, matches)}
		for _, err := range g.refuses(object) {
			if strings.HasPrefix(err.Field, "status") {
				t.Errorf("%s: %v", g.kind, err)
			}
		}
		stored, _ := json.Marshal(object)
		if err := kjson.UnmarshalCaseSensitivePreserveInts(stored, read()); err != nil || len(leaves) < 10 {
			t.Errorf("%s: %v, %d places", g.kind, err, len(leaves))
		}
	}
}
