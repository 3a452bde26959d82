package cilium

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

func groupsOf(owner Owner, blocks ...string) []CIDRGroup {
	return CIDRGroups(owner, []Peer{{Name: "network/eu-us", Blocks: prefixes(blocks...)}})
}

func groupNames(groups []CIDRGroup) []string {
	var list []string
	for _, group := range groups {
		list = append(list, group.Metadata.Name)
	}
	return list
}

func TestACIDRGroupFollowsItsPeering(t *testing.T) {
	desired := groupsOf(testOwner, "10.13.0.0/16", "10.12.0.0/16")
	if diff := cmp.Diff([]string{"10.12.0.0/16", "10.13.0.0/16"}, desired[0].Spec.ExternalCIDRs); diff != "" {
		t.Error(diff)
	}
	restored, other := testOwner, testOwner
	restored.UID, other.InstallationID = "uid-new", "installation-2"
	foreign := CIDRGroup{Metadata: NodeConfigMetadata{Name: "crossvpc-network.eu-us"}, Spec: desired[0].Spec}
	gone := CIDRGroups(testOwner, []Peer{{Name: "network/gone", Blocks: []netip.Prefix{prefix("10.9.0.0/16")}}})
	former := groupsOf(testOwner, "10.13.0.0/16", "10.12.0.0/16")
	former[0].Metadata.Annotations[v1alpha1.AnnotationVersion] = "v0.0.1"
	for name, tc := range map[string]struct {
		owner                Owner
		existing             []CIDRGroup
		apply, remove, taken []string
	}{
		"made where there is none":                 {testOwner, nil, groupNames(desired), nil, nil},
		"left as it is":                            {testOwner, desired, nil, nil, nil},
		"left as another version wrote it":         {testOwner, former, nil, nil, nil},
		"brought up to date":                       {testOwner, groupsOf(testOwner, "10.12.0.0/16"), groupNames(desired), nil, nil},
		"taken over from a PeeredCluster restored": {restored, desired, groupNames(desired), nil, nil},
		"removed with its peering":                 {testOwner, append(gone, desired...), nil, groupNames(gone), nil},
		"of somebody else, not touched":            {testOwner, []CIDRGroup{foreign}, nil, nil, groupNames(desired)},
		"of another installation, not touched":     {testOwner, groupsOf(other, "10.12.0.0/16"), nil, nil, groupNames(desired)},
	} {
		t.Run(name, func(t *testing.T) {
			wanted := desired
			if tc.owner != testOwner {
				wanted = groupsOf(tc.owner, "10.13.0.0/16", "10.12.0.0/16")
			}
			got := GroupChanges(tc.owner, tc.existing, wanted)
			for what, pair := range map[string][2][]string{
				"apply": {tc.apply, groupNames(got.Apply)}, "delete": {tc.remove, groupNames(got.Delete)}, "taken": {tc.taken, groupNames(got.Taken)},
			} {
				if diff := cmp.Diff(pair[0], pair[1]); diff != "" {
					t.Errorf("%s: %s", what, diff)
				}
			}
		})
	}
}

func TestOfAnEarlierPeeredClusterNoGroupGoesUnasked(t *testing.T) {
	before := testOwner
	before.UID = "before"
	gone := []Peer{{Name: "network/gone", Blocks: []netip.Prefix{prefix("10.9.0.0/16")}}}
	own, former := CIDRGroups(testOwner, gone), groupsOf(before, "10.12.0.0/16")
	changes := GroupChanges(testOwner, append(own, former...), nil)
	if all, mine := groupNames(changes.Delete), groupNames(changes.WrittenBy(testOwner)); len(all) != 2 || len(mine) != 1 || mine[0] != own[0].Metadata.Name {
		t.Errorf("to delete: %v, of which %v were written by this PeeredCluster", all, mine)
	}
}

func TestNamesOfCIDRGroupsAreBoundedAndDiffer(t *testing.T) {
	if got := CIDRGroupName("network", "eu-us"); got != "crossvpc-network.eu-us" {
		t.Error(got)
	}
	long := strings.Repeat("x", 250)
	seen := map[string]bool{}
	for _, pair := range [][2]string{{"c", "a-b"}, {"c-a", "b"}, {"network", long + "a"}, {"network", long + "b"}, {"net-work", long}} {
		name := CIDRGroupName(pair[0], pair[1])
		if len(name) > maxNameLength || seen[name] {
			t.Errorf("%v: %s (%d)", pair, name, len(name))
		}
		seen[name] = true
	}
}

func TestTheGroupsOfAnInstallationAreThoseOfItsPeeredClusters(t *testing.T) {
	former, other := testOwner, testOwner
	former.UID, other.InstallationID = "before", "installation-2"
	all := append(groupsOf(testOwner, "10.12.0.0/16"), CIDRGroups(former, []Peer{{Name: "network/former", Blocks: prefixes("10.9.0.0/16")}})...)
	all = append(all, CIDRGroups(other, []Peer{{Name: "network/other", Blocks: prefixes("10.8.0.0/16")}})...)
	if diff := cmp.Diff(groupNames(all[:2]), groupNames(testOwner.Groups(all))); diff != "" {
		t.Error(diff)
	}
}
