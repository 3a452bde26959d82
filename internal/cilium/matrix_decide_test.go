package cilium

import "testing"

// TestC1EveryRowOfTheVersionMatrixAndEveryWayToMasquerade is
// docs/facts/cilium.md#versions-side-by-side, as decisions about the incident.
func TestC1EveryRowOfTheVersionMatrixAndEveryWayToMasquerade(t *testing.T) {
	const (
		unneeded = KindNotRequired
		value    = KindNativeRoutingCIDR
		list     = KindIPMasqAgent
		blocked  = KindBlocked
	)
	for _, row := range []struct {
		version string
		// What is decided with masquerading off, by iptables and by BPF, and with BPF
		// where the list of the ip-masq-agent is asked for.
		off, iptables, bpf, masqAgent Kind
		restoreFix                    bool
	}{
		{"v1.14.9", unneeded, value, value, blocked, false}, // older than is known: the worst is assumed
		{"v1.15.0", unneeded, value, value, blocked, false},
		{"v1.15.19", unneeded, value, value, blocked, false},
		{"v1.16.0", unneeded, value, value, blocked, false},
		{"v1.17.0", unneeded, value, value, blocked, false}, // its BPF reply redirect (#35298) is not counted on
		{"v1.18.0", unneeded, value, value, blocked, false},
		{"v1.18.99", unneeded, value, value, blocked, false}, // #48423 is in some patch of 1.18 that nobody has verified
		{"v1.19.0", unneeded, value, value, list, false},
		{"v1.19.7", unneeded, value, value, list, false},
		{"v1.19.8", unneeded, value, value, list, true},
		{"v1.19.8-cee.1", unneeded, value, value, list, false}, // somebody's build
		{"v1.20.0", unneeded, value, value, list, false},
		{"v1.20.1", unneeded, value, value, list, false},
		{"v1.20.2", unneeded, value, value, list, true},
		{"v1.21.0", unneeded, unneeded, unneeded, unneeded, true}, // rules without destination (#47008)
		{"latest", unneeded, value, value, blocked, false},
		{"v1.20", unneeded, value, value, blocked, false}, // a tag that moves says nothing
	} {
		t.Run(row.version, func(t *testing.T) {
			for mode, tc := range map[string]struct {
				in   Input
				want Kind
			}{
				"off":           {scene(image(row.version), options("enable-ipv4-masquerade", "false")), row.off},
				"iptables":      {scene(image(row.version)), row.iptables},
				"BPF":           {scene(image(row.version), options("enable-bpf-masquerade", "true")), row.bpf},
				"ip-masq-agent": {scene(image(row.version), masqAgent("nonMasqueradeCIDRs: [10.11.0.0/16]")), row.masqAgent},
			} {
				d := Decide(tc.in)
				if d.Kind != tc.want {
					t.Errorf("%s: %s (%s), want %s", mode, d.Kind, d.Message, tc.want)
				}
				if d.Kind == KindNativeRoutingCIDR && agentAccepts(ParseImage("cilium:"+row.version), tc.in.VPC.Primary, tc.in.VPC.Blocks, d.CIDR) != nil {
					t.Errorf("%s: an agent of this version exits with %s", mode, d.CIDR)
				}
				if tc.in.Facts.Traits.RestoreFix != row.restoreFix {
					t.Errorf("restore fix: %t", tc.in.Facts.Traits.RestoreFix)
				}
			}
		})
	}
}

func TestAListKeepsWhatIsThereAndHasTheVPC(t *testing.T) {
	in := scene(image("v1.19.1"), masqAgent("nonMasqueradeCIDRs: [10.20.0.0/16]"), vpc("10.11.0.0/16", "100.64.0.0/16"), peers("10.12.0.0/16", "192.168.0.0/24"))
	got := Decide(in).List
	want := prefixes("10.20.0.0/16", "10.11.0.0/16", "10.12.0.0/16", "100.64.0.0/16", "192.168.0.0/24")
	if len(got) != len(want) {
		t.Fatalf("%v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%v, want %v", got, want)
		}
	}
}

func TestTheAgentsBuiltInListIsKeptWhenItGetsOneOfItsOwn(t *testing.T) {
	in := scene(image("v1.19.1"), masqAgent(""), vpc("11.0.0.0/16"), peers("11.1.0.0/16"))
	if got := Decide(in).List; len(got) != 13 || got[0] != prefix("10.0.0.0/8") {
		t.Errorf("%v", got)
	}
}

func TestTheVersionsAreThoseOfTheTableInTheirOrder(t *testing.T) {
	all := Versions()
	if len(all) != len(versions) {
		t.Fatalf("%d versions of %d", len(all), len(versions))
	}
	for i, row := range versions {
		if want := (Version{Major: row.major, Minor: row.minor, Patch: row.patch}); all[i] != want {
			t.Errorf("version %d is %v instead of %v", i, all[i], want)
		}
	}
}
