package peering

import (
	"os"
	"testing"

	"sigs.k8s.io/yaml"
)

func TestTheBoundsOfTheRecordAreThoseOfTheAPI(t *testing.T) {
	type schema struct {
		Properties map[string]schema `json:"properties"`
		MaxItems   int               `json:"maxItems"`
	}
	var crd struct {
		Spec struct {
			Versions []struct {
				Schema struct {
					OpenAPIV3Schema schema `json:"openAPIV3Schema"`
				} `json:"schema"`
			} `json:"versions"`
		} `json:"spec"`
	}
	text, err := os.ReadFile("../../config/crd/bases/networking.crossvpc.io_vpcpeerings.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, &crd); err != nil {
		t.Fatal(err)
	}
	status := crd.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties["status"].Properties
	if keys := status["tagKeys"].MaxItems; keys != mostTagKeys {
		t.Errorf("the API takes %d keys of tags", keys)
	}
	for _, role := range Roles() {
		side := status["inventory"].Properties[string(role)].Properties
		if rules, routes := side["securityGroupRules"].MaxItems, side["routes"].MaxItems; rules != mostRules || routes != 2*mostTables {
			t.Errorf("the API takes %d rules and %d entries of routes (%s)", rules, routes, role)
		}
	}
}
