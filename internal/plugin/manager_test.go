package plugin

import (
	"strings"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/heartbeat"
	"github.com/crossvpc/crossvpc/internal/plugin/diagnosis"
	"github.com/crossvpc/crossvpc/internal/plugin/view"
)

// TestWhoIsHomeIsReadFromTheHeartbeat, and from the election's lease where there is none.
func TestWhoIsHomeIsReadFromTheHeartbeat(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	other := heartbeat.Late{Kind: "VPCPeering", Namespace: "a", Name: "other", Due: now.Add(-time.Hour)}
	for name, c := range map[string]struct {
		// beat is when the last heartbeat came, lease when the election's lease was renewed; zero: never.
		beat, lease time.Time
		late        late
		of          []heartbeat.Late
		state       view.State
		says        string
	}{
		"nobody ever lived":            {state: view.Unknown, says: "No lease"},
		"a manager lives":              {beat: now, state: view.Good, says: "crossvpc-0 acts and looks at all 2 objects in time."},
		"it died":                      {beat: now.Add(-time.Hour), lease: now, state: view.Bad, says: "has not been heard of for 60m"},
		"it is late":                   {beat: now, late: late{other}, state: view.Bad, says: "crossvpc-0 acts and is late."},
		"it is late with another one":  {beat: now, late: late{other}, of: []heartbeat.Late{{Kind: "VPCPeering", Namespace: "b", Name: "other"}}, state: view.Good, says: "acts"},
		"it is late with this one":     {beat: now, late: late{other}, of: []heartbeat.Late{{Kind: "VPCPeering", Namespace: "a", Name: "other"}}, state: view.Bad, says: "late"},
		"an older release lives":       {lease: now, state: view.Good, says: "crossvpc-0 acts."},
		"an older release lived":       {lease: now.Add(-time.Hour), state: view.Bad, says: "has not renewed it for 60m"},
		"its clock is a minute ahead":  {beat: now.Add(time.Minute), state: view.Good, says: "acts"},
		"it missed one beat, not more": {beat: now.Add(-2 * time.Minute), state: view.Good, says: "acts"},
	} {
		t.Run(name, func(t *testing.T) {
			kube := fake.NewClientBuilder().Build()
			if !c.beat.IsZero() {
				runner := heartbeat.Runner{Live: kube, Client: kube, Namespace: "crossvpc-system", Holder: "crossvpc-0", Looks: c.late, Clock: clocktesting.NewFakeClock(c.beat)}
				if err := runner.Beat(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if !c.lease.IsZero() {
				create(t, kube, c.lease)
			}
			s := &session{system: "crossvpc-system", now: func() time.Time { return now }}
			item, err := s.manager(t.Context(), kube, c.of)
			if err != nil || item.State != c.state || !strings.Contains(item.Message, c.says) {
				t.Errorf("%s, %q (%v); want %s and %q", item.State, item.Message, err, c.state, c.says)
			}
			if tree := s.withManager(t.Context(), kube, view.Item{State: view.Good}, c.of...); (tree.State == view.Good) != (c.state != view.Bad) {
				t.Errorf("a tree that is good becomes %s", tree.State)
			}
		})
	}
}

// TestADiagnosisIsToldWhatTheManagerIsLateWith, of what it rests on alone.
func TestADiagnosisIsToldWhatTheManagerIsLateWith(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	due := now.Add(-12 * time.Minute)
	kube := fake.NewClientBuilder().Build()
	runner := heartbeat.Runner{
		Live: kube, Client: kube, Namespace: "crossvpc-system", Holder: "crossvpc-0", Clock: clocktesting.NewFakeClock(now),
		Looks: late{{Kind: "VPCPeering", Namespace: "a", Name: "other", Due: due}, {Kind: "PeeredCluster", Name: "us", Due: due}},
	}
	if err := runner.Beat(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := &session{system: "crossvpc-system", now: func() time.Time { return now }}
	evidence := diagnosis.Evidence{Peering: &v1alpha1.VPCPeering{ObjectMeta: metav1.ObjectMeta{Namespace: "a", Name: "eu-us"}}}
	if named := s.lateWith(t.Context(), kube, evidence); len(named) > 0 {
		t.Errorf("late with others alone, and it says %q", named)
	}
	evidence.To.Cluster = &v1alpha1.PeeredCluster{ObjectMeta: metav1.ObjectMeta{Name: "us"}}
	if named := s.lateWith(t.Context(), kube, evidence); len(named) != 1 || named[0] != "PeeredCluster us (due 12m ago)" {
		t.Errorf("it says %q", named)
	}
}

// create makes the lease of the election.
func create(t *testing.T, kube client.Client, renewed time.Time) {
	t.Helper()
	lease := &coordinationv1.Lease{
		ObjectMeta: metav1.ObjectMeta{Namespace: "crossvpc-system", Name: v1alpha1.LeaderLease},
		Spec:       coordinationv1.LeaseSpec{HolderIdentity: new("crossvpc-0"), LeaseDurationSeconds: new(int32(15)), RenewTime: new(metav1.NewMicroTime(renewed))},
	}
	if err := kube.Create(t.Context(), lease); err != nil {
		t.Fatal(err)
	}
}
