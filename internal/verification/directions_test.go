package verification

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/probe"
)

func TestEachDirectionSumsUpWhatItsProbesMeasured(t *testing.T) {
	s := serving(t)
	n := int64(0)
	s.report("eu", "10.11.4", func(string) probe.Dial {
		n++
		return probe.Dial{Outcome: probe.Passed, Measurement: probe.Measurement{
			Micros: []int64{80_000 + n, 85_000 + n, 90_000 + n}, Tries: 10, Lost: int(n % 2), Packet: 8500 + int(n),
		}}
	})
	s.report("us", "10.12.4", func(string) probe.Dial {
		return probe.Dial{Outcome: probe.ConnectTimeout, Measurement: probe.Measurement{Tries: 3, Lost: 3}}
	})
	want := []v1alpha1.ProbeDirection{
		{From: "us", To: "eu", Probes: 8, Attempts: 24, Lost: 24},
		{From: "eu", To: "us", Probes: 8, Passed: 8, Attempts: 80, Lost: 4, LargestPacketBytes: 8501,
			ConnectMicroseconds: &v1alpha1.ProbeTimes{Min: 80_001, Median: 85_005, Max: 90_008}},
	}
	if diff := cmp.Diff(want, s.Judge(s.evidence, nil, 0).Directions); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestNumbersThatAPodMadeUpFitIntoStatus: who may run pods there may write any termination message.
func TestNumbersThatAPodMadeUpFitIntoStatus(t *testing.T) {
	s := serving(t)
	s.report("eu", "10.11.4", func(string) probe.Dial {
		return probe.Dial{Outcome: probe.Passed, Measurement: probe.Measurement{Micros: []int64{-1, 0, 0}, Tries: -5, Lost: 1 << 40, Packet: 1 << 40}}
	})
	s.report("us", "10.12.4", passes)
	want := v1alpha1.ProbeDirection{From: "eu", To: "us", Probes: 8, Passed: 8, LargestPacketBytes: mostBelieved}
	if diff := cmp.Diff(want, s.Judge(s.evidence, nil, 0).Directions[0]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
