package conditions

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/verdict"
	"github.com/crossvpc/crossvpc/test/kstatus"
)

var (
	first  = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	second = first.Add(time.Minute)
)

// row is a condition as the tests compare it.
type row struct{ Type, Status, Reason, Message string }

func rows(conditions []metav1.Condition) []row {
	var found []row
	for _, c := range conditions {
		found = append(found, row{c.Type, string(c.Status), c.Reason, c.Message})
	}
	return found
}

func TestReport(t *testing.T) {
	waits := func(step, earlier string) row {
		return row{step, "Unknown", "NotVisited", "Waits for " + earlier + "."}
	}
	unvisited := func(step, reason string) row {
		return row{step, "Unknown", "NotVisited", "Not visited; Ready says why (" + reason + ")."}
	}
	const unreached = "Not reached yet. It follows in the next reconciliation."
	for name, test := range map[string]struct {
		report func(*Report)
		want   []row
	}{
		"an object nobody visited is Unknown at every step": {
			report: func(*Report) {},
			want: []row{
				{"Ready", "Unknown", "NotVisited", "A: " + unreached},
				{"A", "Unknown", "NotVisited", unreached}, waits("B", "A"), waits("C", "A"),
			},
		},
		"every step done or not required makes Ready True": {
			report: func(r *Report) {
				r.Judge("A", verdict.New(verdict.Done, "InPlace", "a is there"))
				r.Judge("B", verdict.New(verdict.NotRequired, "NotRequired", "b is off"))
				r.Judge("C", verdict.New(verdict.Done, "InPlace", "c is there"))
				r.WhenReady("All there; pod traffic not verified")
			},
			want: []row{
				{"Ready", "True", "Ready", "All there; pod traffic not verified"},
				{"A", "True", "InPlace", "a is there"},
				{"B", "True", "NotRequired", "b is off"},
				{"C", "True", "InPlace", "c is there"},
			},
		},
		"a step at work makes Ready False with its reason, and Reconciling": {
			report: func(r *Report) {
				r.Judge("A", verdict.New(verdict.Done, "InPlace", "a is there"))
				r.Judge("B", verdict.New(verdict.Wait, "Progressing", "b is being accepted"))
			},
			want: []row{
				{"Ready", "False", "Progressing", "B: b is being accepted"},
				{"Reconciling", "True", "Progressing", "B: b is being accepted"},
				{"A", "True", "InPlace", "a is there"},
				{"B", "False", "Progressing", "b is being accepted"},
				waits("C", "B"),
			},
		},
		"a step that needs a person makes Stalled, and hides the work of others": {
			report: func(r *Report) {
				r.Judge("A", verdict.New(verdict.Act, "Progressing", "making a"))
				r.Judge("B", verdict.New(verdict.Stalled, "RouteConflict", "rtb-1 has another route"))
				r.Judge("C", verdict.New(verdict.Done, "InPlace", "c is there"))
			},
			want: []row{
				{"Ready", "False", "Progressing", "A: making a"},
				{"Stalled", "True", "RouteConflict", "B: rtb-1 has another route"},
				{"A", "False", "Progressing", "making a"},
				{"B", "False", "RouteConflict", "rtb-1 has another route"},
				{"C", "True", "InPlace", "c is there"},
			},
		},
		"a step that cannot be determined makes Ready Unknown, never Stalled": {
			report: func(r *Report) {
				r.Judge("A", verdict.New(verdict.Done, "InPlace", "a is there"))
				r.Judge("B", verdict.New(verdict.Unclear, "ClusterUnreachable", "us does not answer"))
				r.Judge("C", verdict.New(verdict.Done, "InPlace", "c is there"))
			},
			want: []row{
				{"Ready", "Unknown", "ClusterUnreachable", "B: us does not answer"},
				{"A", "True", "InPlace", "a is there"},
				{"B", "Unknown", "ClusterUnreachable", "us does not answer"},
				{"C", "True", "InPlace", "c is there"},
			},
		},
		"False outweighs Unknown": {
			report: func(r *Report) {
				r.Judge("A", verdict.New(verdict.Unclear, "ClusterUnreachable", "us does not answer"))
				r.Judge("B", verdict.New(verdict.Held, "Missing", "b is missing"))
			},
			want: []row{
				{"Ready", "False", "Missing", "B: b is missing"},
				{"A", "Unknown", "ClusterUnreachable", "us does not answer"},
				{"B", "False", "Missing", "b is missing"},
				waits("C", "A"),
			},
		},
		"a step that does not count shows and changes nothing": {
			report: func(r *Report) {
				r.Judge("A", verdict.New(verdict.Done, "InPlace", "a is there"))
				r.Judge("B", verdict.New(verdict.Done, "InPlace", "b is there"))
				r.Judge("C", verdict.New(verdict.Stalled, "NodesStale", "3 nodes are stale"))
				r.Uncount("C")
			},
			want: []row{
				{"Ready", "True", "Ready", "Every step that applies was seen in place."},
				{"A", "True", "InPlace", "a is there"},
				{"B", "True", "InPlace", "b is there"},
				{"C", "False", "NodesStale", "3 nodes are stale"},
			},
		},
		"an informational condition comes last and does not count": {
			report: func(r *Report) {
				for _, step := range []string{"A", "B", "C"} {
					r.Judge(step, verdict.New(verdict.Done, "InPlace", "there"))
				}
				r.Judge("PathClear", verdict.New(verdict.Stalled, "NACL", "acl-1 denies ICMP"))
			},
			want: []row{
				{"Ready", "True", "Ready", "Every step that applies was seen in place."},
				{"A", "True", "InPlace", "there"},
				{"B", "True", "InPlace", "there"},
				{"C", "True", "InPlace", "there"},
				{"PathClear", "False", "NACL", "acl-1 denies ICMP"},
			},
		},
		"a verdict on the whole stands for the conjunction": {
			report: func(r *Report) {
				r.Judge("A", verdict.New(verdict.Done, "InPlace", "a is there"))
				r.Overall(verdict.New(verdict.Wait, "Deleting", "Removing 3 routes"))
			},
			want: []row{
				{"Ready", "False", "Deleting", "Removing 3 routes"},
				{"Reconciling", "True", "Deleting", "Removing 3 routes"},
				{"A", "True", "InPlace", "a is there"},
				unvisited("B", "Deleting"), unvisited("C", "Deleting"),
			},
		},
		"paused is at rest: False, and Stalled until a person says so": {
			report: func(r *Report) { r.Overall(verdict.New(verdict.Held, "Paused", "spec.paused is true")) },
			want: []row{
				{"Ready", "False", "Paused", "spec.paused is true"},
				{"Stalled", "True", "Paused", "spec.paused is true"},
				unvisited("A", "Paused"), unvisited("B", "Paused"), unvisited("C", "Paused"),
			},
		},
		"a step that waits for a person is at rest": {
			report: func(r *Report) {
				r.Judge("A", verdict.New(verdict.Done, "InPlace", "a is there"))
				r.Judge("B", verdict.New(verdict.Held, "AwaitingApproval", "approve b"))
			},
			want: []row{
				{"Ready", "False", "AwaitingApproval", "B: approve b"},
				{"Stalled", "True", "AwaitingApproval", "B: approve b"},
				{"A", "True", "InPlace", "a is there"},
				{"B", "False", "AwaitingApproval", "approve b"},
				waits("C", "B"),
			},
		},
		"work of another step goes before what is at rest": {
			report: func(r *Report) {
				r.Judge("A", verdict.New(verdict.Held, "AwaitingApproval", "approve a"))
				r.Judge("B", verdict.New(verdict.Act, "Progressing", "making b"))
			},
			want: []row{
				{"Ready", "False", "AwaitingApproval", "A: approve a"},
				{"Reconciling", "True", "Progressing", "B: making b"},
				{"A", "False", "AwaitingApproval", "approve a"},
				{"B", "False", "Progressing", "making b"},
				waits("C", "A"),
			},
		},
		"what is beside the steps counts where no step is False": {
			report: func(r *Report) {
				r.Judge("A", verdict.New(verdict.Done, "InPlace", "a is there"))
				r.Judge("B", verdict.New(verdict.Unclear, "ClusterUnreachable", "us does not answer"))
				r.Judge("C", verdict.New(verdict.Done, "InPlace", "c is there"))
				r.Besides(verdict.Stalled, "InvalidWindow", "There is no such zone")
			},
			want: []row{
				{"Ready", "False", "InvalidWindow", "There is no such zone"},
				{"Stalled", "True", "InvalidWindow", "There is no such zone"},
				{"A", "True", "InPlace", "a is there"},
				{"B", "Unknown", "ClusterUnreachable", "us does not answer"},
				{"C", "True", "InPlace", "c is there"},
			},
		},
		"what is beside the steps comes after them, and Stalled before work": {
			report: func(r *Report) {
				r.Judge("A", verdict.New(verdict.Act, "Progressing", "making a"))
				r.Besides(verdict.Stalled, "InvalidWindow", "There is no such zone")
			},
			want: []row{
				{"Ready", "False", "Progressing", "A: making a"},
				{"Stalled", "True", "InvalidWindow", "There is no such zone"},
				{"A", "False", "Progressing", "making a"},
				waits("B", "A"), waits("C", "A"),
			},
		},
		"what is waited for beside the steps is Reconciling": {
			report: func(r *Report) {
				for _, step := range []string{"A", "B", "C"} {
					r.Judge(step, verdict.New(verdict.Done, "InPlace", "there"))
				}
				r.Besides(verdict.Wait, "NothingFound", "Nothing is there")
			},
			want: []row{
				{"Ready", "False", "NothingFound", "Nothing is there"},
				{"Reconciling", "True", "NothingFound", "Nothing is there"},
				{"A", "True", "InPlace", "there"},
				{"B", "True", "InPlace", "there"},
				{"C", "True", "InPlace", "there"},
			},
		},
		"a fault goes before what is at rest": {
			report: func(r *Report) {
				r.Judge("A", verdict.New(verdict.Held, "AwaitingApproval", "approve a"))
				r.Judge("B", verdict.New(verdict.Stalled, "RouteConflict", "rtb-1 has another route"))
			},
			want: []row{
				{"Ready", "False", "AwaitingApproval", "A: approve a"},
				{"Stalled", "True", "RouteConflict", "B: rtb-1 has another route"},
				{"A", "False", "AwaitingApproval", "approve a"},
				{"B", "False", "RouteConflict", "rtb-1 has another route"},
				waits("C", "A"),
			},
		},
		"a window opens by itself: held, and not at rest": {
			report: func(r *Report) { r.Overall(verdict.New(verdict.Held, "OutsideWindow", "opens on Monday")) },
			want: []row{
				{"Ready", "False", "OutsideWindow", "opens on Monday"},
				unvisited("A", "OutsideWindow"), unvisited("B", "OutsideWindow"), unvisited("C", "OutsideWindow"),
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			object := &v1alpha1.VPCPeering{ObjectMeta: metav1.ObjectMeta{Generation: 7}}
			report := NewReport("A", "B", "C")
			test.report(report)
			report.Apply(object, first)
			if diff := cmp.Diff(test.want, rows(object.Status.Conditions)); diff != "" {
				t.Errorf("conditions (-want +got):\n%s", diff)
			}
			if object.Status.ObservedGeneration != 7 {
				t.Errorf("status.observedGeneration is %d, want 7", object.Status.ObservedGeneration)
			}
			once := object.DeepCopy()
			report.Apply(object, second)
			if diff := cmp.Diff(once, object); diff != "" {
				t.Errorf("a second Apply changed (-once +twice):\n%s", diff)
			}
		})
	}
}

func TestOnlyAChangedStatusMovesItsTransitionTime(t *testing.T) {
	object := &v1alpha1.AWSIdentity{}
	apply := func(now time.Time, progress verdict.Progress, message string) {
		report := NewReport("A", "B")
		report.Judge("A", verdict.New(progress, "Reason", message))
		report.Judge("B", verdict.New(verdict.Done, "InPlace", "b is there"))
		report.Apply(object, now)
	}
	apply(first, verdict.Wait, "one")
	apply(second, verdict.Stalled, "two")
	times := map[string]time.Time{}
	for _, c := range object.Status.Conditions {
		times[c.Type] = c.LastTransitionTime.Time
	}
	want := map[string]time.Time{"Ready": first, "Stalled": second, "A": first, "B": first}
	if diff := cmp.Diff(want, times); diff != "" {
		t.Errorf("transition times (-want +got):\n%s", diff)
	}
}

func TestAConditionThatComesBackKeepsItsPlace(t *testing.T) {
	object := &v1alpha1.AWSIdentity{}
	for _, progress := range []verdict.Progress{verdict.Wait, verdict.Done, verdict.Stalled, verdict.Act} {
		report := NewReport("B", "A")
		report.Judge("A", verdict.New(verdict.Done, "InPlace", "a"))
		report.Judge("B", verdict.New(progress, "Reason", "b"))
		report.Apply(object, first)
	}
	var types []string
	for _, c := range object.Status.Conditions {
		types = append(types, c.Type)
	}
	if diff := cmp.Diff([]string{"Ready", "Reconciling", "B", "A"}, types); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}

func TestAPassThatCouldNotLookKeepsWhatWasSeen(t *testing.T) {
	object := &v1alpha1.VPCPeering{ObjectMeta: metav1.ObjectMeta{Generation: 1}}
	report := NewReport("A", "B", "C")
	report.Judge("A", verdict.New(verdict.Done, "InPlace", "a is there"))
	report.Judge("B", verdict.New(verdict.Stalled, "RouteConflict", "rtb-1 has another route"))
	report.Apply(object, first)

	object.Generation = 2
	report = NewReport("A", "B", "C")
	report.Judge("A", verdict.New(verdict.Wait, "AWSError", "EC2 throttles; trying again"))
	report.Keep()
	report.Apply(object, second)

	want := []row{
		{"Ready", "False", "AWSError", "A: EC2 throttles; trying again"},
		{"Stalled", "True", "RouteConflict", "B: rtb-1 has another route"},
		{"A", "False", "AWSError", "EC2 throttles; trying again"},
		{"B", "False", "RouteConflict", "rtb-1 has another route"},
		{"C", "Unknown", "NotVisited", "Waits for B."},
	}
	if diff := cmp.Diff(want, rows(object.Status.Conditions)); diff != "" {
		t.Errorf("conditions (-want +got):\n%s", diff)
	}
	for _, c := range object.Status.Conditions {
		kept := c.Type == "B" || c.Type == "C"
		if kept != (c.ObservedGeneration == 1) {
			t.Errorf("%s speaks of generation %d", c.Type, c.ObservedGeneration)
		}
	}
}

func TestAStepStopsOnlyWhatFollowsAVerdictThatIsNotTrue(t *testing.T) {
	report := NewReport("A", "B", "C")
	report.Judge("A", verdict.New(verdict.Done, "InPlace", "a"))
	report.Judge("B", verdict.New(verdict.Unclear, "AWSError", "b"))
	got := map[string]bool{"A": report.Stops("A"), "B": report.Stops("B"), "C": report.Stops("C")}
	if diff := cmp.Diff(map[string]bool{"A": false, "B": true, "C": false}, got); diff != "" {
		t.Errorf("stops (-want +got):\n%s", diff)
	}
}

func TestAnOverlongMessageIsCutBetweenRunes(t *testing.T) {
	object := &v1alpha1.AWSIdentity{}
	report := NewReport()
	report.Overall(verdict.New(verdict.Stalled, "Reason", strings.Repeat("ü", longestMessage)))
	report.Apply(object, first)
	message := object.Status.Conditions[0].Message
	if len(message) > longestMessage || !utf8.ValidString(message) || !strings.HasSuffix(message, "ü…") {
		t.Errorf("message of %d bytes ends %q", len(message), message[len(message)-8:])
	}
}

func TestTransitionsAreChangesOfStatusOrReason(t *testing.T) {
	condition := func(conditionType, status, reason, message string) metav1.Condition {
		return metav1.Condition{Type: conditionType, Status: metav1.ConditionStatus(status), Reason: reason, Message: message}
	}
	before := []metav1.Condition{
		condition("Same", "True", "InPlace", "2 routes"),
		condition("Status", "Unknown", "NotVisited", ""),
		condition("Reason", "False", "Progressing", ""),
	}
	after := []metav1.Condition{
		condition("New", "False", "RouteConflict", "rtb-1"),
		condition("Unvisited", "Unknown", "NotVisited", ""),
		condition("Same", "True", "InPlace", "3 routes"),
		condition("Status", "True", "InPlace", ""),
		condition("Reason", "False", "QuotaReached", ""),
	}
	var got []string
	for _, c := range Transitions(before, after) {
		got = append(got, c.Type)
	}
	if diff := cmp.Diff([]string{"New", "Status", "Reason"}, got); diff != "" {
		t.Errorf("transitions (-want +got):\n%s", diff)
	}
}

// What waits by kstatus (Flux, kubectl plugins) goes on, or stops, by these.
func TestTheStageThatKstatusSees(t *testing.T) {
	for name, test := range map[string]struct {
		progress verdict.Progress
		reason   string
		want     string
	}{
		"Ready":                        {verdict.Done, "Ready", "Current"},
		"at work":                      {verdict.Act, "Progressing", "InProgress"},
		"a fault":                      {verdict.Stalled, "RouteConflict", "Failed"},
		"paused":                       {verdict.Held, "Paused", "Failed"},
		"planned":                      {verdict.Held, "Planned", "Failed"},
		"waits for an approval":        {verdict.Held, "AwaitingApproval", "Failed"},
		"all rollouts are stopped":     {verdict.Held, "RolloutsStopped", "Failed"},
		"nodes are left to others":     {verdict.Held, "NodesStale", "Failed"},
		"waits for its window":         {verdict.Held, "OutsideWindow", "InProgress"},
		"nothing can be read just now": {verdict.Unclear, "ClusterUnreachable", "InProgress"},
	} {
		t.Run(name, func(t *testing.T) {
			object := &v1alpha1.PeeredCluster{ObjectMeta: metav1.ObjectMeta{Generation: 3}}
			object.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("PeeredCluster"))
			report := NewReport("A")
			report.Judge("A", verdict.New(test.progress, test.reason, "a"))
			report.Apply(object, first)
			if got, err := kstatus.Stage(object); got != test.want || err != nil {
				t.Errorf("kstatus sees %s, %v; want %s", got, err, test.want)
			}
		})
	}
}
