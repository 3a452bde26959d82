package cilium

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var day = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

// at is a time of the day in minutes.
func at(minutes float64) time.Time {
	return day.Add(time.Duration(minutes * float64(time.Minute)))
}

// agent is made at a minute; it has read its options a tenth of a minute later
// and runs after another tenth.
func agent(minutes float64, changes ...func(*Agent)) *Agent {
	a := &Agent{Name: "cilium-x", Version: Version{1, 18, 0, ""}, Created: at(minutes), ConfigRead: at(minutes + 0.1), Started: at(minutes + 0.2), Ready: true}
	for _, change := range changes {
		change(a)
	}
	return a
}

func pods(minutes ...float64) []Pod {
	var list []Pod
	for i, m := range minutes {
		list = append(list, Pod{Namespace: "default", Name: fmt.Sprintf("p%d", i), Started: at(m)})
	}
	return list
}

const (
	wideCIDR  = "10.8.0.0/13"
	widerCIDR = "10.0.0.0/12"
	otherCIDR = "172.16.0.0/12"
)

// A cluster joined at minute 0, with nothing of ours; wideCIDR is in force from minute 100.
var released = History{{CIDR: netip.Prefix{}, From: at(0)}, {CIDR: netip.MustParsePrefix(wideCIDR), From: at(100)}}

func period(value string, minutes float64) Period { return Period{prefix(value), at(minutes)} }

func TestC7Judge(t *testing.T) {
	notReady := func(a *Agent) { a.Ready = false }
	version := func(tag string) func(*Agent) {
		return func(a *Agent) { a.Version = ParseImage("cilium:" + tag) }
	}
	readAt := func(minutes float64) func(*Agent) { return func(a *Agent) { a.ConfigRead = at(minutes) } }
	type want struct {
		State  State
		Reason Reason
		Old    []string
	}
	current := want{StateCurrent, ReasonUpToDate, nil}
	stale := want{StateStale, ReasonAgentOlder, nil}
	returned := append(History{}, released[0], released[1], Period{From: at(200)}, period(wideCIDR, 300))
	sooner := []Access{{CIDR: prefix(wideCIDR), Since: at(90)}}
	lost := want{StateUnknown, ReasonEvidenceLost, nil}
	for name, tc := range map[string]struct {
		node    NodeEvidence
		history History
		desired string
		want    want
	}{
		"no value is desired":                           {NodeEvidence{}, nil, "", want{StateCurrent, ReasonNotRequired, nil}},
		"no agent":                                      {NodeEvidence{}, released, wideCIDR, want{StateUnknown, ReasonAgentMissing, nil}},
		"an agent older than our first write":           {NodeEvidence{Agent: agent(50)}, released, wideCIDR, stale},
		"an agent older than the cluster's joining":     {NodeEvidence{Agent: agent(-50)}, released, wideCIDR, stale},
		"an agent made in the very second":              {NodeEvidence{Agent: agent(100)}, released, wideCIDR, stale},
		"an agent made before that reads after":         {NodeEvidence{Agent: agent(99.95)}, released, wideCIDR, stale},
		"an agent made after":                           {NodeEvidence{Agent: agent(101)}, released, wideCIDR, current},
		"of two values within a second the later stays": {NodeEvidence{Agent: agent(101)}, History{period(otherCIDR, 100), period(wideCIDR, 100)}, wideCIDR, current},
		"it is not Ready: no reason to work on it":      {NodeEvidence{Agent: agent(101, notReady)}, released, wideCIDR, want{StateUnknown, ReasonAgentNotReady, nil}},
		"an old agent that is not Ready is stale":       {NodeEvidence{Agent: agent(50, notReady)}, released, wideCIDR, stale},

		// Pods.
		"pods younger than the agent":              {NodeEvidence{Agent: agent(101), Pods: pods(102, 103)}, released, wideCIDR, current},
		"a pod older than the agent":               {NodeEvidence{Agent: agent(101), Pods: pods(102, 50)}, released, wideCIDR, want{StateSplit, ReasonPodsOlder, []string{"default/p1"}}},
		"a pod as old as the agent counts as old":  {NodeEvidence{Agent: agent(101), Pods: pods(101.2)}, released, wideCIDR, want{StateSplit, ReasonPodsOlder, []string{"default/p0"}}},
		"a pod between value and agent is old":     {NodeEvidence{Agent: agent(120), Pods: pods(110)}, released, wideCIDR, want{StateSplit, ReasonPodsOlder, []string{"default/p0"}}},
		"host network, finished and unstarted":     {NodeEvidence{Agent: agent(101), Pods: []Pod{{HostNetwork: true, Started: at(50)}, {Finished: true, Started: at(50)}, {}}}, released, wideCIDR, current},
		"1.20.2 renews the rules of older pods":    {NodeEvidence{Agent: agent(101, version("v1.20.2")), Pods: pods(50)}, released, wideCIDR, current},
		"1.19.8 does too":                          {NodeEvidence{Agent: agent(101, version("v1.19.8")), Pods: pods(50)}, released, wideCIDR, current},
		"1.20.1 does not":                          {NodeEvidence{Agent: agent(101, version("v1.20.1")), Pods: pods(50)}, released, wideCIDR, want{StateSplit, ReasonPodsOlder, []string{"default/p0"}}},
		"nobody knows whether an unknown one does": {NodeEvidence{Agent: agent(101, version("latest")), Pods: pods(50)}, released, wideCIDR, want{StateSplit, ReasonPodsOlder, []string{"default/p0"}}},

		// An agent upgraded after the rollout strands nobody.
		"born with the value, agent replaced since":      {NodeEvidence{Created: at(101), Agent: agent(500), Pods: pods(102)}, released, wideCIDR, current},
		"born with it, and gone after its agent read it": {NodeEvidence{Created: at(101), Agent: agent(150), Pods: pods(102)}, append(released[:2:2], period("", 200)), wideCIDR, current},
		"born in the very second":                        {NodeEvidence{Created: at(100), Agent: agent(500), Pods: pods(102)}, released, wideCIDR, want{StateSplit, ReasonPodsOlder, []string{"default/p0"}}},
		"born with a narrower one":                       {NodeEvidence{Created: at(101), Agent: agent(500), Pods: pods(102)}, append(released[:2:2], period(widerCIDR, 200)), widerCIDR, want{StateSplit, ReasonPodsOlder, []string{"default/p0"}}},
		"born held back":                                 {NodeEvidence{Created: at(101), Access: []Access{{prefix(wideCIDR), at(150)}}, Agent: agent(500), Pods: pods(102)}, released, wideCIDR, want{StateSplit, ReasonPodsOlder, []string{"default/p0"}}},
		"proven, agent replaced since":                   {NodeEvidence{Created: at(1), Proof: &Proof{prefix(wideCIDR), at(120)}, Agent: agent(500), Pods: pods(110)}, released, wideCIDR, current},
		"proven with a narrower value":                   {NodeEvidence{Created: at(1), Proof: &Proof{prefix(wideCIDR), at(120)}, Agent: agent(500), Pods: pods(110)}, append(released[:2:2], period(widerCIDR, 200)), widerCIDR, want{StateSplit, ReasonPodsOlder, []string{"default/p0"}}},
		"proven, then the value was gone for a while":    {NodeEvidence{Created: at(1), Proof: &Proof{prefix(wideCIDR), at(120)}, Agent: agent(500), Pods: pods(110)}, append(released[:2:2], period("", 200), period(wideCIDR, 300)), wideCIDR, want{StateSplit, ReasonPodsOlder, []string{"default/p0"}}},
		"a proven canary whose record is gone":           {NodeEvidence{Created: at(1), Proof: &Proof{prefix(wideCIDR), at(95)}, Agent: agent(90), Pods: pods(91)}, released, wideCIDR, current},
		"a canary without record or proof looks older":   {NodeEvidence{Created: at(1), Agent: agent(90), Pods: pods(91)}, released, wideCIDR, stale},
		"a proof says nothing of an agent made after":    {NodeEvidence{Created: at(1), Proof: &Proof{prefix(wideCIDR), at(95)}, Agent: agent(97)}, released, wideCIDR, stale},

		// C6: held back, canary, several revisions.
		"held back, whatever its agent's age":            {NodeEvidence{Access: []Access{{CIDR: prefix(wideCIDR)}}, Agent: agent(500)}, released, wideCIDR, want{StateStale, ReasonHeldBack, nil}},
		"processed, agent not yet renewed":               {NodeEvidence{Access: []Access{{prefix(wideCIDR), at(200)}}, Agent: agent(150)}, released, wideCIDR, stale},
		"processed and renewed":                          {NodeEvidence{Access: []Access{{prefix(wideCIDR), at(200)}}, Agent: agent(201)}, released, wideCIDR, current},
		"the canary, before the value is released":       {NodeEvidence{Access: []Access{{prefix(wideCIDR), at(80)}}, Agent: agent(81)}, released[:1], wideCIDR, current},
		"the canary before its agent is renewed":         {NodeEvidence{Access: []Access{{prefix(wideCIDR), at(80)}}, Agent: agent(70)}, released[:1], wideCIDR, stale},
		"the canary after the release":                   {NodeEvidence{Access: []Access{{prefix(wideCIDR), at(80)}}, Agent: agent(81)}, released, wideCIDR, current},
		"others during the canary":                       {NodeEvidence{Access: []Access{{CIDR: prefix(wideCIDR)}}, Agent: agent(81)}, released[:1], wideCIDR, want{StateStale, ReasonHeldBack, nil}},
		"held back from the second revision only":        {NodeEvidence{Access: []Access{{CIDR: prefix(widerCIDR)}}, Agent: agent(500)}, append(released[:2:2], period(widerCIDR, 200)), wideCIDR, current},
		"and judged against the second":                  {NodeEvidence{Access: []Access{{CIDR: prefix(widerCIDR)}}, Agent: agent(500)}, append(released[:2:2], period(widerCIDR, 200)), widerCIDR, want{StateStale, ReasonHeldBack, nil}},
		"a second revision makes those of the first old": {NodeEvidence{Agent: agent(150)}, append(released[:2:2], period(widerCIDR, 200)), widerCIDR, stale},

		// C7: what makes nobody stale.
		"a wider value covers a narrower wish":                  {NodeEvidence{Agent: agent(101)}, History{period("", 0), period(widerCIDR, 100)}, wideCIDR, current},
		"a shrink after it":                                     {NodeEvidence{Agent: agent(101)}, append(released[:2:2], period("", 200)), wideCIDR, current},
		"an agent made after a shrink is stale":                 {NodeEvidence{Agent: agent(201)}, append(released[:2:2], period("", 200)), wideCIDR, stale},
		"a shrink while the agent was reading":                  {NodeEvidence{Agent: agent(190, readAt(210))}, append(released[:2:2], period("", 200)), wideCIDR, stale},
		"gone and back, agent from before":                      {NodeEvidence{Agent: agent(101)}, append(released[:2:2], period("", 200), period(wideCIDR, 300)), wideCIDR, current},
		"held back now, but had it when it was first in force":  {NodeEvidence{Access: []Access{{prefix(wideCIDR), at(350)}}, Agent: agent(150)}, append(released[:2:2], period("", 200), period(wideCIDR, 300)), wideCIDR, current},
		"another value entirely":                                {NodeEvidence{Agent: agent(101)}, released, otherCIDR, stale},
		"a value that came back: an agent of the canary's time": {NodeEvidence{Access: sooner, Agent: agent(95)}, returned, wideCIDR, current},
		"a value that came back: an agent of the time between":  {NodeEvidence{Access: sooner, Agent: agent(250)}, returned, wideCIDR, stale},
		"a value that came back: an agent of the second time":   {NodeEvidence{Access: sooner, Agent: agent(310)}, returned, wideCIDR, current},
		"before a value that does not cover, none did":          {NodeEvidence{Agent: agent(50)}, History{period("10.11.0.0/16", 100)}, wideCIDR, stale},
		"evidence lost: older agents are unknown":               {NodeEvidence{Agent: agent(50)}, released[1:], wideCIDR, lost},
		"evidence lost: younger agents are current":             {NodeEvidence{Agent: agent(101)}, released[1:], wideCIDR, current},
		"evidence lost: held back is unknown too":               {NodeEvidence{Access: []Access{{CIDR: prefix(wideCIDR)}}, Agent: agent(500)}, released[1:], wideCIDR, lost},
		"no history at all":                                     {NodeEvidence{Agent: agent(50)}, nil, wideCIDR, lost},
		"evidence lost: pods of a born node are not":            {NodeEvidence{Created: at(50), Agent: agent(500), Pods: pods(60)}, released[1:], wideCIDR, want{StateSplit, ReasonPodsOlder, []string{"default/p0"}}},
	} {
		t.Run(name, func(t *testing.T) {
			judged := Judgement{Desired: prefix(tc.desired), History: tc.history}.Judge(tc.node)
			if d := cmp.Diff(tc.want, want{judged.State, judged.Reason, judged.OldPods}); d != "" || judged.Message == "" {
				t.Errorf("%s\n%s", d, judged.Message)
			}
		})
	}
}

func TestC7HistoryGrowsOnlyWithAChange(t *testing.T) {
	var history History
	for i, value := range []string{"", "", wideCIDR, wideCIDR, widerCIDR, "", "", wideCIDR} {
		history = history.Observe(prefix(value), at(float64(i)))
	}
	want := History{period("", 0), period(wideCIDR, 2), period(widerCIDR, 4), period("", 5), period(wideCIDR, 7)}
	if d := cmp.Diff(want, history, samePrefix); d != "" {
		t.Error(d)
	}
}

func TestC7ALongHistoryForgetsItsBeginningAndSaysSo(t *testing.T) {
	var history History
	for i := range 3 * MaxHistory {
		history = history.Observe(prefix(fmt.Sprintf("10.0.0.0/%d", 8+i%2)), at(float64(i)))
	}
	if len(history) != MaxHistory {
		t.Errorf("%d periods", len(history))
	}
	judged := Judgement{Desired: prefix(wideCIDR), History: history}.Judge(NodeEvidence{Agent: agent(0)})
	if judged.Reason != ReasonEvidenceLost {
		t.Errorf("%+v", judged)
	}
}

func TestC7ObserveLeavesTheHistoryItWasGivenAlone(t *testing.T) {
	before := append(make(History, 0, 8), released...)
	first, second := before.Observe(prefix(widerCIDR), at(200)), before.Observe(prefix(otherCIDR), at(300))
	if first[2].CIDR != prefix(widerCIDR) || second[2].CIDR != prefix(otherCIDR) || len(before) != 2 {
		t.Errorf("%v %v %v", before, first, second)
	}
}

func TestC6ASelectionSaysWhichHostsAValueReaches(t *testing.T) {
	for name, tc := range map[string]struct {
		selection Selection
		reaches   []string
		all       bool
	}{
		"nobody":                       {Selection{}, nil, false},
		"a canary alone":               {Selection{SelectCanary, []string{"b"}}, []string{"b"}, false},
		"all but one":                  {Selection{SelectAllBut, []string{"a"}}, []string{"b", "c"}, false},
		"all":                          {Selection{Mode: SelectAllBut}, []string{"a", "b", "c"}, true},
		"a canary that is not there":   {Selection{Mode: SelectCanary}, nil, false},
		"all that nobody knows by now": {Selection{SelectAllBut, []string{"a", "b", "c"}}, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, host := range []string{"a", "b", "c"} {
				if tc.selection.Reaches(host) {
					got = append(got, host)
				}
			}
			if d := cmp.Diff(tc.reaches, got); d != "" || tc.selection.ReachesAll() != tc.all {
				t.Errorf("reaches all: %t; reaches:\n%s", tc.selection.ReachesAll(), d)
			}
		})
	}
}

// Whatever happened, a node is never called current unless every value that its
// agent can have read contains the desired one.
func FuzzC7NeverCurrentOnAnOlderValue(f *testing.F) {
	f.Add([]byte{0, 1, 2}, uint8(90), uint8(3), uint8(1))
	f.Add([]byte{0, 2, 1, 0, 2}, uint8(33), uint8(0), uint8(2))
	f.Fuzz(func(t *testing.T, values []byte, created, reading, heldFrom uint8) {
		choices := []string{"", wideCIDR, widerCIDR, otherCIDR}
		var history History
		for i, value := range values[:min(len(values), 12)] {
			history = history.Observe(prefix(choices[int(value)%4]), at(float64(i*20)))
		}
		node := NodeEvidence{Agent: agent(float64(created), func(a *Agent) { a.ConfigRead = at(float64(created) + float64(reading%40)) })}
		if heldFrom%4 > 0 {
			node.Access = []Access{{CIDR: prefix(choices[heldFrom%4])}}
		}
		judged := Judgement{Desired: prefix(wideCIDR), History: history}.Judge(node)
		if judged.State != StateCurrent {
			return
		}
		for minute := float64(created); minute <= float64(created)+float64(reading%40); minute += 0.5 {
			if value := simulate(history, node.Access, at(minute)); value != prefix(wideCIDR) && value != prefix(widerCIDR) {
				t.Fatalf("current, and yet an agent that reads at minute %g gets %s of %v, held back from %v", minute, value, history, node.Access)
			}
		}
	})
}

// simulate is what a node gets: the newest value that is in force and not withheld.
func simulate(history History, access []Access, now time.Time) (value netip.Prefix) {
	lastOf := map[netip.Prefix]int{}
	for i, p := range history {
		lastOf[p.CIDR] = i
	}
	for i, p := range history {
		withheld := len(access) > 0 && access[0].CIDR == p.CIDR && lastOf[p.CIDR] == i
		if !p.From.After(now) && !withheld {
			value = p.CIDR
		}
	}
	return value
}
