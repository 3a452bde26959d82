package cilium

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseImageReadsTheTagAndNothingElse(t *testing.T) {
	for name, tc := range map[string]struct {
		image, want string
	}{
		"a release":                         {"quay.io/cilium/cilium:v1.18.0", "1.18.0"},
		"a release with a digest":           {"quay.io/cilium/cilium:v1.20.2@sha256:0123abcd", "1.20.2"},
		"a registry with a port":            {"registry.example:5000/cilium/cilium:v1.19.8", "1.19.8"},
		"a tag without v":                   {"cilium:1.16.3", "1.16.3"},
		"a release candidate":               {"quay.io/cilium/cilium:v1.20.2-rc.1", "1.20.2-rc.1"},
		"a vendor's build":                  {"vendor/cilium:v1.18.4-cee.1@sha256:0123", "1.18.4-cee.1"},
		"a digest alone is unknown":         {"quay.io/cilium/cilium@sha256:0123abcd", "unknown"},
		"a port is not a version":           {"registry.example:5000/cilium", "unknown"},
		"latest is unknown":                 {"quay.io/cilium/cilium:latest", "unknown"},
		"a moving minor tag is unknown":     {"quay.io/cilium/cilium:v1.18", "unknown"},
		"no image is unknown":               {"", "unknown"},
		"a number that is none is unknown":  {"cilium:v1.99999.0", "unknown"},
		"a commit that looks like a number": {"cilium:1a2b3c4", "unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := ParseImage(tc.image).String(); got != tc.want {
				t.Errorf("ParseImage(%q) = %s, want %s", tc.image, got, tc.want)
			}
		})
	}
}

func TestVersionsAreInOrder(t *testing.T) {
	order := []Version{{}, {1, 19, 8, "rc.1"}, {1, 19, 8, "rc.2"}, {1, 19, 8, ""}, {1, 20, 0, ""}, {2, 0, 0, ""}}
	for i, a := range order {
		for j, b := range order {
			if got := a.Compare(b); (got < 0) != (i < j) || (got == 0) != (i == j) {
				t.Errorf("Compare(%s, %s) = %d", a, b, got)
			}
		}
	}
}

// A row per version that was read, a column per trait: the collected matrix.
func TestVersionMatrix(t *testing.T) {
	v2, both, alpha := []string{"v2"}, []string{"v2", "v2alpha1"}, []string{"v2alpha1"}
	for version, want := range map[string]Traits{
		"1.14.9":      {true, false, false, CheckContainsPrimary, alpha, "v2alpha1", true},
		"1.15.0":      {true, false, false, CheckCoalesces, alpha, "v2alpha1", true},
		"1.15.19":     {true, false, false, CheckCoalesces, alpha, "v2alpha1", true},
		"1.16.0":      {true, false, false, CheckCoalesces, both, "v2alpha1", true},
		"1.17.0":      {true, false, false, CheckCoalesces, both, "v2alpha1", true},
		"1.18.0":      {true, false, false, CheckCoalesces, both, "v2", false},
		"1.18.13":     {true, false, false, CheckCoalesces, both, "v2", false},
		"1.19.1":      {true, false, true, CheckCoalesces, both, "v2", false},
		"1.19.7":      {true, false, true, CheckCoalesces, both, "v2", false},
		"1.19.8":      {true, true, true, CheckCoalesces, both, "v2", false},
		"1.19.12":     {true, true, true, CheckCoalesces, both, "v2", false},
		"1.19.8-rc.1": {true, false, true, CheckCoalesces, both, "v2", false},
		"1.20.0":      {true, false, true, CheckOverlapsPrimary, v2, "v2", false},
		"1.20.1":      {true, false, true, CheckOverlapsPrimary, v2, "v2", false},
		"1.20.2":      {true, true, true, CheckOverlapsAny, both, "v2", false},
		"1.20.9":      {true, true, true, CheckOverlapsAny, both, "v2", false},
		"1.20.2-cee":  {true, false, true, CheckContainsPrimary, both, "v2", false},
		// Which of its changes a release before the first of a row has, nobody knows.
		"1.21.0-pre.1": {true, false, true, CheckOverlapsAny, both, "v2", false},
		"1.20.0-rc.1":  {true, false, true, CheckContainsPrimary, []string{"v2"}, "v2", false},
		"1.21.0":       {false, true, true, CheckOverlapsAny, both, "v2", false},
		"2.0.0":        {false, true, true, CheckOverlapsAny, both, "v2", false},
		"latest":       {true, false, false, CheckContainsPrimary, alpha, "v2alpha1", true},
	} {
		t.Run(version, func(t *testing.T) {
			if d := cmp.Diff(want, TraitsOf(ParseImage("cilium:v"+version))); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestInAnUpgradeTheLeastOfAllAgentsCounts(t *testing.T) {
	v1_19_8, v1_20_2, v1_21 := Version{1, 19, 8, ""}, Version{1, 20, 2, ""}, Version{1, 21, 0, ""}
	for name, tc := range map[string]struct {
		agents []Version
		want   Traits
	}{
		"two with the fix":          {[]Version{v1_20_2, v1_20_2}, Traits{DestinationScopedRules: true, RestoreFix: true, IPMasqCIDRsInRules: true, Check: CheckOverlapsAny}},
		"checks that differ":        {[]Version{v1_20_2, v1_19_8}, Traits{DestinationScopedRules: true, RestoreFix: true, IPMasqCIDRsInRules: true, Check: CheckContainsPrimary}},
		"one without the fix":       {[]Version{v1_20_2, {1, 18, 0, ""}}, Traits{DestinationScopedRules: true, Check: CheckContainsPrimary}},
		"one with scoped rules":     {[]Version{v1_21, v1_20_2}, Traits{DestinationScopedRules: true, RestoreFix: true, IPMasqCIDRsInRules: true, Check: CheckOverlapsAny}},
		"one unknown":               {[]Version{v1_21, {}}, Traits{DestinationScopedRules: true, Check: CheckContainsPrimary}},
		"none at all is an unknown": {nil, Traits{DestinationScopedRules: true, Check: CheckContainsPrimary}},
	} {
		t.Run(name, func(t *testing.T) {
			got := worstOf(tc.agents)
			got.NodeConfigVersions, got.CIDRGroupVersion, got.HelmMasqueradesENI = nil, "", false
			if d := cmp.Diff(tc.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}
