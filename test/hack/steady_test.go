package hack

import (
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func TestWhatIsSilentForTooLongInAPipeFails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		script string
		code   int
		says   string
	}{
		"talks all the time":    {"echo one; sleep 1; echo two; sleep 1; echo three", 0, ""},
		"begins late":           {"sleep 5; echo one", 1, "s, 0 s after the start; at most 2 s are allowed"},
		"is silent later":       {"echo one; sleep 1; echo two; sleep 6; echo three", 1, "at most 3 s are allowed"},
		"fails by itself":       {"echo one; exit 7", 7, ""},
		"ends without a line":   {"printf one", 0, ""},
		"is silent at its end":  {"echo one; sleep 6", 1, "at most 3 s are allowed"},
		"says nothing at all":   {"sleep 5", 1, "at most 2 s are allowed"},
		"talks on the other":    {"echo one >&2", 0, ""},
		"fails after a silence": {"echo one; sleep 6; echo two; exit 7", 7, "at most 3 s are allowed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			limits := []string{"FIRST_WITHIN=2", "QUIET_AT_MOST=3"}
			if c.says == "" { // however long the machine stands still meanwhile
				limits = []string{"FIRST_WITHIN=120", "QUIET_AT_MOST=120"}
			}
			out, err := run(t, "../..", limits, "hack/steady.sh", "sh", "-c", c.script)
			code := 0
			if exit, ok := errors.AsType[*exec.ExitError](err); ok {
				code = exit.ExitCode()
			}
			if code != c.code || !strings.Contains(out, c.says) || c.says == "" && strings.Contains(out, "allowed") {
				t.Errorf("ended with %d:\n%s", code, out)
			}
			if strings.Contains(c.script, "one") && !strings.Contains(out, "one\n") {
				t.Errorf("what it says is not shown:\n%s", out)
			}
		})
	}
}

// TestTheGateForgivesABusyMachine: beside everything else a link step alone may say nothing for long.
func TestTheGateForgivesABusyMachine(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("../../hack/test.sh")
	if err != nil {
		t.Fatal(err)
	}
	bounds := regexp.MustCompile(`FIRST_WITHIN=(\d+) QUIET_AT_MOST=(\d+) hack/steady.sh make demo`).FindStringSubmatch(string(content))
	if len(bounds) != 3 || number(t, bounds[1]) < 30 || number(t, bounds[2]) < 60 {
		t.Errorf("hack/test.sh gives the demo %v", bounds)
	}
}

func number(t *testing.T, digits string) int {
	t.Helper()
	n, err := strconv.Atoi(digits)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
