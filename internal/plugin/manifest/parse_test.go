package manifest

import (
	"strings"
	"testing"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

const three = `apiVersion: v1
kind: Namespace
metadata: {name: network}
---
apiVersion: networking.crossvpc.io/v1alpha1
kind: AWSIdentity
metadata: {name: default}
spec: {allowedNamespaces: {names: [network]}}
---
apiVersion: networking.crossvpc.io/v1alpha1
kind: PeeredCluster
metadata: {name: us}
spec: {access: {local: {}}, allowedNamespaces: {names: [network]}}
---
# a document of comments alone
---
apiVersion: networking.crossvpc.io/v1alpha1
kind: VPCPeering
metadata: {name: eu-us}
spec:
  requester: {clusterRefs: [{name: local}]}
  accepter: {clusterRefs: [{name: us}]}
`

func TestAFileIsReadWithTheDefaultsOfTheAPIServer(t *testing.T) {
	objects, problems, err := Parse([]File{{"all.yaml", []byte(three)}}, "network")
	if err != nil || len(problems) > 0 {
		t.Fatalf("%v; %v", err, problems)
	}
	if len(objects.Peerings) != 1 || len(objects.Clusters) != 1 || len(objects.Identities) != 1 || len(objects.Namespaces) != 1 {
		t.Fatalf("read %+v", objects)
	}
	peering := objects.Peerings[0]
	if peering.Namespace != "network" || peering.Spec.Mode != v1alpha1.ModeApply || peering.Spec.Requester.Routes.Tables != v1alpha1.SelectAuto {
		t.Errorf("read %+v", peering)
	}
	if rollout := objects.Clusters[0].Spec.Rollout; rollout.MaxUnavailable != 1 || rollout.DrainTimeoutSeconds != 900 {
		t.Errorf("rollout is %+v", rollout)
	}
}

// TestAMistakeIsNamedByDocumentKindAndField: one mistake at a time in a file of three kinds.
func TestAMistakeIsNamedByDocumentKindAndField(t *testing.T) {
	for name, test := range map[string]struct {
		was, now string
		says     []string
	}{
		"an unknown field":     {"  requester:", "  requestor: {}\n  requester:", []string{"all.yaml, document 5 (VPCPeering eu-us): spec.requestor: There is no such field."}},
		"a deep unknown field": {"{name: us}]}\n", "{nam: us, name: us}]}\n", []string{"document 5 (VPCPeering eu-us): spec.accepter.clusterRefs[0].nam"}},
		"a value of a list":    {"  requester:", "  mode: Paln\n  requester:", []string{"document 5 (VPCPeering eu-us): spec.mode", "Apply"}},
		"a missing field":      {"  accepter: {clusterRefs: [{name: us}]}\n", "", []string{"document 5 (VPCPeering eu-us): spec.accepter", "required"}},
		"a type":               {"spec: {access: {local: {}}", "spec: {rollout: {maxUnavailable: one}, access: {local: {}}", []string{"document 3 (PeeredCluster us): spec.rollout.maxUnavailable", "integer"}},
		"a bound":              {"spec: {access: {local: {}}", "spec: {rollout: {maxUnavailable: 101}, access: {local: {}}", []string{"document 3 (PeeredCluster us): spec.rollout.maxUnavailable", "100"}},
		"a kind":               {"kind: AWSIdentity", "kind: AWSIdentiy", []string{"document 2 (AWSIdentiy default): kind: There is no such kind", "AWSIdentity"}},
		"a version":            {"apiVersion: networking.crossvpc.io/v1alpha1\nkind: AWSIdentity", "apiVersion: networking.crossvpc.io/v9\nkind: AWSIdentity", []string{"document 2 (AWSIdentity default): apiVersion", "v1alpha1"}},
		"no kind":              {"kind: AWSIdentity\n", "", []string{"document 2 (default): apiVersion and kind are needed."}},
		"no name":              {"metadata: {name: us}", "metadata: {}", []string{"document 3 (PeeredCluster): metadata.name: A name is needed."}},
		"a key twice":          {"kind: AWSIdentity", "kind: AWSIdentity\nkind: AWSIdentity", []string{"document 2", `key "kind" already set`}},
		"no YAML":              {"metadata: {name: default}", "metadata: {name: default", []string{"document 2", "line"}},
		"an object twice":      {"# a document of comments alone", strings.Split(three, "---\n")[2], []string{"document 4 (PeeredCluster us): metadata.name: It is there already, in all.yaml, document 3"}},
	} {
		t.Run(name, func(t *testing.T) {
			file := strings.Replace(three, test.was, test.now, 1)
			if file == three {
				t.Fatal("nothing was changed")
			}
			_, problems, err := Parse([]File{{"all.yaml", []byte(file)}}, "network")
			if err != nil || len(problems) == 0 {
				t.Fatalf("%v; no problem is found", err)
			}
			for _, part := range test.says {
				if !strings.Contains(strings.Join(problems, "\n"), part) {
					t.Errorf("no problem says %q:\n%s", part, strings.Join(problems, "\n"))
				}
			}
		})
	}
}

func TestAListIsReadByItsItems(t *testing.T) {
	list := "apiVersion: v1\nkind: List\nitems:\n- apiVersion: networking.crossvpc.io/v1alpha1\n  kind: AWSIdentity\n  metadata: {name: a}\n  spec: {allowedNamespace: {}}\n"
	_, problems, err := Parse([]File{{"list.yaml", []byte(list)}}, "network")
	if err != nil || len(problems) != 1 || !strings.Contains(problems[0], "document 1 (List), item 1 (AWSIdentity a)") && !strings.Contains(problems[0], "document 1, item 1 (AWSIdentity a)") {
		t.Errorf("%v: %v", err, problems)
	}
}
