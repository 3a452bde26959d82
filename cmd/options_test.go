package main

import (
	"flag"
	"io"
	"strings"
	"testing"
	"time"
)

func TestOptionsThatCanNotWorkAreRefused(t *testing.T) {
	const badID = "--installation-id must have at most 63 characters: letters, digits, '-', '_' and '.', and a letter or digit at both ends"
	for name, test := range map[string]struct {
		edit func(*options)
		want string
	}{
		"the defaults in a pod are fine": {func(o *options) { o.namespace = "crossvpc-system" }, ""},
		"a namespace is needed":          {func(o *options) { o.namespace = "" }, "--namespace must be given, or POD_NAMESPACE be set"},
		"a sweep of a second would hammer AWS": {
			func(o *options) { o.namespace, o.sweep = "n", time.Second }, "--sweep must be from 10s to 1h",
		},
		"no cluster at once would stop every rollout without a word": {
			func(o *options) { o.namespace, o.maxClustersAtOnce = "n", 0 }, "--max-clusters-at-once must be from 1 to 1000; $MAX_CLUSTERS_AT_ONCE is its default",
		},
		"a number in the environment that is none": {
			func(o *options) { o.namespace, o.maxClustersAtOnce = "n", numberFrom("many", 1) }, "--max-clusters-at-once must be from 1 to 1000; $MAX_CLUSTERS_AT_ONCE is its default",
		},
		"three clusters at once, by the environment":                      {func(o *options) { o.namespace, o.maxClustersAtOnce = "n", numberFrom("3", 1) }, ""},
		"an installation id of 63 characters":                             {func(o *options) { o.namespace, o.installationID = "n", strings.Repeat("x", 63) }, ""},
		"an installation id of any length":                                {func(o *options) { o.namespace, o.installationID = "n", strings.Repeat("x", 64) }, badID},
		"an installation id with a slash, which ends it in the owner tag": {func(o *options) { o.namespace, o.installationID = "n", "prod/eu" }, badID},
		"an installation id that AWS takes in no tag":                     {func(o *options) { o.namespace, o.installationID = "n", "prod\n" }, badID},
		"less than a cluster needs": {
			func(o *options) { o.namespace, o.clusterLimits.Answer = "n", 1<<20 },
			"--cluster-max-answer and --cluster-max-kept: the limit of an answer must be at least 16 MiB, and that of what is kept of a cluster no less than it",
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := defaultOptions()
			test.edit(o)
			got := ""
			if err := o.validate(); err != nil {
				got = err.Error()
			}
			if got != test.want {
				t.Errorf("validate() = %q, want %q", got, test.want)
			}
		})
	}
}

func TestLimitsOfClustersAreQuantities(t *testing.T) {
	o := defaultOptions()
	flags := flag.NewFlagSet("", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	o.bind(flags)
	if err := flags.Parse([]string{"--cluster-max-answer=32Mi", "--cluster-max-kept", "1Gi"}); err != nil || o.clusterLimits.Answer != 32<<20 || o.clusterLimits.Kept != 1<<30 {
		t.Errorf("limits are %+v (%v)", o.clusterLimits, err)
	}
	if found := flags.Lookup("cluster-max-answer").DefValue; found != "64Mi" {
		t.Errorf("the default is %s", found)
	}
	if err := flags.Parse([]string{"--cluster-max-answer=lots"}); err == nil {
		t.Error("lots is accepted")
	}
}
