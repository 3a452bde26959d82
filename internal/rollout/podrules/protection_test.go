package podrules

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// startedAt is a pod with the annotation that was started so long before noon; negative: not yet.
func startedAt(ago time.Duration, value string) *corev1.Pod {
	return podWith(func(p *corev1.Pod) {
		p.Annotations = map[string]string{DoNotDisrupt: value}
		if ago >= 0 {
			at := metav1.NewTime(noon.Add(-ago))
			p.Status.StartTime = &at
		}
	})
}

func TestN2DoNotDisruptOnAPodIsReadAsKarpenterReadsIt(t *testing.T) {
	t.Parallel()
	for value, c := range map[string]struct {
		ago    time.Duration
		reason string
		until  time.Time
	}{
		"true":     {ago: time.Hour, reason: ReasonPodRefuses},
		"30m":      {ago: 29 * time.Minute, reason: ReasonPodRefusesForNow, until: noon.Add(time.Minute)},
		"30m0s":    {ago: 30 * time.Minute},
		"1h30m":    {ago: time.Hour, reason: ReasonPodRefusesForNow, until: noon.Add(30 * time.Minute)},
		"1.5h":     {ago: time.Hour, reason: ReasonPodRefusesForNow, until: noon.Add(30 * time.Minute)},
		"+2h":      {ago: time.Hour, reason: ReasonPodRefusesForNow, until: noon.Add(time.Hour)},
		"500ms":    {ago: 0, reason: ReasonPodRefusesForNow, until: noon.Add(500 * time.Millisecond)},
		"45m":      {ago: -1, reason: ReasonPodRefusesForNow},
		"-30m":     {ago: time.Minute},
		"0s":       {ago: 0},
		"0":        {ago: 0},
		"30":       {ago: time.Minute},
		"1d":       {ago: time.Minute},
		" 30m":     {ago: time.Minute},
		"false":    {ago: time.Minute},
		"True":     {ago: time.Minute},
		"TRUE":     {ago: time.Minute},
		"\"true\"": {ago: time.Minute},
		"":         {ago: time.Minute},
	} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			pod := startedAt(c.ago, value)
			got := Refusal(pod, noon)
			if got == nil {
				got = &Finding{}
			}
			if got.Reason != c.reason || !got.Until.Equal(c.until) {
				t.Errorf("reason %q until %s, want %q until %s", got.Reason, got.Until, c.reason, c.until)
			}
			if c.reason != "" && !strings.Contains(got.Message, DoNotDisrupt+": \""+value+"\"") {
				t.Errorf("%q does not quote the annotation", got.Message)
			}
			if exposed := Exposed(pod, noon); exposed != nil {
				t.Errorf("Karpenter spares it while the annotation is in force, and it may be evicted otherwise: %s", exposed.Message)
			}
		})
	}
}

func TestADurationIsNoWishOfANode(t *testing.T) {
	t.Parallel()
	for value, refuses := range map[string]bool{"true": true, "30m": false, "false": false, "": false} {
		node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{DoNotDisrupt: value}}}
		if got := NodeRefusal(node, false) != nil; got != refuses {
			t.Errorf("%q on a node: refuses %t, want %t", value, got, refuses)
		}
	}
}
