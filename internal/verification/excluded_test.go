package verification

import (
	"net/netip"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/probe"
)

func TestPodsInABlockThatTheOtherSideExcludesProveNothing(t *testing.T) {
	s := newScene(t)
	s.Clusters[1].Excluded = []netip.Prefix{netip.MustParsePrefix("100.64.0.0/16")}
	s.apply(s.Next())
	s.start("eu", "10.11.4")
	s.start("us", "10.12.4")
	s.each("us", modeServe, func(n int, pod *corev1.Pod) {
		if n%2 == 0 {
			pod.Status.PodIP = "100.64.0.7"
		}
	})
	s.apply(s.Next())
	s.each("eu", modeDial, func(_ int, pod *corev1.Pod) {
		if args := strings.Join(pod.Spec.Containers[0].Args, " "); strings.Contains(args, "100.64") || !strings.Contains(args, "10.12.4") {
			t.Errorf("a dialer has %s", args)
		}
	})
	s.report("eu", "10.11.4", passes)
	s.report("us", "10.12.4", func(string) probe.Dial { return probe.Dial{Outcome: probe.Passed} })
	n := 0
	s.report("us", "10.12.4", func(string) probe.Dial {
		if n++; n%4 == 0 {
			return probe.Dial{Outcome: probe.ConnectTimeout, Own: "100.64.0.9"}
		}
		return probe.Dial{Outcome: probe.Passed}
	})
	got := s.Judge(s.evidence, nil, 0)
	if !got.Passed() || len(got.Findings) == 0 || got.Findings[0].Reason != v1alpha1.ProbeAddressExcluded || !strings.Contains(got.Findings[0].Message, "us: Probe pods with 100.64.0.7") {
		t.Errorf("it judges %+v", got)
	}
}

func TestAClusterAllOfWhosePodsAreExcludedIsSaidToBeUnproven(t *testing.T) {
	s := newScene(t)
	s.Clusters[1].Excluded = []netip.Prefix{netip.MustParsePrefix("10.12.0.0/16")}
	s.apply(s.Next())
	s.start("eu", "10.11.4")
	s.start("us", "10.12.4")
	if step := s.Next(); !step.Over {
		t.Errorf("it goes on with %+v", step)
	}
	if got := s.Judge(s.evidence, nil, 0); got.Reason != v1alpha1.ReasonProbeNotRun || !strings.Contains(got.Message, "excludeCIDRs") {
		t.Errorf("it judges %+v", got)
	}
}
