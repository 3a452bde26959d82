package rig

import (
	"strings"
	"testing"
)

func TestOfTheChartOnlyTheDeploymentIsLeftOut(t *testing.T) {
	t.Parallel()
	const role, deployment = "# Source: a.yaml\nkind: Role\nmetadata:\n  annotations: {a: \"---\"}\n", "# Source: b.yaml\nkind: Deployment\n"
	got, err := without("Deployment", "---\n"+role+"---\n"+deployment+"---\n# only a comment\n---\n"+strings.Replace(role, "Role", "ClusterRole", 1))
	if err != nil {
		t.Fatal(err)
	}
	if want := "---\n" + role + "---\n" + strings.Replace(role, "Role", "ClusterRole", 1); strings.ReplaceAll(got, "\n\n", "\n") != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if _, err := without("Deployment", "---\n{"); err == nil {
		t.Error("what is no YAML is taken")
	}
}
