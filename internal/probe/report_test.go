package probe

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSixteenResultsFitIntoATerminationMessage(t *testing.T) {
	report := Report{Version: Version}
	for i := range 16 {
		report.Dials = append(report.Dials, Dial{
			Peer: fmt.Sprintf("255.255.255.%d:65535", 100+i), Outcome: DownloadStalled, Own: "255.255.255.255", Seen: "255.255.255.254",
			Bytes: mostBytes, Detail: strings.Repeat("x", longestDetail),
			Measurement: Measurement{Micros: []int64{999999, 999999, 999999}, Tries: 100, Lost: 100, Packet: 65535},
		})
	}
	line, err := report.Line()
	if err != nil {
		t.Fatal(err)
	}
	if len(line) > longestMessage || strings.Contains(string(line), "\n") {
		t.Errorf("it is %d bytes: %s", len(line), line)
	}
	back, err := Read(string(line))
	if err != nil {
		t.Fatal(err)
	}
	if len(back.Dials) != 16 || back.Dials[15].Outcome != DownloadStalled || back.Dials[15].Lost != 100 {
		t.Errorf("it reads back as %+v", back)
	}
}

func TestWhatWasWrittenReadsBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "termination-log")
	want := Report{Version: Version, Dials: []Dial{{Peer: "10.12.4.77:18500", Outcome: Passed, Own: "10.11.4.91", Seen: "10.11.4.91", Bytes: 65536}}}
	if err := want.Write(path); err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Read(string(written))
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestAReportOfAnotherVersionOrOfNobodyIsNotRead(t *testing.T) {
	for _, message := range []string{`{"version":2,"dials":[]}`, `{}`, "", "OOMKilled", `{"version":`} {
		if report, err := Read(message); err == nil {
			t.Errorf("%q reads as %+v", message, report)
		}
	}
}
