package turn

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestWhoMayBegin(t *testing.T) {
	rolls := func(name string) Cluster {
		return Cluster{Name: name, Rolls: true, Unfinished: "1 of 5 nodes, Progressing"}
	}
	queued := func(name string, minutes int) Cluster {
		return Cluster{Name: name, Queued: noon.Add(time.Duration(minutes) * time.Minute), Unfinished: "0 of 5 nodes, WaitingForTurn"}
	}
	after := func(name string, names ...string) Cluster {
		return Cluster{Name: name, After: names, Unfinished: "0 of 5 nodes, WaitingForTurn"}
	}
	for name, c := range map[string]struct {
		all    []Cluster
		atOnce int
		want   Answer
		says   []string
	}{
		"nobody else is there":             {all: []Cluster{{Name: "eu"}}, want: Answer{Begins: true}},
		"the others are finished":          {all: []Cluster{{Name: "eu"}, {Name: "us"}}, want: Answer{Begins: true}},
		"one renews nodes":                 {all: []Cluster{{Name: "eu"}, rolls("us")}, want: Answer{WaitsFor: []string{"us"}}, says: []string{"PeeredCluster us (1 of 5 nodes, Progressing)", "at most 1 cluster renews nodes", "--max-clusters-at-once"}},
		"one of two renews nodes":          {all: []Cluster{{Name: "eu"}, rolls("us")}, atOnce: 2, want: Answer{Begins: true}},
		"two of two renew nodes":           {all: []Cluster{{Name: "eu"}, rolls("us"), rolls("asia")}, atOnce: 2, want: Answer{WaitsFor: []string{"asia", "us"}}, says: []string{"PeeredClusters asia", "2 clusters renew nodes"}},
		"another has waited longer":        {all: []Cluster{queued("eu", 2), queued("us", 1)}, want: Answer{WaitsFor: []string{"us"}}},
		"it has waited longest":            {all: []Cluster{queued("eu", 1), queued("us", 2)}, want: Answer{Begins: true}},
		"it asks for the first time":       {all: []Cluster{{Name: "eu"}, queued("us", -1)}, want: Answer{WaitsFor: []string{"us"}}},
		"two came in one second":           {all: []Cluster{queued("eu", 1), queued("asia", 1)}, want: Answer{WaitsFor: []string{"asia"}}},
		"there is room for both":           {all: []Cluster{queued("eu", 2), queued("us", 1)}, atOnce: 2, want: Answer{Begins: true}},
		"it renews nodes itself":           {all: []Cluster{rolls("eu")}, want: Answer{Begins: true}},
		"the canary cluster is not done":   {all: []Cluster{after("eu", "us"), {Name: "us", Unfinished: "2 of 5 nodes, Paused"}}, want: Answer{Ordered: true, WaitsFor: []string{"us"}}, says: []string{"PeeredCluster us (2 of 5 nodes, Paused)", "spec.rollout.after names it"}},
		"the canary cluster is done":       {all: []Cluster{after("eu", "us"), {Name: "us"}}, want: Answer{Begins: true}},
		"the order holds whatever is room": {all: []Cluster{after("eu", "us"), rolls("us")}, atOnce: 9, want: Answer{Ordered: true, WaitsFor: []string{"us"}}},
		"two come first":                   {all: []Cluster{after("eu", "us", "asia"), rolls("us"), queued("asia", 1)}, want: Answer{Ordered: true, WaitsFor: []string{"us", "asia"}}, says: []string{"names them"}},
		"who waits for it does not queue":  {all: []Cluster{{Name: "eu"}, after("us", "eu")}, want: Answer{Begins: true}},
		"one that comes first is missing":  {all: []Cluster{after("eu", "us")}, want: Answer{Ordered: true, Invalid: "yes"}, says: []string{"us, which does not exist"}},
		"it comes after itself":            {all: []Cluster{after("eu", "eu")}, want: Answer{Ordered: true, Invalid: "yes"}, says: []string{"eu after eu"}},
		"a cycle of three":                 {all: []Cluster{after("eu", "us"), after("us", "asia"), after("asia", "eu")}, want: Answer{Ordered: true, Invalid: "yes"}, says: []string{"eu after us after asia after eu"}},
		"a cycle of others":                {all: []Cluster{after("eu", "us"), after("us", "asia"), after("asia", "us")}, want: Answer{Ordered: true, WaitsFor: []string{"us"}}},
		"three are all named": {
			all:  []Cluster{{Name: "eu"}, rolls("a"), rolls("b"), rolls("c")},
			want: Answer{WaitsFor: []string{"a", "b", "c"}}, says: []string{"c (1 of 5 nodes, Progressing), because"},
		},
		"of four one is counted": {
			all:  []Cluster{{Name: "eu"}, rolls("a"), rolls("b"), rolls("c"), rolls("d")},
			want: Answer{WaitsFor: []string{"a", "b", "c", "d"}}, says: []string{"1 more, because"},
		},
		"many are named in short": {
			all:  []Cluster{{Name: "eu"}, rolls("a"), rolls("b"), rolls("c"), rolls("d"), rolls("e")},
			want: Answer{WaitsFor: []string{"a", "b", "c", "d", "e"}}, says: []string{"2 more, because"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			q := Question{Cluster: "eu", All: c.all, AtOnce: c.atOnce, Now: noon}
			got := Ask(q)
			if (got.Invalid != "") != (c.want.Invalid != "") {
				t.Errorf("invalid: %q", got.Invalid)
			}
			if alone := Invalid("eu", c.all); alone != got.Invalid {
				t.Errorf("by itself it is invalid because %q, with others because %q", alone, got.Invalid)
			}
			if diff := cmp.Diff(c.want, got, cmpopts.IgnoreFields(Answer{}, "Message", "Invalid")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got.Begins != (got.Message == "") {
				t.Errorf("begins %v and says %q", got.Begins, got.Message)
			}
			for _, part := range c.says {
				if !strings.Contains(got.Message, part) {
					t.Errorf("says %q, want %q in it", got.Message, part)
				}
			}
			slices.Reverse(q.All)
			if diff := cmp.Diff(got, Ask(q)); diff != "" {
				t.Errorf("in another order (-first +other):\n%s", diff)
			}
		})
	}
}
