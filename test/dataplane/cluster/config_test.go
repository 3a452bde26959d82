package cluster

import (
	"net/netip"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func config(name string, selector *metav1.LabelSelector, value string) nodeConfig {
	var c nodeConfig
	c.Metadata.Name, c.Spec.NodeSelector = name, selector
	c.Spec.Defaults = map[string]string{"ipv4-native-routing-cidr": value}
	return c
}

func TestTheLastNameOfTheNodeConfigsThatSelectTheNodeWins(t *testing.T) {
	t.Parallel()
	notHere := &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{
		{Key: "kubernetes.io/hostname", Operator: metav1.LabelSelectorOpNotIn, Values: []string{"here"}},
	}}
	configs := []nodeConfig{config("c", nil, "10.3.0.0/16"), config("b", &metav1.LabelSelector{}, "10.2.0.0/16"), config("a", &metav1.LabelSelector{}, "10.1.0.0/16"), config("d", notHere, "10.4.0.0/16")}
	for node, want := range map[string]string{"here": "10.2.0.0/16", "there": "10.4.0.0/16"} {
		got, err := effective(map[string]string{"ipv4-native-routing-cidr": "10.0.0.0/16", "ipam": "eni"}, configs, map[string]string{"kubernetes.io/hostname": node})
		if err != nil || got["ipv4-native-routing-cidr"] != want || got["ipam"] != "eni" {
			t.Errorf("%s: %v, %v, want %s", node, got, err, want)
		}
	}
}

func TestAnAgentReadsItsVersionOfItsImageAndItsCIDROfItsConfiguration(t *testing.T) {
	t.Parallel()
	got, err := agentConfig(map[string]string{"ipv4-native-routing-cidr": "10.8.0.1/13"}, "quay.io/cilium/cilium:v1.20.2@sha256:0")
	if err != nil || !got.Masquerade || got.Native != netip.MustParsePrefix("10.8.0.0/13") || !got.Release.RestoresRules || !got.Release.OpensSecondary {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err = agentConfig(map[string]string{"enable-ipv4-masquerade": "false"}, "cilium:v1.16.0"); err != nil || got.Masquerade || got.Native.IsValid() || got.Release.RestoresRules || got.Release.OpensSecondary {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := agentConfig(map[string]string{"ipv4-native-routing-cidr": "10.8.0.0/13,10.0.0.0/13"}, "cilium:v1.18.0"); err == nil {
		t.Error("a list is taken")
	}
}

func TestAnInstanceHasTheInterfacesOfItsCiliumNode(t *testing.T) {
	t.Parallel()
	vpc := map[string]any{"primary-cidr": "10.11.0.0/16", "cidrs": []any{"10.13.0.0/16"}}
	object := &unstructured.Unstructured{Object: map[string]any{"status": map[string]any{"eni": map[string]any{"enis": map[string]any{
		"eni-2": map[string]any{
			"id": "eni-2", "ip": "10.13.0.5", "mac": "02:00:00:00:00:02", "number": int64(1), "vpc": vpc,
			"subnet": map[string]any{"id": "subnet-2", "cidr": "10.13.0.0/18"}, "prefixes": []any{"10.13.0.64/28", "10.13.0.80/28"},
		},
		"eni-1": map[string]any{
			"id": "eni-1", "ip": "10.11.0.5", "mac": "02:00:00:00:00:01", "vpc": vpc,
			"subnet": map[string]any{"id": "subnet-1", "cidr": "10.11.0.0/20"}, "addresses": []any{"10.11.0.5", "10.11.0.6"},
		},
	}}}}}
	spec, err := specOf("node", object)
	if err != nil {
		t.Fatal(err)
	}
	if len(spec.Devices) != 2 || spec.Devices[0].ID != "eni-1" || len(spec.Devices[0].Secondary) != 1 || len(spec.Devices[1].Secondary) != 2 || len(spec.Blocks) != 2 {
		t.Errorf("%+v", spec)
	}
	if want := netip.MustParseAddr("10.13.0.95"); spec.Router != want {
		t.Errorf("router %s, want %s", spec.Router, want)
	}
	if gateway := spec.Devices[1].Subnet.Gateway(); gateway != netip.MustParseAddr("10.13.0.1") {
		t.Errorf("gateway %s", gateway)
	}
}
