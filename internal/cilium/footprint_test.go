package cilium

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// ciliumNode reads testdata/ciliumnode.yaml, a node as Cilium 1.18 reports it,
// after replacing text in it.
func ciliumNode(t *testing.T, replace ...string) CiliumNode {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "ciliumnode.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	object := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(strings.NewReplacer(replace...).Replace(string(text))), &object.Object); err != nil {
		t.Fatal(err)
	}
	node, err := CiliumNodeFromUnstructured(object)
	if err != nil {
		t.Fatal(err)
	}
	return node
}

func TestDiscoverReadsWhereAClusterIs(t *testing.T) {
	second := ciliumNode(t, "ip-10-11-1-10", "ip-10-11-2-20", "eu-west-1a", "eu-west-1b", "i-0aaa", "i-0bbb", "eni-0a", "eni-0b", "subnet-node-a", "subnet-node-b")
	var fresh CiliumNode
	fresh.Metadata.Name = "fresh"
	fresh.Spec.ENI.VPCID = "vpc-0eu"
	got, err := Discover([]CiliumNode{second, fresh, ciliumNode(t)}, Pin{})
	if err != nil {
		t.Fatal(err)
	}
	want := Footprint{
		VPCID: "vpc-0eu", Region: "eu-west-1", Primary: prefix("10.11.0.0/16"), Secondary: prefixes("100.64.0.0/16"),
		Zones: []string{"eu-west-1a", "eu-west-1b"}, SubnetIDs: []string{"subnet-node-a", "subnet-node-b", "subnet-pod-a"},
		Interfaces: []Interface{
			{ID: "eni-0a0", Node: "ip-10-11-1-10.eu-west-1.compute.internal", SubnetID: "subnet-node-a", SecurityGroupIDs: []string{"sg-cluster", "sg-node"}, CarriesPods: true},
			{ID: "eni-0a1", Node: "ip-10-11-1-10.eu-west-1.compute.internal", SubnetID: "subnet-pod-a", Number: 1, SecurityGroupIDs: []string{"sg-pod"}, CarriesPods: true},
			{ID: "eni-0b0", Node: "ip-10-11-2-20.eu-west-1.compute.internal", SubnetID: "subnet-node-b", SecurityGroupIDs: []string{"sg-cluster", "sg-node"}, CarriesPods: true},
			{ID: "eni-0b1", Node: "ip-10-11-2-20.eu-west-1.compute.internal", SubnetID: "subnet-pod-a", Number: 1, SecurityGroupIDs: []string{"sg-pod"}, CarriesPods: true},
		},
		Instances: []Instance{
			{"ip-10-11-1-10.eu-west-1.compute.internal", "i-0aaa", "eu-west-1a"},
			{"ip-10-11-2-20.eu-west-1.compute.internal", "i-0bbb", "eu-west-1b"},
		},
		Pending: []string{"fresh"},
	}
	if d := cmp.Diff(want, got, samePrefix); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([][]string{{"sg-cluster", "sg-node"}, {"sg-pod"}}, got.PodGroupSets()); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(prefixes("10.11.0.0/16", "100.64.0.0/16"), got.Blocks(), samePrefix); d != "" {
		t.Error(d)
	}
}

func TestDiscoverKnowsInterfacesThatCarryNoPods(t *testing.T) {
	for name, tc := range map[string]struct {
		replace []string
		want    map[string]bool
	}{
		"all":                            {nil, map[string]bool{"eni-0a0": true, "eni-0a1": true}},
		"not below the first index":      {[]string{"first-interface-index: 0", "first-interface-index: 1"}, map[string]bool{"eni-0a0": false, "eni-0a1": true}},
		"not with all the excluded tags": {[]string{"exclude-interface-tags: {}", "exclude-interface-tags: {use: storage}"}, map[string]bool{"eni-0a0": true, "eni-0a1": false}},
		"with a tag of the excluded name and no value":  {[]string{"exclude-interface-tags: {}", `exclude-interface-tags: {marked: ""}`, "use: storage", `marked: ""`}, map[string]bool{"eni-0a0": true, "eni-0a1": false}},
		"with no tag, where the excluded has no value":  {[]string{"exclude-interface-tags: {}", `exclude-interface-tags: {absent: ""}`}, map[string]bool{"eni-0a0": true, "eni-0a1": true}},
		"with a value, where the excluded tag has none": {[]string{"exclude-interface-tags: {}", `exclude-interface-tags: {use: ""}`}, map[string]bool{"eni-0a0": true, "eni-0a1": true}},
		"with one of two, where the other has no value": {[]string{"exclude-interface-tags: {}", `exclude-interface-tags: {use: storage, absent: ""}`}, map[string]bool{"eni-0a0": true, "eni-0a1": true}},
		"with some of the excluded tags":                {[]string{"exclude-interface-tags: {}", "exclude-interface-tags: {use: storage, also: this}"}, map[string]bool{"eni-0a0": true, "eni-0a1": true}},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := Discover([]CiliumNode{ciliumNode(t, tc.replace...)}, Pin{})
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]bool{}
			for _, eni := range found.Interfaces {
				got[eni.ID] = eni.CarriesPods
			}
			if d := cmp.Diff(tc.want, got); d != "" {
				t.Error(d)
			}
			if got := len(found.PodGroupSets()); got != len(slices.DeleteFunc(slices.Collect(maps.Values(tc.want)), func(carries bool) bool { return !carries })) {
				t.Errorf("%d sets of groups on interfaces that carry pods", got)
			}
		})
	}
}

func TestDiscoverListsThePrimaryBlockOnce(t *testing.T) {
	found, err := Discover([]CiliumNode{ciliumNode(t, "- 100.64.0.0/16", "- 10.11.0.0/16")}, Pin{})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(prefixes("10.11.0.0/16"), found.Blocks(), samePrefix); d != "" {
		t.Error(d)
	}
}

func TestDiscoverReadsTheRegionOffTheZone(t *testing.T) {
	for zone, region := range map[string]string{
		"eu-west-1a": "eu-west-1", "us-gov-west-1b": "us-gov-west-1", "us-west-2-lax-1a": "us-west-2",
		"us-east-1-wl1-bos-wlz-1": "us-east-1", "ap-southeast-4c": "ap-southeast-4", "eusc-de-east-1a": "eusc-de-east-1", "": "",
	} {
		found, err := Discover([]CiliumNode{ciliumNode(t, "eu-west-1a", zone)}, Pin{})
		if err != nil || found.Region != region {
			t.Errorf("%s: %q, %v", zone, found.Region, err)
		}
	}
}

func TestDiscoverRefusesSeveralVPCsAndNamesThem(t *testing.T) {
	other := ciliumNode(t, "vpc-0eu", "vpc-0us", "ip-10-11-1-10", "stray")
	found, err := Discover([]CiliumNode{other, ciliumNode(t)}, Pin{})
	if !errors.Is(err, ErrSeveralVPCs) || !strings.Contains(err.Error(), "vpc-0eu (ip-10-11-1-10.eu-west-1.compute.internal), vpc-0us (stray.eu-west-1.compute.internal)") {
		t.Errorf("error %v", err)
	}
	if d := cmp.Diff(Footprint{}, found, samePrefix); d != "" {
		t.Error(d)
	}
}

func TestDiscoverRefusesSeveralRegionsAndNamesThem(t *testing.T) {
	other := ciliumNode(t, "eu-west-1a", "ap-south-1a", "ip-10-11-1-10", "stray")
	found, err := Discover([]CiliumNode{ciliumNode(t), other}, Pin{VPCID: "vpc-0eu"})
	if !errors.Is(err, ErrSeveralRegions) || !strings.Contains(err.Error(), "ap-south-1 (stray.eu-west-1.compute.internal), eu-west-1 (ip-10-11-1-10.eu-west-1.compute.internal)") {
		t.Errorf("error %v", err)
	}
	if d := cmp.Diff(Footprint{}, found, samePrefix); d != "" {
		t.Error(d)
	}
}

// TestA12OneEditedCiliumNodeMovesNoCluster: the reported input is a zone that comes first in the alphabet.
func TestA12OneEditedCiliumNodeMovesNoCluster(t *testing.T) {
	honest, err := Discover([]CiliumNode{ciliumNode(t)}, Pin{})
	if err != nil {
		t.Fatal(err)
	}
	const name = "ip-10-11-1-10"
	for what, c := range map[string]struct {
		edits []string
		says  string
	}{
		"a zone of another region":        {[]string{"eu-west-1a", "af-south-1a"}, "CiliumNode stray.eu-west-1.compute.internal says zone af-south-1a, but the cluster is in region eu-west-1."},
		"a local zone of another region":  {[]string{"eu-west-1a", "us-west-2-lax-1a"}, "says zone us-west-2-lax-1a"},
		"another VPC everywhere":          {[]string{"vpc-0eu", "vpc-0us"}, "CiliumNode stray.eu-west-1.compute.internal says VPC vpc-0us, but the cluster is in vpc-0eu."},
		"another VPC of an interface":     {[]string{"vpc:\n          id: vpc-0eu", "vpc:\n          id: vpc-0us"}, "says VPC vpc-0us"},
		"another VPC of the node":         {[]string{"vpc-id: vpc-0eu", "vpc-id: vpc-0us"}, "says VPC vpc-0us"},
		"another primary block":           {[]string{"primary-cidr: 10.11.0.0/16", "primary-cidr: 10.99.0.0/16"}, "CiliumNode stray.eu-west-1.compute.internal says primary block 10.99.0.0/16, but that of vpc-0eu is 10.11.0.0/16."},
		"groups and a subnet in that VPC": {[]string{"vpc-0eu", "vpc-0us", "sg-pod", "sg-db", "subnet-pod-a", "subnet-db"}, "says VPC vpc-0us"},
	} {
		t.Run(what, func(t *testing.T) {
			stray := ciliumNode(t, append(c.edits, name, "stray")...)
			got, err := Discover([]CiliumNode{stray, ciliumNode(t)}, Pin{Region: "eu-west-1", VPCID: "vpc-0eu", Primary: prefix("10.11.0.0/16")})
			if err != nil || len(got.Contradictions) != 1 || !strings.Contains(got.Contradictions[0], c.says) {
				t.Fatalf("%v, %v", got.Contradictions, err)
			}
			got.Contradictions = nil
			if d := cmp.Diff(honest, got, samePrefix); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestDiscoverRefusesWhatItCannotRead(t *testing.T) {
	for name, replace := range map[string][]string{
		"a primary block that is none":    {"primary-cidr: 10.11.0.0/16", "primary-cidr: x"},
		"a secondary block that is none":  {"- 100.64.0.0/16", "- x"},
		"primary blocks that are several": {"primary-cidr: 10.11.0.0/16 # 1", "primary-cidr: 10.9.0.0/16"},
	} {
		if found, err := Discover([]CiliumNode{ciliumNode(t, replace...)}, Pin{}); err == nil {
			t.Errorf("%s: %+v", name, found)
		}
	}
}

func TestNoNodesAreNoFootprintAndNoError(t *testing.T) {
	found, err := Discover(nil, Pin{})
	if err != nil || found.VPCID != "" || found.Blocks() != nil {
		t.Errorf("%+v %v", found, err)
	}
}

func TestCiliumNodeFromUnstructuredNamesTheObject(t *testing.T) {
	object := &unstructured.Unstructured{Object: map[string]any{"metadata": map[string]any{"name": "n"}, "spec": "no"}}
	if _, err := CiliumNodeFromUnstructured(object); err == nil || !strings.Contains(err.Error(), "CiliumNode n") {
		t.Error(err)
	}
}
