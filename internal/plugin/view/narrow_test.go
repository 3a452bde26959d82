package view

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

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

// TestEachLineOfTheListFitsWhateverTheOtherLinesAre: a column is as wide as the widest name in it, or as its own head.
func TestEachLineOfTheListFitsWhateverTheOtherLinesAre(t *testing.T) {
	long, _ := rolling()
	long.Namespace, long.Name = "networking", "eu-west-1-to-us-east-1"
	short := long.DeepCopy()
	short.Namespace, short.Name = "n", "a"
	for i := range short.Status.Conditions {
		short.Status.Conditions[i].Message = strings.Repeat("word ", 60)
	}
	broken := short.DeepCopy()
	for i := range broken.Status.Conditions {
		broken.Status.Conditions[i].Message = "word\nword\tword"
	}
	for name, all := range map[string][]v1alpha1.VPCPeering{"a short one beside a long one": {*short, *long}, "short ones alone": {*short}, "one of several lines": {*broken}} {
		for _, width := range []int{76, 80, 100, 140, 200} {
			var out bytes.Buffer
			if err := (Paper{Width: width, Now: now}).Summary(&out, all); err != nil {
				t.Fatal(err)
			}
			if got := widest(out.String()); got > width {
				t.Errorf("%s: a line of %d columns at %d:\n%s", name, got, width, out.String())
			}
			if got := strings.Count(out.String(), "\n"); got != len(all)+1 {
				t.Errorf("%s: %d lines at %d:\n%s", name, got, width, out.String())
			}
		}
	}
}

func TestAMessageIsNoWiderThanCanBeRead(t *testing.T) {
	item := Item{Name: "crossvpc", State: Bad, Message: strings.Repeat("word ", 100)}
	for width, want := range map[int]int{80: 80, 140: 140, 141: 140, 250: 140} {
		var out bytes.Buffer
		if err := (Paper{Width: width, Now: now}).Write(&out, item); err != nil {
			t.Fatal(err)
		}
		if got := widest(out.String()); got > want || got < want-len("word ") {
			t.Errorf("at %d columns the widest line has %d, want at most %d", width, got, want)
		}
	}
}

// TestATimeThatIsStillToComeWasJustNow: it is of another clock.
func TestATimeThatIsStillToComeWasJustNow(t *testing.T) {
	for ahead, want := range map[time.Duration]string{time.Hour: "0s", 3 * time.Second: "0s", -5 * time.Minute: "5m"} {
		if got := Age(now, now.Add(ahead)); got != want {
			t.Errorf("%s ahead: %q, want %q", ahead, got, want)
		}
	}
	object, clusters := rolling()
	for i := range object.Status.Conditions {
		object.Status.Conditions[i].LastTransitionTime = metav1.NewTime(now.Add(time.Hour))
	}
	var out bytes.Buffer
	paper := Paper{Now: now}
	if err := errors.Join(paper.Write(&out, Peering(object, clusters)), paper.Summary(&out, []v1alpha1.VPCPeering{*object})); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "invalid") {
		t.Errorf("a clock that is ahead:\n%s", out.String())
	}
}

// TestAFailureOfOneVPCPeeringIsNotHiddenByAnotherOfTheSameClusters: the other one had more probes.
func TestAFailureOfOneVPCPeeringIsNotHiddenByAnotherOfTheSameClusters(t *testing.T) {
	of := func(probes, passed int32, results ...v1alpha1.ProbeResult) v1alpha1.VPCPeering {
		return v1alpha1.VPCPeering{Status: v1alpha1.VPCPeeringStatus{Verification: &v1alpha1.VerificationStatus{
			Results: results, Directions: []v1alpha1.ProbeDirection{{From: "eu", To: "us", Probes: probes, Passed: passed}},
		}}}
	}
	good := v1alpha1.ProbeResult{From: "eu/n1", To: "us/n2", Passed: true}
	failed := of(1, 0, v1alpha1.ProbeResult{From: "eu/n1", To: "us/n2", Message: "no answer"})
	for _, all := range [][]v1alpha1.VPCPeering{{of(40, 40, good), failed}, {failed, of(40, 40, good)}} {
		matrix := NewMatrix(all)
		if len(matrix.Cells) != 1 || matrix.Cells[0].Passed != 40 || matrix.Cells[0].Total != 41 || matrix.State() != Bad {
			t.Errorf("%s: %+v", matrix.State(), matrix.Cells)
		}
	}
}
