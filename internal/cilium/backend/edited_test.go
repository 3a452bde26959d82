package backend

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/internal/cilium"
)

var owner = cilium.Owner{InstallationID: "i", PeeredCluster: "eu", UID: "uid-eu"}

func TestWhatSomebodyEditedIsRestoredAsStatusHasIt(t *testing.T) {
	var (
		value   = netip.MustParsePrefix("10.8.0.0/13")
		all     = cilium.Selection{Mode: cilium.SelectAllBut}
		trial   = cilium.Selection{Mode: cilium.SelectCanary, Hostnames: []string{"a"}}
		nobody  = cilium.Selection{Mode: cilium.SelectAllBut, Hostnames: []string{"a", "b"}}
		known   = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), value}
		wider   = func(c *cilium.NodeConfig) { c.Spec.Defaults[cilium.NativeRoutingKey] = "10.0.0.0/7" }
		strange = func(c *cilium.NodeConfig) { c.Spec.NodeSelector.MatchLabels = map[string]string{"pool": "gpu"} }
		for2    = func(c *cilium.NodeConfig) {
			c.Spec.NodeSelector = &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{
				{Key: corev1.LabelHostname, Operator: metav1.LabelSelectorOpNotIn, Values: []string{"a", "b"}},
			}}
		}
		foreign = func(c *cilium.NodeConfig) { c.Metadata.Labels = nil }
	)
	for name, tc := range map[string]struct {
		selection cilium.Selection
		edit      func(*cilium.NodeConfig)
		recorded  []netip.Prefix
		want      []cilium.Revision
		edited    bool
	}{
		"as we left it":                    {trial, func(*cilium.NodeConfig) {}, known, []cilium.Revision{{CIDR: value, Selection: trial}}, false},
		"another value":                    {all, wider, known, []cilium.Revision{{CIDR: value, Selection: all}}, true},
		"whom it reaches is read as it is": {all, for2, known, []cilium.Revision{{CIDR: value, Selection: nobody}}, false},
		"a selector that is not ours holds everybody back":    {all, strange, known, []cilium.Revision{{CIDR: value, Selection: nobody}}, true},
		"a value that status does not know is taken for ours": {all, for2, nil, []cilium.Revision{{CIDR: value, Selection: nobody}}, false},
		"what can't be read and is not known is left out":     {all, strange, nil, nil, false},
		"somebody else's": {all, foreign, known, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			config := cilium.NodeConfigs(owner, "kube-system", []cilium.Revision{{CIDR: value, Selection: tc.selection}})[0]
			tc.edit(&config)
			install := cilium.Install{Owner: owner, Objects: cilium.Objects{NodeConfigs: []cilium.NodeConfig{config}}}
			for _, hostname := range []string{"a", "b"} {
				install.Nodes = append(install.Nodes, cilium.Node{Labels: map[string]string{corev1.LabelHostname: hostname}})
			}
			got, edited := New(Cluster{Install: install}).NodeConfigs().Restored(tc.recorded)
			if diff := cmp.Diff(tc.want, got, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }), cmpopts.EquateEmpty()); diff != "" || edited != tc.edited {
				t.Errorf("edited %t, want %t; revisions:\n%s", edited, tc.edited, diff)
			}
		})
	}
}

func TestWhatWasRenamedHalfWayIsSeen(t *testing.T) {
	var (
		before = cilium.Owner{InstallationID: "i", PeeredCluster: "local", UID: "uid-local"}
		wide   = netip.MustParsePrefix("10.0.0.0/12")
		of     = func(owner cilium.Owner, value string, mode cilium.SelectionMode, hosts ...string) cilium.NodeConfig {
			selection := cilium.Selection{Mode: mode, Hostnames: hosts}
			return cilium.NodeConfigs(owner, "kube-system", []cilium.Revision{{CIDR: netip.MustParsePrefix(value), Selection: selection}})[0]
		}
		former, own = of(before, "10.0.0.0/12", cilium.SelectAllBut), of(owner, "10.0.0.0/12", cilium.SelectAllBut, "a")
	)
	for name, tc := range map[string]struct {
		configs []cilium.NodeConfig
		half    bool
	}{
		"taken up, not renamed":       {[]cilium.NodeConfig{former}, false},
		"renamed":                     {[]cilium.NodeConfig{own}, false},
		"renamed, and both there":     {[]cilium.NodeConfig{own, former}, true},
		"the same in another order":   {[]cilium.NodeConfig{former, own}, true},
		"another value, and no other": {[]cilium.NodeConfig{former, of(owner, "10.0.0.0/11", cilium.SelectCanary, "a")}, true},
		"of another installation":     {[]cilium.NodeConfig{own, of(cilium.Owner{InstallationID: "j", PeeredCluster: "local"}, "10.0.0.0/12", cilium.SelectAllBut)}, false},
	} {
		configs := New(Cluster{Install: cilium.Install{Owner: owner, Objects: cilium.Objects{NodeConfigs: tc.configs}}}).NodeConfigs()
		if half := configs.HalfRenamed(); half != tc.half {
			t.Errorf("%s: %t", name, half)
		}
		revisions, _ := configs.Restored(nil)
		if both := len(tc.configs) == 2 && tc.configs[0].Spec.Defaults[cilium.NativeRoutingKey] == tc.configs[1].Spec.Defaults[cilium.NativeRoutingKey]; both && tc.half {
			if len(revisions) != 1 || revisions[0].CIDR != wide || len(revisions[0].Selection.Hostnames) != 1 {
				t.Errorf("%s: %v", name, revisions)
			}
		}
	}
}
