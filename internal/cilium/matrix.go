package cilium

import "slices"

// Traits is what differs between versions of Cilium and matters here; docs/facts/cilium.md#versions-side-by-side is the
// same for people.
type Traits struct {
	// DestinationScopedRules: in ENI mode with masquerading, a pod's ip rules name
	// the destinations that leave by its own interface. A reply to a peer that no
	// rule names leaves by eth0 and AWS drops it (cilium/cilium#18179, #20554).
	// 1.21 makes one rule without destination (#47008).
	DestinationScopedRules bool
	// RestoreFix: an agent that starts renews the rules of the pods it finds
	// (cilium/cilium#48417, #48422). Without it a pod keeps the rules it was made
	// with, while masquerading changes for all pods at once.
	RestoreFix bool
	// IPMasqCIDRsInRules: the list of the ip-masq-agent becomes rules too
	// (cilium/cilium#40141); before, it only turned masquerading off (#35501).
	IPMasqCIDRsInRules bool
	// Check is how the agent judges the native routing CIDR when it starts.
	Check NativeCIDRCheck
	// NodeConfigVersions are the API versions of CiliumNodeConfig that its CRD
	// serves, the preferred first. For a live cluster ask discovery.
	NodeConfigVersions []string
	// CIDRGroupVersion is the API version of CiliumCIDRGroup.
	CIDRGroupVersion string
	// HelmMasqueradesENI: the chart's default of enableIPv4Masquerade in ENI mode.
	HelmMasqueradesENI bool
}

// NativeCIDRCheck is a way to judge the native routing CIDR against the VPC's
// blocks. An agent that refuses the value exits, and goes on exiting.
type NativeCIDRCheck string

const (
	// CheckCoalesces means: with some block of the VPC it coalesces into one prefix: it
	// contains the block, is inside it, or is its aligned sibling.
	CheckCoalesces NativeCIDRCheck = "CoalescesWithAnyBlock"
	// CheckOverlapsPrimary means: it overlaps the VPC's primary block (cilium/cilium#47811).
	CheckOverlapsPrimary NativeCIDRCheck = "OverlapsPrimary"
	// CheckOverlapsAny means: it overlaps some block of the VPC (cilium/cilium#47874).
	CheckOverlapsAny NativeCIDRCheck = "OverlapsAnyBlock"
	// CheckContainsPrimary is no version's own check: it contains the VPC's primary
	// block, which satisfies every version. Used where the version is unknown.
	CheckContainsPrimary NativeCIDRCheck = "ContainsPrimary"
)

type since struct {
	major, minor, patch int
	traits              Traits
}

// versions is the version matrix: each row holds from its version up to the next row.
var versions = []since{
	{1, 15, 0, Traits{
		DestinationScopedRules: true, Check: CheckCoalesces,
		NodeConfigVersions: []string{"v2alpha1"}, CIDRGroupVersion: "v2alpha1", HelmMasqueradesENI: true,
	}},
	{1, 16, 0, Traits{
		DestinationScopedRules: true, Check: CheckCoalesces,
		NodeConfigVersions: []string{"v2", "v2alpha1"}, CIDRGroupVersion: "v2alpha1", HelmMasqueradesENI: true,
	}},
	// 1.18 turned the chart's masquerading off in ENI mode (cilium/cilium#38663).
	// #48423 brings the restore fix to an unverified patch release of 1.18.
	{1, 18, 0, Traits{
		DestinationScopedRules: true, Check: CheckCoalesces,
		NodeConfigVersions: []string{"v2", "v2alpha1"}, CIDRGroupVersion: "v2",
	}},
	{1, 19, 0, Traits{
		DestinationScopedRules: true, Check: CheckCoalesces, IPMasqCIDRsInRules: true,
		NodeConfigVersions: []string{"v2", "v2alpha1"}, CIDRGroupVersion: "v2",
	}},
	{1, 19, 8, Traits{
		DestinationScopedRules: true, Check: CheckCoalesces, IPMasqCIDRsInRules: true, RestoreFix: true,
		NodeConfigVersions: []string{"v2", "v2alpha1"}, CIDRGroupVersion: "v2",
	}},
	// 1.20.0 and 1.20.1 dropped v2alpha1 (cilium/cilium#47774), 1.20.2 restored it (#48087).
	{1, 20, 0, Traits{
		DestinationScopedRules: true, Check: CheckOverlapsPrimary, IPMasqCIDRsInRules: true,
		NodeConfigVersions: []string{"v2"}, CIDRGroupVersion: "v2",
	}},
	{1, 20, 2, Traits{
		DestinationScopedRules: true, Check: CheckOverlapsAny, IPMasqCIDRsInRules: true, RestoreFix: true,
		NodeConfigVersions: []string{"v2", "v2alpha1"}, CIDRGroupVersion: "v2",
	}},
	{1, 21, 0, Traits{
		Check: CheckOverlapsAny, IPMasqCIDRsInRules: true, RestoreFix: true,
		NodeConfigVersions: []string{"v2", "v2alpha1"}, CIDRGroupVersion: "v2",
	}},
}

// Versions are those at which something changes, in their order.
func Versions() []Version {
	all := make([]Version, 0, len(versions))
	for _, row := range versions {
		all = append(all, Version{Major: row.major, Minor: row.minor, Patch: row.patch})
	}
	return all
}

// worst is assumed of a version that is unknown or older than the table.
var worst = Traits{
	DestinationScopedRules: true, Check: CheckContainsPrimary,
	NodeConfigVersions: []string{"v2alpha1"}, CIDRGroupVersion: "v2alpha1", HelmMasqueradesENI: true,
}

// TraitsOf looks the version up in the matrix. Versions after the last row have
// its traits; an unknown version and one before the first row have the worst. What
// comes before a row's own version (1.21.0-pre.1) may have its changes or not.
func TraitsOf(v Version) Traits {
	traits, plain := worst, Version{v.Major, v.Minor, v.Patch, ""}
	for _, row := range versions {
		at := (Version{Major: row.major, Minor: row.minor, Patch: row.patch}).Compare(plain)
		switch {
		case at == 0 && v.Suffix != "":
			traits = lesser(row.traits, traits)
		case at <= 0:
			traits = row.traits
		}
	}
	if v.Suffix != "" {
		traits.RestoreFix = false
	}
	traits.NodeConfigVersions = slices.Clone(traits.NodeConfigVersions)
	return traits
}

// lesser is what both have of what helps; the rest is the first's.
func lesser(traits, other Traits) Traits {
	traits.DestinationScopedRules = traits.DestinationScopedRules || other.DestinationScopedRules
	traits.RestoreFix = traits.RestoreFix && other.RestoreFix
	traits.IPMasqCIDRsInRules = traits.IPMasqCIDRsInRules && other.IPMasqCIDRsInRules
	if traits.Check != other.Check {
		traits.Check = CheckContainsPrimary
	}
	return traits
}

// worstOf is what can be counted on in a cluster whose agents differ, as they do
// in the middle of an upgrade.
func worstOf(agents []Version) Traits {
	if len(agents) == 0 {
		return TraitsOf(Version{})
	}
	sum := TraitsOf(agents[0])
	for _, v := range agents[1:] {
		sum = lesser(sum, TraitsOf(v))
	}
	return sum
}
