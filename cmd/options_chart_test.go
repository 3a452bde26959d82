package main

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestTheChartTakesTheInstallationIDsThatTheManagerTakes: what Helm let through would end the manager at its start.
func TestTheChartTakesTheInstallationIDsThatTheManagerTakes(t *testing.T) {
	schema, err := os.ReadFile("../charts/crossvpc/values.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var values struct {
		Properties struct {
			InstallationID struct{ Pattern string } `json:"installationID"`
		}
	}
	if err := json.Unmarshal(schema, &values); err != nil {
		t.Fatal(err)
	}
	pattern := regexp.MustCompile(values.Properties.InstallationID.Pattern)
	for _, id := range []string{
		"", "p", "prod", "Prod-1_eu.west", "0f8fad5b-d9cb-469f-a165-70867728950e", strings.Repeat("x", 63), strings.Repeat("x", 64),
		"-prod", "prod-", ".prod", "prod.", "_", "prod/eu", "prod eu", " prod", "prod\n", "prod:eu", "prod@eu", "pröd",
	} {
		o := defaultOptions()
		o.namespace, o.installationID = "n", id
		if err := o.validate(); pattern.MatchString(id) != (err == nil) {
			t.Errorf("%q: the chart takes it: %t; the manager: %v", id, pattern.MatchString(id), err)
		}
	}
}
