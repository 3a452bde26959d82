package main

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEachReasonHasACauseAndACureAndAnAnchorOfItsOwn(t *testing.T) {
	content, err := read("../..")
	if err != nil {
		t.Fatal(err)
	}
	groups, err := parse(content)
	if err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile("../../" + target)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(page(groups), string(written)); diff != "" {
		t.Errorf("make generate renews %s (-want +got):\n%s", target, diff)
	}
}

func TestAReasonThatIsNotExplainedIsRefused(t *testing.T) {
	const full = "// ReasonA says that a is.\n//\n// Cause: B.\n//\n// Cure: C.\nReasonA = \"A\"\n"
	for name, test := range map[string]struct{ constants, want string }{
		"all is said":                        {full, ""},
		"no cure":                            {strings.ReplaceAll(full, "Cure: ", ""), "ReasonA must have a comment"},
		"no cause":                           {strings.ReplaceAll(full, "Cause: ", ""), "ReasonA must have a comment"},
		"no sentence":                        {strings.ReplaceAll(full, "says that", "is when"), "ReasonA must have a comment"},
		"no comment":                         {"ReasonA = \"A\"\n", "ReasonA must have a comment"},
		"two names that differ in case only": {full + strings.NewReplacer("ReasonA", "ReasonB", `"A"`, `"a"`).Replace(full), "ReasonA and ReasonB have the same anchor"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parse([]byte("package v1alpha1\n\n// Reasons of a step.\nconst (\n" + test.constants + ")\n"))
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("parse() = %v, want %q", err, test.want)
			}
		})
	}
}
