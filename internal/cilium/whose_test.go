package cilium

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"
)

// wrote is a field manager that wrote to a ConfigMap at a minute.
func wrote(manager string, minute float64) metav1.ManagedFieldsEntry {
	entry := managed(manager, `{"f:data":{"f:ipv4-native-routing-cidr":{}}}`)
	entry.Time = &metav1.Time{Time: at(minute)}
	return entry
}

func TestWhoMayHaveUndoneAWriteIsNamedByWhenTheyWrote(t *testing.T) {
	mine := wrote(testOwner.FieldManager(), 10)
	for name, test := range map[string]struct {
		entries []metav1.ManagedFieldsEntry
		since   time.Time
		want    string
	}{
		"one wrote since":                  {[]metav1.ManagedFieldsEntry{mine, wrote("helm", 20)}, at(15), "helm"},
		"one wrote at that very time":      {[]metav1.ManagedFieldsEntry{wrote("helm", 15)}, at(15), "helm"},
		"two wrote since, the later first": {[]metav1.ManagedFieldsEntry{wrote("helm", 20), wrote("argocd-controller", 30)}, at(15), "argocd-controller or helm"},
		"nobody wrote since":               {[]metav1.ManagedFieldsEntry{wrote("helm", 5), wrote("kubectl", 4)}, at(15), "somebody (the object is written by helm, kubectl)"},
		"it is not known when we wrote":    {[]metav1.ManagedFieldsEntry{wrote("helm", 5)}, time.Time{}, "somebody (the object is written by helm)"},
		"only we ever wrote":               {[]metav1.ManagedFieldsEntry{mine}, at(15), "somebody"},
		"nobody ever wrote":                {nil, at(15), "somebody"},
		"somebody whose time nobody noted": {[]metav1.ManagedFieldsEntry{managed("helm", `{"f:data":{}}`)}, at(15), "somebody (the object is written by helm)"},
	} {
		if got := testOwner.Suspects(test.entries, test.since); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
	if got := whoSets([]string{"helm", "kubectl"}); got != "Field managers helm and kubectl set" {
		t.Errorf("two of them: %q", got)
	}
	if got := whoSets([]string{"helm"}); got != "Field manager helm sets" {
		t.Errorf("one of them: %q", got)
	}
	if got := HoldersOf([]metav1.ManagedFieldsEntry{wrote("helm", 5), wrote("kubectl", 7)}, "f:data", "f:"+NativeRoutingKey); len(got) != 2 || got[0].Manager != "kubectl" || !got[0].Time.Equal(at(7)) {
		t.Errorf("holders, the latest first: %v", got)
	}
}

func TestInstallationsApplyUnderNamesOfTheirOwn(t *testing.T) {
	other := testOwner
	other.InstallationID = "installation-2"
	if testOwner.FieldManager() == other.FieldManager() || !strings.HasPrefix(other.FieldManager(), "crossvpc/") {
		t.Errorf("%s and %s", testOwner.FieldManager(), other.FieldManager())
	}
	long := labelValue(strings.Repeat("x", 100) + "/")
	if len(long) != 32 || len(validation.IsValidLabelValue(long)) > 0 || long == labelValue(strings.Repeat("x", 101)+"/") {
		t.Errorf("an id that no label takes becomes %q", long)
	}
}

func TestTheEdgesOfLongNames(t *testing.T) {
	fits := strings.Repeat("n", maxNameLength-len("crossvpc-ns."))
	if name := CIDRGroupName("ns", fits); name != "crossvpc-ns."+fits {
		t.Errorf("a name that fits became %q", name)
	}
	cut := CIDRGroupName("ns", fits+"x")
	if len(cut) != maxNameLength || cut != (CIDRGroupName("ns", fits+"x")) || cut[len(cut)-11] != '-' {
		t.Errorf("a name that is too long became %q of %d", cut, len(cut))
	}
	owner := testOwner
	ending := len(owner.Name(prefix("10.8.0.0/13"))) - len("zz-crossvpc-eu")
	owner.PeeredCluster = strings.Repeat("c", maxNameLength-ending-len("zz-crossvpc-"))
	if name := owner.Name(prefix("10.8.0.0/13")); !strings.HasPrefix(name, "zz-crossvpc-"+owner.PeeredCluster+"-") || len(name) != maxNameLength {
		t.Errorf("a name that fits became %q", name)
	}
	owner.PeeredCluster += "c"
	if name := owner.Name(prefix("10.8.0.0/13")); len(name) != maxNameLength || name[len(name)-ending-11] != '-' {
		t.Errorf("a name that is too long became %q of %d", name, len(name))
	}
}

func TestACIDRGroupIsWrittenAndReadAsTheAPIServerHasIt(t *testing.T) {
	group := groupsOf(testOwner, "10.12.0.0/16")[0]
	if _, revision := group.Metadata.Labels[LabelRevision]; revision || group.Metadata.Labels[LabelPeeringName] != "eu-us" || group.Metadata.Labels[LabelPeeringNamespace] != "network" {
		t.Errorf("labels %v", group.Metadata.Labels)
	}
	object, err := group.Unstructured("v2alpha1")
	if err != nil {
		t.Fatal(err)
	}
	if object.GroupVersionKind() != KindOf("CiliumCIDRGroup", "v2alpha1") || object.GetAPIVersion() != "cilium.io/v2alpha1" {
		t.Errorf("it is a %s", object.GroupVersionKind())
	}
	read, err := CIDRGroupFromUnstructured(object)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(group, read); d != "" {
		t.Error(d)
	}
	object.Object["spec"] = "no blocks"
	if _, err := CIDRGroupFromUnstructured(object); err == nil || !strings.Contains(err.Error(), group.Metadata.Name) {
		t.Errorf("what cannot be read: %v", err)
	}
	if list := ListOf("CiliumCIDRGroup", "v2"); list.GroupVersionKind().String() != "cilium.io/v2, Kind=CiliumCIDRGroupList" {
		t.Errorf("its list is a %s", list.GroupVersionKind())
	}
}

func TestTheIPMasqAgentsListIsChangedAndTheRestOfItsFileStays(t *testing.T) {
	text, err := WithNonMasquerade("masqLinkLocal: true\nnonMasqueradeCIDRs: [10.0.0.0/8]\n", prefixes("10.12.0.0/16"))
	if err != nil || !strings.Contains(text, "masqLinkLocal: true") || !strings.Contains(text, "- 10.12.0.0/16") || strings.Contains(text, "10.0.0.0/8") {
		t.Errorf("it became %q: %v", text, err)
	}
	if _, err := WithNonMasquerade("a: [", nil); err == nil || !strings.Contains(err.Error(), "ip-masq-agent") {
		t.Errorf("of a file that cannot be read: %v", err)
	}
	mark := &IPMasqMark{CIDRs: prefixes("10.12.0.0/16", "10.13.0.0/16")}
	list := IPMasq{CIDRs: prefixes("10.0.0.0/8", "10.12.0.0/16"), Mark: mark}
	if d := cmp.Diff(prefixes("10.0.0.0/8"), list.Others(), samePrefix); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(prefixes("10.13.0.0/16"), list.Lost(), samePrefix); d != "" {
		t.Error(d)
	}
	if list.Mark = nil; len(list.Lost()) != 0 || len(list.Others()) != 2 {
		t.Error("without a mark of ours nothing is ours")
	}
}
