package view

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// narrowMatrix has a cluster of a long name, a probe that failed, and a peering that was not probed.
func narrowMatrix(name string) Matrix {
	return NewMatrix([]v1alpha1.VPCPeering{
		{Status: v1alpha1.VPCPeeringStatus{Verification: &v1alpha1.VerificationStatus{
			Results:    []v1alpha1.ProbeResult{{From: name + "/n1", To: "us/n2", Message: "no answer within two seconds from " + name}},
			Directions: []v1alpha1.ProbeDirection{{From: name, To: "us", Probes: 1, Attempts: 4, Lost: 1, LargestPacketBytes: 8951, ConnectMicroseconds: &v1alpha1.ProbeTimes{Median: 83_000}}},
		}}},
		{},
	})
}

// TestNothingIsWiderThanTheTerminalAndNothingIsLost with 40 columns and names of 253 characters.
func TestNothingIsWiderThanTheTerminalAndNothingIsLost(t *testing.T) {
	const width = 40
	name := strings.Repeat("n", 250) + "end"
	object, clusters := rolling()
	object.Name, object.Namespace = name, strings.Repeat("s", 63)
	object.Status.Plan = &v1alpha1.Plan{Hash: "pabc", Actions: []string{"Route 10.12.0.0/16 in " + name + " (requester) to the connection."}}
	clusters["local"].Status.Rollout.Preview = &v1alpha1.RolloutPreview{NodeCount: 1, Nodes: []string{name}}
	clusters["local"].Status.BlockedNodes = []v1alpha1.BlockedNode{{Name: name, Reason: "Blocked", Message: "Node " + name + " is blocked."}}
	paper := Paper{Width: width, Now: now}
	for what, write := range map[string]func(*bytes.Buffer) error{
		"a tree": func(to *bytes.Buffer) error { return paper.Write(to, Peering(object, clusters)) },
		"a node": func(to *bytes.Buffer) error {
			return paper.Write(to, Item{Name: "node " + name, State: Bad, Message: name})
		},
		"the list":   func(to *bytes.Buffer) error { return paper.Summary(to, []v1alpha1.VPCPeering{*object}) },
		"the matrix": func(to *bytes.Buffer) error { return narrowMatrix(name).Write(to, width) },
		"a plan":     func(to *bytes.Buffer) error { return paper.WritePlan(to, NewPlan(object, clusters)) },
	} {
		var out bytes.Buffer
		if err := write(&out); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out.String()) {
			if got := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); got > width {
				t.Errorf("%s has a line of %d columns: %q", what, got, line)
			}
		}
		plain := strings.Map(func(r rune) rune {
			if strings.ContainsRune(" \n│└├", r) {
				return -1
			}
			return r
		}, out.String())
		if !strings.Contains(plain, name) {
			t.Errorf("%s does not have the whole name:\n%s", what, out.String())
		}
	}
}
