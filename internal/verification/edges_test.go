package verification

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/probe"
)

func TestOneDirectionIsSaidOnlyWhereBothWereTried(t *testing.T) {
	t.Parallel()
	one := func(from peering.Role, outcome probe.Outcome) attempt {
		return attempt{from: end{role: from}, to: end{role: from.Other()}, Dial: probe.Dial{Outcome: outcome}}
	}
	there, back, lost := one(peering.Requester, probe.Passed), one(peering.Accepter, probe.Passed), one(peering.Accepter, probe.ConnectTimeout)
	for name, test := range map[string]struct {
		attempts []attempt
		want     int
	}{
		"the other way was not tried":     {[]attempt{there}, 0},
		"one attempt back is enough":      {[]attempt{there, lost}, 1},
		"nothing was tried":               {nil, 0},
		"one of two passed the other way": {[]attempt{there, lost, back}, 0},
		"both ways pass":                  {[]attempt{there, back}, 0},
	} {
		if got := (Run{}).oneDirection(test.attempts); len(got) != test.want {
			t.Errorf("%s: it finds %v", name, got)
		}
	}
}

func TestAValueIsNoSuspectWhereNoneIsNeeded(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	for name, test := range map[string]struct {
		masquerade string
		reason     string
		suspect    bool
	}{
		"Cilium masquerades":           {"IPTables", "", true},
		"Cilium does not masquerade":   {"Disabled", "", false},
		"no value is needed":           {"IPTables", v1alpha1.ReasonNotRequired, false},
		"the value is not written yet": {"IPTables", v1alpha1.ReasonProgressing, true},
	} {
		cluster := healthy("10.11.0.0/16")
		cluster.Status.Cilium.Masquerade = test.masquerade
		if test.reason != "" {
			cluster.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionCiliumConfigured, Reason: test.reason}}
		}
		if why := s.evidence.uncovered(cluster, peering.Accepter); (why != "") != test.suspect {
			t.Errorf("%s: it says %q", name, why)
		}
	}
}

func TestAServerOnThePrimaryInterfaceIsDialledWhereANodeHasNoOther(t *testing.T) {
	t.Parallel()
	server := func(name, node, address string) corev1.Pod {
		return corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{LabelMode: modeServe}},
			Spec:       corev1.PodSpec{NodeName: node},
			Status:     corev1.PodStatus{Phase: corev1.PodRunning, PodIP: address},
		}
	}
	c := Cluster{Name: "eu", Port: Port, Interfaces: append(interfaces("eu", "10.11.4.0/24", 0), interfaces("eu", "10.11.5.0/24", 1)...)}
	c.Pods = []corev1.Pod{
		server("only", "eu-0", "10.11.4.7"),
		server("primary", "eu-1", "10.11.4.8"), server("secondary", "eu-1", "10.11.5.8"),
		server("first", "eu-2", "10.11.5.9"), server("second", "eu-2", "10.11.5.10"),
	}
	var names []string
	for _, found := range c.targets() {
		names = append(names, found.pod.Name)
	}
	if len(names) != 3 || names[0] != "only" || names[1] != "secondary" || names[2] != "first" {
		t.Errorf("it dials %v", names)
	}
}

func TestTheAddressesOfANodeAreItsOwn(t *testing.T) {
	t.Parallel()
	c := Cluster{Nodes: nodesOf("eu", "10.11")}
	if got := c.addressesOf("eu-1"); len(got) != 1 || got[0] != "10.11.1.11" {
		t.Errorf("eu-1 has %v", got)
	}
}

func TestAnAddressThatIsNoneIsOnNoInterface(t *testing.T) {
	t.Parallel()
	if got := interfaceOf(interfaces("eu", "10.11.4.0/24", 1), "none"); got != unknownInterface {
		t.Errorf("it is on interface %d", got)
	}
}
