package driver

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crossvpc/crossvpc/internal/rollout"
)

// constants are the values that the planner's source gives constants of a type.
func constants(t *testing.T, ofType string) []string {
	t.Helper()
	files, err := filepath.Glob("../*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("the planner's source: %v, %v", files, err)
	}
	var found []string
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, is := n.(*ast.ValueSpec)
			if !is {
				return true
			}
			if named, is := spec.Type.(*ast.Ident); is && named.Name == ofType && len(spec.Values) == 1 {
				if value, is := spec.Values[0].(*ast.BasicLit); is {
					text, _ := strconv.Unquote(value.Value)
					found = append(found, text)
				}
			}
			return true
		})
	}
	slices.Sort(found)
	return found
}

func TestEveryWayHasItsLineInBothTables(t *testing.T) {
	var lines []string
	for way := range ways {
		lines = append(lines, string(way))
	}
	slices.Sort(lines)
	if diff := cmp.Diff(constants(t, "Way"), lines); diff != "" {
		t.Errorf("ways that are planned (-) and carried out (+):\n%s", diff)
	}
}

// ofExecutor are the steps that internal/rollout/executor carries out itself: they touch no node and no NodePool.
var ofExecutor = []rollout.StepKind{
	rollout.StepRecordReplacement, rollout.StepClearReplacement,
	rollout.StepWriteCanaryConfig, rollout.StepReleaseForAll, rollout.StepUpdateHoldBack, rollout.StepRevertCanary,
}

func TestEveryStepIsCarriedOutInOnePlace(t *testing.T) {
	places := map[rollout.StepKind]int{}
	for _, kind := range ofExecutor {
		places[kind]++
	}
	for _, acts := range ways {
		for kind := range acts {
			places[kind]++
		}
	}
	planned := constants(t, "StepKind")
	for kind, count := range places {
		if count != 1 || !slices.Contains(planned, string(kind)) {
			t.Errorf("step %s is carried out in %d places", kind, count)
		}
	}
	if len(planned) < 15 || len(planned) != len(places) {
		t.Errorf("%d steps are planned, %d carried out: %v, %v", len(planned), len(places), planned, slices.Sorted(maps.Keys(places)))
	}
}

func TestAStepOfANewWayIsCarriedOutByItsLineInTheTable(t *testing.T) {
	const reboot rollout.StepKind = "Reboot"
	more := maps.Clone(ways)
	var rebooted string
	more["Reboot"] = acts{reboot: func(_ context.Context, _ *Cluster, step rollout.Step) error {
		rebooted = step.Node
		return nil
	}}
	step := rollout.Step{Kind: reboot, Node: "n1"}
	if err := more.do(t.Context(), &Cluster{}, step); err != nil || rebooted != "n1" {
		t.Errorf("rebooted %q, %v", rebooted, err)
	}
	if err := new(Cluster).Do(t.Context(), step); err == nil {
		t.Error("a step of no way was carried out")
	}
}
