package figure

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// silent notes whether an assertion failed.
type silent struct {
	testing.TB

	failed bool
}

func (s *silent) Helper()               {}
func (s *silent) Logf(string, ...any)   {}
func (s *silent) Errorf(string, ...any) { s.failed = true }
func (s *silent) Error(...any)          { s.failed = true }

func TestAFigureHasRoomInTheGateAndNoneInABenchmark(t *testing.T) {
	f := Figure{Name: "CPU, 10 peerings", Unit: "ms", Value: 50, Target: 40, Room: 1.5}
	for name, test := range map[string]struct {
		folder string
		value  float64
		failed bool
	}{
		"in the gate, within the room": {"", 50, false},
		"in the gate, beyond it":       {"", 61, true},
		"in a benchmark":               {t.TempDir(), 50, true},
		"in a benchmark, within":       {t.TempDir(), 40, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(FolderVariable, test.folder)
			told := &silent{TB: t}
			f.Value = test.value
			f.Assert(told)
			if told.failed != test.failed {
				t.Errorf("failed: %t", told.failed)
			}
		})
	}
}

func TestAFigureIsWrittenDown(t *testing.T) {
	folder := t.TempDir()
	t.Setenv(FolderVariable, folder)
	Figure{Name: "CPU, 10 peerings", Unit: "ms", Value: 30, Target: 40}.Assert(t)
	content, err := os.ReadFile(filepath.Join(folder, "cpu--10-peerings.json"))
	if err != nil {
		t.Fatal(err)
	}
	var read Figure
	if err := json.Unmarshal(content, &read); err != nil || read.Value != 30 || read.Target != 40 || read.Unit != "ms" {
		t.Errorf("read %+v, %v", read, err)
	}
}
