package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/log/zap"
)

// What Helm let through and the manager does not take would end it at its start, so the schema of the values is compared with
// the manager's own parser.

// chartSchema is what the schema says of one value.
type chartSchema struct {
	Pattern          string
	Enum             []string
	Minimum, Maximum int
}

func readChartSchema(t *testing.T) map[string]chartSchema {
	t.Helper()
	content, err := os.ReadFile("../charts/crossvpc/values.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema struct{ Properties map[string]chartSchema }
	if err := json.Unmarshal(content, &schema); err != nil {
		t.Fatal(err)
	}
	return schema.Properties
}

// start is what the manager says of its command line.
func start(args ...string) error {
	o := defaultOptions()
	flags := flag.NewFlagSet("", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	o.bind(flags)
	(&zap.Options{}).BindFlags(flags)
	if err := flags.Parse(append([]string{"--namespace=n"}, args...)); err != nil {
		return err
	}
	return o.validate()
}

func TestTheChartTakesTheInstallationIDsThatTheManagerTakes(t *testing.T) {
	pattern := regexp.MustCompile(readChartSchema(t)["installationID"].Pattern)
	for _, id := range []string{
		"", "p", "prod", "Prod-1_eu.west", "0f8fad5b-d9cb-469f-a165-70867728950e", strings.Repeat("x", 63), strings.Repeat("x", 64),
		"-prod", "prod-", ".prod", "prod.", "_", "prod/eu", "prod eu", " prod", "prod\n", "prod:eu", "prod@eu", "pröd",
	} {
		if err := start("--installation-id=" + id); pattern.MatchString(id) != (err == nil) {
			t.Errorf("%q: the chart takes it: %t; the manager: %v", id, pattern.MatchString(id), err)
		}
	}
}

// Every whole second up to an hour and a bit is tried as people write it; forms that nobody needs, such as 0.5h, only the manager takes.
func TestTheChartTakesTheSweepsThatTheManagerTakes(t *testing.T) {
	pattern := regexp.MustCompile(readChartSchema(t)["sweep"].Pattern)
	taken := 0
	for second := range 3700 {
		length := time.Duration(second) * time.Second
		for _, text := range []string{length.String(), fmt.Sprintf("%ds", second), strings.TrimSuffix(length.String(), "0s"), strings.TrimSuffix(length.String(), "0m0s")} {
			err := start("--sweep=" + text)
			if text == "" {
				continue // the chart then leaves the flag out
			}
			if pattern.MatchString(text) != (err == nil) {
				t.Errorf("%q: the chart takes it: %t; the manager: %v", text, pattern.MatchString(text), err)
			}
			if err == nil {
				taken++
			}
		}
	}
	if taken < 7000 {
		t.Errorf("only %d were taken", taken)
	}
	for _, text := range []string{"1", "1d", "1h1s", "61m", "60m1s", "2h", "0h5m", "00m30s", "-30s", "30s\n", "30 s", "1m5", "5m90s", "10ms", "9s"} {
		if err := start("--sweep=" + text); pattern.MatchString(text) && err != nil {
			t.Errorf("%q: the chart takes it; the manager: %v", text, err)
		}
	}
}

func TestTheChartTakesTheNumbersOfClustersThatTheManagerTakes(t *testing.T) {
	schema := readChartSchema(t)["maxClustersAtOnce"]
	for number := -1; number <= 1100; number++ {
		inChart := schema.Minimum <= number && number <= schema.Maximum
		if err := start(fmt.Sprintf("--max-clusters-at-once=%d", number)); inChart != (err == nil) {
			t.Errorf("%d: the chart takes it: %t; the manager: %v", number, inChart, err)
		}
	}
}

func TestTheManagerTakesTheLevelsOfTheLogThatTheChartTakes(t *testing.T) {
	levels := readChartSchema(t)["logLevel"].Enum
	if len(levels) < 2 {
		t.Fatalf("the chart takes %q", levels)
	}
	for _, level := range levels {
		if level == "" {
			continue // the chart then leaves the flag out
		}
		if err := start("--zap-log-level="+level, "--zap-encoder=json"); err != nil {
			t.Errorf("%s: %v", level, err)
		}
	}
	if start("--zap-log-level=loud") == nil {
		t.Error("the manager takes any level")
	}
}
