package cilium

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

var update = flag.Bool("update", false, "write the golden files")

func TestC6NodeConfigsAreAsInTheGoldenFiles(t *testing.T) {
	old, wide := prefix("10.8.0.0/13"), prefix("10.0.0.0/12")
	for name, revisions := range map[string][]Revision{
		"canary":            {{wide, Selection{SelectCanary, []string{"ip-10-11-0-7"}}}},
		"held-back":         {{wide, Selection{SelectAllBut, []string{"ip-10-11-0-9", "ip-10-11-0-8", "ip-10-11-0-9"}}}},
		"everyone":          {{wide, Selection{Mode: SelectAllBut}}},
		"two-revisions":     {{old, Selection{SelectAllBut, []string{"ip-10-11-0-8"}}}, {wide, Selection{SelectAllBut, []string{"ip-10-11-0-8", "ip-10-11-0-9"}}}},
		"canary-over-older": {{old, Selection{Mode: SelectAllBut}}, {wide, Selection{SelectCanary, []string{"ip-10-11-0-7"}}}},
		"last-peering-gone": nil,
		"canary-of-nobody":  {{wide, Selection{Mode: SelectCanary}}},
	} {
		t.Run(name, func(t *testing.T) {
			golden(t, name, NodeConfigs(testOwner, "kube-system", revisions))
		})
	}
}

func golden(t *testing.T, name string, configs []NodeConfig) {
	t.Helper()
	var documents []string
	for _, config := range configs {
		object, err := config.Unstructured("v2")
		if err != nil {
			t.Fatal(err)
		}
		text, err := yaml.Marshal(object.Object)
		if err != nil {
			t.Fatal(err)
		}
		documents = append(documents, string(text))
	}
	got, path := strings.Join(documents, "---\n"), filepath.Join("testdata", name+".yaml")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got):\n%s", path, d)
	}
}

func TestC6EachNodeGetsTheNewestValueThatMayReachIt(t *testing.T) {
	old, wide := prefix("10.8.0.0/13"), prefix("10.0.0.0/12")
	configs := NodeConfigs(testOwner, "kube-system", []Revision{
		{old, Selection{SelectAllBut, []string{"a"}}},
		{wide, Selection{SelectAllBut, []string{"a", "b"}}},
	})
	slices.Reverse(configs)
	in := install("1.18.0", with(eniConfig, NativeRoutingKey, "10.11.0.0/16"), configs...)
	in.Nodes = append(in.Nodes, Node{Name: "unlabelled"}, testNode("joined-later"))
	got := map[string]string{}
	for _, node := range Observe(in).Nodes {
		got[node.Node.Name] = node.Effective.CIDR.String()
	}
	want := map[string]string{"a": "10.11.0.0/16", "b": "10.8.0.0/13", "c": "10.0.0.0/12", "unlabelled": "10.0.0.0/12", "joined-later": "10.0.0.0/12"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestC6FiveHundredNodesCanBeHeldBack(t *testing.T) {
	var hostnames []string
	for i := range 600 {
		hostnames = append(hostnames, fmt.Sprintf("ip-10-11-%d-%d.eu-west-1.compute.internal", i/250, i%250))
	}
	config := ours(testOwner, prefix("10.8.0.0/13"), Selection{SelectAllBut, hostnames})
	object, err := config.Unstructured("v2")
	if err != nil {
		t.Fatal(err)
	}
	text, err := object.MarshalJSON()
	if err != nil || len(text) > 100_000 {
		t.Errorf("%d bytes, %v", len(text), err)
	}
	if config.Selects(map[string]string{"kubernetes.io/hostname": hostnames[599]}) || !config.Selects(map[string]string{"kubernetes.io/hostname": "new"}) {
		t.Error("wrong nodes are held back")
	}
}

func TestTheWiderValueSortsLast(t *testing.T) {
	var names []string
	for bits := 32; bits >= 8; bits-- {
		names = append(names, testOwner.Name(prefix(fmt.Sprintf("10.0.0.0/%d", bits))))
	}
	if !slices.IsSorted(names) {
		t.Errorf("%v", names)
	}
}

func TestALongNameIsCutAndStaysItsOwn(t *testing.T) {
	long := Owner{PeeredCluster: strings.Repeat("a", 253)}
	other := Owner{PeeredCluster: strings.Repeat("a", 252) + "b"}
	value := prefix("10.8.0.0/13")
	if len(long.Name(value)) != maxNameLength || long.Name(value) == other.Name(value) {
		t.Errorf("%s\n%s", long.Name(value), other.Name(value))
	}
}

func TestReadRevisionIsTheInverse(t *testing.T) {
	for _, want := range []Revision{
		{prefix("10.8.0.0/13"), Selection{SelectCanary, []string{"a"}}},
		{prefix("10.8.0.0/13"), Selection{SelectAllBut, []string{"a", "b"}}},
		{prefix("10.8.0.0/13"), Selection{Mode: SelectAllBut}},
	} {
		object, err := ours(testOwner, want.CIDR, want.Selection).Unstructured("v2alpha1")
		if err != nil {
			t.Fatal(err)
		}
		config, err := NodeConfigFromUnstructured(object)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ReadRevision(config)
		if d := cmp.Diff(want, got, samePrefix); d != "" || err != nil {
			t.Errorf("%v %s", err, d)
		}
		if testOwner.Classify(config) != OwnershipOurs {
			t.Error("it is no longer ours after the way through the API")
		}
	}
	for name, config := range map[string]NodeConfig{
		"no value":              foreign("x", "", everyNode),
		"no CIDR":               foreign("x", "many", everyNode),
		"no selector":           foreign("x", "10.8.0.0/13", nil),
		"labels":                foreign("x", "10.8.0.0/13", gpuNodes),
		"another label":         foreign("x", "10.8.0.0/13", &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "pool", Operator: metav1.LabelSelectorOpIn, Values: []string{"a"}}}}),
		"another operator":      foreign("x", "10.8.0.0/13", &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "kubernetes.io/hostname", Operator: metav1.LabelSelectorOpExists}}}),
		"more than one of them": foreign("x", "10.8.0.0/13", &metav1.LabelSelector{MatchExpressions: make([]metav1.LabelSelectorRequirement, 2)}),
	} {
		if got, err := ReadRevision(config); err == nil {
			t.Errorf("%s: read as %+v", name, got)
		}
	}
}

func TestNodeConfigFromUnstructuredNamesTheObject(t *testing.T) {
	object := &unstructured.Unstructured{Object: map[string]any{"metadata": map[string]any{"name": "x", "namespace": "n"}, "spec": "no"}}
	if _, err := NodeConfigFromUnstructured(object); err == nil || !strings.Contains(err.Error(), "CiliumNodeConfig n/x") {
		t.Error(err)
	}
}

func TestC4Classify(t *testing.T) {
	value := prefix("10.8.0.0/13")
	made := func(change func(*Owner)) NodeConfig {
		owner := testOwner
		change(&owner)
		return ours(owner, value, Selection{Mode: SelectAllBut})
	}
	edited := made(func(*Owner) {})
	edited.Spec.Defaults = map[string]string{NativeRoutingKey: "10.0.0.0/8"}
	narrowed := made(func(*Owner) {})
	narrowed.Spec.NodeSelector = gpuNodes
	editedBefore := made(func(o *Owner) { o.UID = "before" })
	editedBefore.Spec.NodeSelector = gpuNodes
	longID := testOwner
	longID.InstallationID = strings.Repeat("x", 70) + "!"
	for name, tc := range map[string]struct {
		owner  Owner
		config NodeConfig
		want   Ownership
		ours   bool
	}{
		"as we wrote it":                         {testOwner, made(func(*Owner) {}), OwnershipOurs, true},
		"the value was edited":                   {testOwner, edited, OwnershipEdited, true},
		"the selector was edited":                {testOwner, narrowed, OwnershipEdited, true},
		"of a PeeredCluster restored since":      {testOwner, made(func(o *Owner) { o.UID = "before" }), OwnershipPredecessor, true},
		"of one that had another name":           {testOwner, made(func(o *Owner) { o.UID, o.PeeredCluster = "before", "local" }), OwnershipPredecessor, true},
		"of one restored since, and edited":      {testOwner, editedBefore, OwnershipEdited, true},
		"of another installation":                {testOwner, made(func(o *Owner) { o.InstallationID = "installation-2" }), OwnershipOtherOwner, false},
		"somebody else's":                        {testOwner, foreign("zz-crossvpc-eu", "10.8.0.0/13", everyNode), OwnershipForeign, false},
		"with an id that can't be a label value": {longID, ours(longID, value, Selection{Mode: SelectAllBut}), OwnershipOurs, true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tc.owner.Classify(tc.config); got != tc.want || got.Ours() != tc.ours {
				t.Errorf("got %s", got)
			}
		})
	}
}

func TestChanges(t *testing.T) {
	old, wide := prefix("10.8.0.0/13"), prefix("10.0.0.0/12")
	all := func(cidr string) NodeConfig { return ours(testOwner, prefix(cidr), Selection{Mode: SelectAllBut}) }
	edited := all("10.0.0.0/12")
	edited.Spec.NodeSelector = gpuNodes
	predecessor := testOwner
	predecessor.UID = "before"
	renamed := predecessor
	renamed.PeeredCluster = "local"
	stolen := foreign(testOwner.Name(wide), "10.11.0.0/16", everyNode)
	by := func(version string, config NodeConfig) NodeConfig {
		config.Metadata.Annotations = maps.Clone(config.Metadata.Annotations)
		config.Metadata.Annotations[v1alpha1.AnnotationVersion] = version
		return config
	}
	for name, tc := range map[string]struct {
		existing, desired            []NodeConfig
		apply, remove, edited, taken []string
	}{
		"nothing there, nothing wanted": {nil, nil, nil, nil, nil, nil},
		"as it should be":               {[]NodeConfig{all("10.0.0.0/12")}, []NodeConfig{all("10.0.0.0/12")}, nil, nil, nil, nil},
		"the winner is written first":   {nil, []NodeConfig{all("10.8.0.0/13"), all("10.0.0.0/12")}, []string{testOwner.Name(wide), testOwner.Name(old)}, nil, nil, nil},
		"as another version wrote it":   {[]NodeConfig{by("v0.0.1", all("10.0.0.0/12"))}, []NodeConfig{all("10.0.0.0/12")}, nil, nil, nil, nil},
		"an older revision goes":        {[]NodeConfig{all("10.8.0.0/13"), all("10.0.0.0/12")}, []NodeConfig{all("10.0.0.0/12")}, nil, []string{testOwner.Name(old)}, nil, nil},
		"the last peering is gone":      {[]NodeConfig{all("10.0.0.0/12"), foreign("x", "10.0.0.0/8", everyNode)}, nil, nil, []string{testOwner.Name(wide)}, nil, nil},
		"an edit is put right":          {[]NodeConfig{edited}, []NodeConfig{all("10.0.0.0/12")}, []string{testOwner.Name(wide)}, nil, []string{testOwner.Name(wide)}, nil},
		"a predecessor's is taken over": {[]NodeConfig{ours(predecessor, wide, Selection{Mode: SelectAllBut})}, []NodeConfig{all("10.0.0.0/12")}, []string{testOwner.Name(wide)}, nil, nil, nil},
		"one of another name goes, the winner last": {
			[]NodeConfig{ours(renamed, wide, Selection{Mode: SelectAllBut}), ours(renamed, old, Selection{Mode: SelectAllBut})}, []NodeConfig{all("10.0.0.0/12")},
			[]string{testOwner.Name(wide)}, []string{renamed.Name(old), renamed.Name(wide)}, nil, nil,
		},
		"another's under our name is left alone": {[]NodeConfig{stolen}, []NodeConfig{all("10.0.0.0/12")}, nil, nil, nil, []string{testOwner.Name(wide)}},
		"the list of those held back has changed": {
			[]NodeConfig{ours(testOwner, wide, Selection{SelectAllBut, []string{"a", "b"}})}, []NodeConfig{ours(testOwner, wide, Selection{SelectAllBut, []string{"a"}})},
			[]string{testOwner.Name(wide)}, nil, nil, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := Changes(testOwner, tc.existing, tc.desired)
			for what, pair := range map[string][2][]string{
				"apply": {tc.apply, names(got.Apply)}, "delete": {tc.remove, names(got.Delete)},
				"edited": {tc.edited, names(got.Edited)}, "taken": {tc.taken, names(got.Taken)},
			} {
				if d := cmp.Diff(pair[0], pair[1]); d != "" {
					t.Errorf("%s: %s", what, d)
				}
			}
		})
	}
}

func names(configs []NodeConfig) []string {
	var list []string
	for _, config := range configs {
		list = append(list, config.Metadata.Name)
	}
	return list
}

func TestLiveListsWhatOursSet(t *testing.T) {
	got := Live(testOwner, []NodeConfig{
		ours(testOwner, prefix("10.0.0.0/12"), Selection{SelectCanary, []string{"a"}}),
		ours(testOwner, prefix("10.8.0.0/13"), Selection{Mode: SelectAllBut}),
		foreign("x", "10.0.0.0/8", everyNode),
	})
	if d := cmp.Diff(prefixes("10.8.0.0/13", "10.0.0.0/12"), got, samePrefix); d != "" {
		t.Error(d)
	}
}
