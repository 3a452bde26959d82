package version

import "testing"

func TestTheVersionIsTheReleasesElseNamed(t *testing.T) {
	if String() == "" {
		t.Error("a build without a release has no version")
	}
	former := release
	t.Cleanup(func() { release = former })
	release = "v1.2.3"
	if got := String(); got != "v1.2.3" {
		t.Errorf("String() = %q, want the release", got)
	}
}
