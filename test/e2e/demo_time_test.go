package e2e

import (
	"os/exec"
	"testing"
	"time"

	"github.com/crossvpc/crossvpc/test/e2e/rig"
	"github.com/crossvpc/crossvpc/test/figure"
)

// mostDemo is how long the demo may take when everything is built, in seconds.
const mostDemo = 120

// TestScaleTheDemoIsOverInTwoMinutes runs it as a user does.
func TestScaleTheDemoIsOverInTwoMinutes(t *testing.T) {
	onlyInBench(t)
	root, err := rig.Root(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	build(t) // what it is built of is in the cache then
	demo := exec.CommandContext(t.Context(), "go", "run", "./test/e2e/cmd/demo")
	demo.Dir = root
	began := time.Now()
	if out, err := demo.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	figure.Figure{Name: "demo, warm", Unit: "s", Value: time.Since(began).Seconds(), Target: mostDemo}.Assert(t)
}
