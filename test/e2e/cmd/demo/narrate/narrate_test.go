package narrate

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestATimelineTellsEachStateOfAConditionOnceAndInOrder(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	timeline := NewTimeline(PlainScreen(&out), func() int { return 7 })
	order := []string{"First", "Second"}
	unknown := metav1.Condition{Type: "Second", Status: metav1.ConditionUnknown, Reason: "NotVisited"}
	for range 2 {
		timeline.Show([]metav1.Condition{unknown, {Type: "First", Status: metav1.ConditionFalse, Reason: "Waiting", Message: "for it"}}, order)
	}
	timeline.Show([]metav1.Condition{
		{Type: "Second", Status: metav1.ConditionTrue, Reason: "Done", Message: "all of it"},
		{Type: "First", Status: metav1.ConditionTrue, Reason: "Done", Message: "it came"},
	}, order)
	var told []string
	for line := range strings.Lines(out.String()) {
		_, after, _ := strings.Cut(line, "calls")
		told = append(told, strings.Join(strings.Fields(after), " "))
	}
	want := []string{"… First Waiting: for it", "✔ First Done: it came", "✔ Second Done: all of it"}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

func TestPlainProgressIsWrittenWhenItChanges(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	progress := NewProgress(PlainScreen(&out))
	progress.every = 0
	for _, done := range []int{1, 1, 2} {
		progress.Show("not for paper", Bar{Label: "eu", Unit: "nodes", Done: done, Total: 2})
	}
	if got := strings.Count(out.String(), "\n"); got != 2 || strings.Contains(out.String(), "\x1b") || strings.Contains(out.String(), "paper") {
		t.Errorf("%d lines:\n%q", got, out.String())
	}
}

func TestAPipeIsNeverSilentForLong(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	screen := PlainScreen(&out)
	screen.Status("  … the data plane", "more of it")
	began := time.Now()
	screen.beat(began, began.Add(-12*time.Second), time.Second)
	screen.Line("something")
	screen.beat(time.Now(), began, time.Hour)
	if got := out.String(); got != "  … the data plane (12 s since the start)\nsomething\n" {
		t.Errorf("%q", got)
	}
	out.Reset()
	screen.Status()
	screen.beat(time.Now().Add(time.Minute), began, time.Second)
	if got := out.String(); !strings.HasPrefix(got, "  … still at work") {
		t.Errorf("%q", got)
	}
}

func TestWhoRestsIsNotStillAtWork(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	screen := PlainScreen(&out)
	screen.Rest()
	screen.beat(time.Now().Add(time.Hour), time.Now(), time.Second)
	if out.Len() > 0 {
		t.Errorf("%q", out.String())
	}
}

func TestATerminalNeedsNoBeat(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	(&Screen{out: &out, live: true, width: 20}).Beat(t.Context(), time.Nanosecond) // returns at once
	if out.Len() > 0 {
		t.Errorf("%q", out.String())
	}
}

func TestStatusLinesAreErasedBeforeALineThatStays(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	screen := &Screen{out: &out, live: true, color: true, width: 20}
	screen.Status("one "+screen.Style(Red, strings.Repeat("x", 40)), "two")
	out.Reset()
	screen.Line("stays")
	got := out.String()
	if !strings.HasPrefix(got, "\x1b[1A\x1b[2K\x1b[1A\x1b[2Kstays\n") || !strings.HasSuffix(got, "two\n") {
		t.Errorf("%q", got)
	}
	if visible := strings.Count(got, "x"); visible != 15 {
		t.Errorf("%d characters of the long line are drawn, want 15: 19 in all", visible)
	}
}
