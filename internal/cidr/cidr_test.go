package cidr

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseMasksHostBitsAndRefusesWhatIsNoPrefix(t *testing.T) {
	for name, tc := range map[string]struct {
		in, want string
	}{
		"a canonical IPv4 prefix stays":   {"10.11.0.0/16", "10.11.0.0/16"},
		"host bits are masked":            {"10.11.12.13/16", "10.11.0.0/16"},
		"blanks around it are forgiven":   {" 10.11.0.0/16\n", "10.11.0.0/16"},
		"IPv6 is compressed":              {"FD00:0::1/64", "fd00::/64"},
		"the whole of IPv4 is a prefix":   {"0.0.0.0/0", "0.0.0.0/0"},
		"an address is no prefix":         {"10.11.0.0", ""},
		"a list is no prefix":             {"10.11.0.0/16,10.12.0.0/16", ""},
		"33 bits are too many":            {"10.11.0.0/33", ""},
		"an IPv4-mapped prefix is none":   {"::ffff:10.0.0.0/104", ""},
		"nothing is no prefix":            {"", ""},
		"a zone does not belong here":     {"fe80::1%eth0/64", ""},
		"leading zeros are not forgiven":  {"010.11.0.0/16", ""},
		"a negative length is no prefix":  {"10.11.0.0/-1", ""},
		"three octets are not an address": {"10.11.0/24", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Parse(tc.in)
			if (err != nil) != (tc.want == "") {
				t.Fatalf("Parse(%q): error %v", tc.in, err)
			}
			if err == nil && got.String() != tc.want {
				t.Errorf("Parse(%q) = %s, want %s", tc.in, got, tc.want)
			}
		})
	}
}

func TestParseAllKeepsOrderAndNamesTheBadOne(t *testing.T) {
	got, err := ParseAll([]string{"10.12.0.1/16", "10.11.0.0/16"})
	if err != nil {
		t.Fatal(err)
	}
	if d := diff(prefixes("10.12.0.0/16", "10.11.0.0/16"), got); d != "" {
		t.Error(d)
	}
	_, err = ParseAll([]string{"10.12.0.0/16", "oops"})
	if err == nil || err.Error() != `parsing CIDR "oops": netip.ParsePrefix("oops"): no '/'` {
		t.Errorf("unexpected error %v", err)
	}
}

func TestUnion(t *testing.T) {
	for name, tc := range map[string]struct {
		in, want []string
	}{
		"nothing is nothing":                      {nil, nil},
		"aligned siblings merge":                  {[]string{"10.11.0.0/16", "10.10.0.0/16"}, []string{"10.10.0.0/15"}},
		"neighbours that are no siblings stay":    {[]string{"10.11.0.0/16", "10.12.0.0/16"}, []string{"10.11.0.0/16", "10.12.0.0/16"}},
		"merging goes on upwards":                 {[]string{"10.8.0.0/15", "10.10.0.0/16", "10.11.0.0/16"}, []string{"10.8.0.0/14"}},
		"a subset disappears":                     {[]string{"10.11.4.0/24", "10.11.0.0/16"}, []string{"10.11.0.0/16"}},
		"duplicates disappear":                    {[]string{"10.11.0.0/16", "10.11.0.0/16"}, []string{"10.11.0.0/16"}},
		"host bits are masked":                    {[]string{"10.11.1.1/16"}, []string{"10.11.0.0/16"}},
		"IPv4 comes before IPv6":                  {[]string{"fd00::/48", "10.0.0.0/8"}, []string{"10.0.0.0/8", "fd00::/48"}},
		"both halves of everything make it whole": {[]string{"128.0.0.0/1", "0.0.0.0/1"}, []string{"0.0.0.0/0"}},
		"IPv4 and IPv6 zero do not merge":         {[]string{"0.0.0.0/0", "::/0"}, []string{"0.0.0.0/0", "::/0"}},
	} {
		t.Run(name, func(t *testing.T) {
			if d := diff(prefixes(tc.want...), Union(prefixes(tc.in...))); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestUnionLeavesItsArgumentsAlone(t *testing.T) {
	in := prefixes("10.11.0.0/16", "10.10.0.0/16")
	Union(in, in)
	if d := diff(prefixes("10.11.0.0/16", "10.10.0.0/16"), in); d != "" {
		t.Error(d)
	}
}

func TestDifferenceOfACoverAndWhatIsInUseIsTheCollateral(t *testing.T) {
	got := Difference(prefixes("10.8.0.0/13"), prefixes("10.11.0.0/16", "10.12.0.0/16"))
	want := prefixes("10.8.0.0/15", "10.10.0.0/16", "10.13.0.0/16", "10.14.0.0/15")
	if d := diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestDifferenceKeepsTheFamiliesApart(t *testing.T) {
	got := Difference(prefixes("0.0.0.0/0", "::/0"), prefixes("::/1", "0.0.0.0/0"))
	if d := diff(prefixes("8000::/1"), got); d != "" {
		t.Error(d)
	}
}

func TestCover(t *testing.T) {
	for name, tc := range map[string]struct {
		in   []string
		want string
	}{
		"one prefix covers itself":           {[]string{"10.11.0.0/16"}, "10.11.0.0/16"},
		"the incident needs a /13":           {[]string{"10.11.0.0/16", "10.12.0.0/16"}, "10.8.0.0/13"},
		"10/8 and 172.16/12 need everything": {[]string{"10.0.0.0/8", "172.16.0.0/12"}, "0.0.0.0/0"},
		"IPv6 works alike":                   {[]string{"fd00::/64", "fd00:0:0:3::/64"}, "fd00::/62"},
		"nothing has no cover":               {nil, ""},
		"mixed families have no cover":       {[]string{"10.0.0.0/8", "fd00::/8"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := Cover(prefixes(tc.in...))
			if ok != (tc.want != "") || ok && got.String() != tc.want {
				t.Errorf("Cover(%v) = %s, %v, want %q", tc.in, got, ok, tc.want)
			}
		})
	}
}

func TestContainsCountsTheUnionNotTheSinglePrefix(t *testing.T) {
	halves := prefixes("10.10.0.0/16", "10.11.0.0/16")
	if !Contains(halves, netip.MustParsePrefix("10.10.0.0/15")) {
		t.Error("two halves contain the whole")
	}
	if Contains(halves, netip.MustParsePrefix("10.8.0.0/14")) {
		t.Error("two quarters do not contain the whole")
	}
	if Contains(halves, netip.Prefix{}) {
		t.Error("an invalid prefix is in nothing")
	}
}

func TestInvalidPrefixesAreIgnored(t *testing.T) {
	set := []netip.Prefix{{}, netip.MustParsePrefix("10.0.0.0/8")}
	if d := diff(prefixes("10.0.0.0/8"), Union(set)); d != "" {
		t.Error(d)
	}
	if v4, v6 := SplitFamilies(set); len(v4) != 1 || len(v6) != 0 {
		t.Errorf("split into %v and %v", v4, v6)
	}
	if Overlap(set, []netip.Prefix{{}}) {
		t.Error("an invalid prefix overlaps nothing")
	}
}

func TestSplitFamiliesKeepsTheOrder(t *testing.T) {
	v4, v6 := SplitFamilies(prefixes("fd01::/64", "10.12.0.0/16", "fd00::/64", "10.11.0.0/16"))
	if d := diff(prefixes("10.12.0.0/16", "10.11.0.0/16"), v4); d != "" {
		t.Error(d)
	}
	if d := diff(prefixes("fd01::/64", "fd00::/64"), v6); d != "" {
		t.Error(d)
	}
}

func TestConflictsListsAllPairsWithBothNames(t *testing.T) {
	ours := []Named{{"vpc-a primary", netip.MustParsePrefix("10.11.0.0/16")}, {"vpc-a secondary", netip.MustParsePrefix("100.64.0.0/16")}}
	theirs := []Named{{"vpc-b primary", netip.MustParsePrefix("10.12.0.0/16")}, {"vpc-b secondary", netip.MustParsePrefix("100.64.0.0/10")}, {"vpc-b tertiary", netip.MustParsePrefix("10.11.4.0/24")}}
	var got []string
	for _, c := range Conflicts(ours, theirs) {
		got = append(got, c.A.Name+" and "+c.B.Name+" share "+Join(Intersection([]netip.Prefix{c.A.Prefix}, []netip.Prefix{c.B.Prefix})))
	}
	want := []string{
		"vpc-a primary and vpc-b tertiary share 10.11.4.0/24",
		"vpc-a secondary and vpc-b secondary share 100.64.0.0/16",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestJoinReadsAsInMessages(t *testing.T) {
	if got := Join(prefixes("10.11.0.0/16", "fd00::/64")); got != "10.11.0.0/16, fd00::/64" {
		t.Error(got)
	}
}
