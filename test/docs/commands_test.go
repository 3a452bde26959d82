package docs

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	makeCommand = regexp.MustCompile(`(?m)(?:^|[\s(;&|])make ((?:[a-z][a-z0-9-]*)(?: +[a-z][a-z0-9-]*)*)`)
	makeTarget  = regexp.MustCompile(`(?m)^([a-z0-9-]+):`)
)

func TestMakeTargetsInPagesAndWorkflowsExist(t *testing.T) {
	var targets []string
	for _, target := range makeTarget.FindAllStringSubmatch(Read(t, "Makefile"), -1) {
		targets = append(targets, target[1])
	}
	expect := func(path, code string) {
		for _, command := range makeCommand.FindAllStringSubmatch("\n"+code, -1) {
			for target := range strings.FieldsSeq(command[1]) {
				if !slices.Contains(targets, target) {
					t.Errorf("%s says make %s, which the Makefile does not have", path, target)
				}
			}
		}
	}
	for _, p := range Pages(t) {
		for _, code := range p.Code() {
			expect(p.Path, code)
		}
	}
	for _, path := range Files(t, ".yml") {
		if strings.HasPrefix(path, ".github/workflows/") {
			expect(path, shellComment.ReplaceAllString(Read(t, path), ""))
		}
	}
}
