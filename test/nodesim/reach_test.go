package nodesim

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func prefixes(texts ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, text := range texts {
		out = append(out, netip.MustParsePrefix(text))
	}
	return out
}

// The table in full: which agent the pod was born under, which agent runs now, and what comes of it by version.
func TestWhetherAPodReachesThePeerDependsOnItsBirthAndOnTheAgentSince(t *testing.T) {
	t.Parallel()
	const (
		narrow = ""
		wide   = "10.8.0.0/13"
	)
	type outcome struct{ Out, In bool }
	works, answersLost, dead := outcome{true, true}, outcome{true, false}, outcome{false, false}
	for name, test := range map[string]struct {
		version         string
		eni             int
		born, now       string
		masqueradingOff bool
		want            outcome
	}{
		"on the first interface nothing is wrong":                   {version: "1.18.4", eni: 0, born: narrow, now: narrow, want: works},
		"on the first interface nothing breaks in between":          {version: "1.18.4", eni: 0, born: narrow, now: wide, want: works},
		"the incident: answers leave by eth0":                       {version: "1.18.4", eni: 1, born: narrow, now: narrow, want: answersLost},
		"agent renewed under an old pod: both ways break":           {version: "1.18.4", eni: 1, born: narrow, now: wide, want: dead},
		"agent renewed under an old pod, 1.19.7":                    {version: "1.19.7", eni: 1, born: narrow, now: wide, want: dead},
		"agent renewed under an old pod, 1.19.8 restores":           {version: "1.19.8", eni: 1, born: narrow, now: wide, want: works},
		"agent renewed under an old pod, 1.20.1":                    {version: "1.20.1", eni: 1, born: narrow, now: wide, want: dead},
		"agent renewed under an old pod, 1.20.2 restores":           {version: "1.20.2", eni: 1, born: narrow, now: wide, want: works},
		"pod and agent recreated":                                   {version: "1.18.4", eni: 1, born: wide, now: wide, want: works},
		"born wide, value withdrawn: rules stay, it is masqueraded": {version: "1.18.4", eni: 1, born: wide, now: narrow, want: works},
		"the restore fix alone changes nothing":                     {version: "1.20.2", eni: 1, born: narrow, now: narrow, want: answersLost},
		"masquerading off":                                          {version: "1.18.4", eni: 1, born: narrow, now: narrow, masqueradingOff: true, want: works},
		"1.21 has rules without destination":                        {version: "1.21.0", eni: 1, born: narrow, now: narrow, want: works},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			verdict := Reach(bornUnder(t, test.version, test.born, test.eni, test.masqueradingOff),
				kernelOf(t, test.version, test.now, test.masqueradingOff), netip.MustParsePrefix("10.12.0.0/16"))
			if diff := cmp.Diff(test.want, outcome{verdict.Out, verdict.In}); diff != "" {
				t.Errorf("%s (-want +got):\n%s", verdict.Why, diff)
			}
		})
	}
}

func kernelOf(t *testing.T, version, native string, masqueradingOff bool) Datapath {
	t.Helper()
	release, err := parseRelease(version)
	if err != nil {
		t.Fatal(err)
	}
	config := map[string]string{NativeRoutingKey: native}
	if masqueradingOff {
		config["enable-ipv4-masquerade"] = "false"
	}
	path, err := (&Sim{release: release}).datapath(&machine{blocks: prefixes("10.11.0.0/16", "10.13.0.0/16")}, config)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func bornUnder(t *testing.T, version, native string, eni int, masqueradingOff bool) Rules {
	t.Helper()
	release, err := parseRelease(version)
	if err != nil {
		t.Fatal(err)
	}
	kernel := kernelOf(t, version, native, masqueradingOff)
	return rulesOf(release, kernel, eni)
}

func TestAnAgentJudgesItsNativeRoutingCIDRByTheCheckOfItsVersion(t *testing.T) {
	t.Parallel()
	blocks := prefixes("10.10.0.0/16", "100.64.0.0/16")
	for name, test := range map[string]struct {
		value    string
		accepted map[string]bool
	}{
		"contains the primary block": {"10.8.0.0/13", map[string]bool{"1.15.19": true, "1.18.4": true, "1.19.8": true, "1.20.0": true, "1.20.2": true}},
		"inside the primary block":   {"10.10.1.0/24", map[string]bool{"1.15.19": true, "1.18.4": true, "1.19.8": true, "1.20.0": true, "1.20.2": true}},
		"aligned sibling":            {"10.11.0.0/16", map[string]bool{"1.15.19": true, "1.18.4": true, "1.19.8": true, "1.20.0": false, "1.20.2": false}},
		"contains the secondary":     {"100.64.0.0/10", map[string]bool{"1.15.19": true, "1.18.4": true, "1.19.8": true, "1.20.0": false, "1.20.2": true}},
		"the peer only":              {"10.12.0.0/16", map[string]bool{"1.15.19": false, "1.18.4": false, "1.19.8": false, "1.20.0": false, "1.20.2": false}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := map[string]bool{}
			for version := range test.accepted {
				release, err := parseRelease(version)
				if err != nil {
					t.Fatal(err)
				}
				got[version] = release.accepts(netip.MustParsePrefix(test.value), blocks) == nil
			}
			if diff := cmp.Diff(test.accepted, got); diff != "" {
				t.Errorf("accepted (-want +got):\n%s", diff)
			}
		})
	}
}
