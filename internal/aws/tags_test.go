package aws

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOwnTagsCanNotOverruleTheOwner(t *testing.T) {
	got := Tags("inst", "ns", "p", map[string]string{
		"Name": "mine", "team": "net", "networking.crossvpc.io/owner": "somebody", "networking.crossvpc.io/managed-by": "somebody",
	})
	want := map[string]string{
		"Name": "mine", "team": "net", "networking.crossvpc.io/owner": "inst/ns/p", "networking.crossvpc.io/managed-by": "inst",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
	if name := Tags("inst", "ns", "p", nil)["Name"]; name != "crossvpc ns/p" {
		t.Errorf("name %q", name)
	}
}

func TestADescriptionFitsIntoEC2(t *testing.T) {
	long := description(map[string]string{"networking.crossvpc.io/owner": strings.Repeat("a", 400)})
	if len(long) != 255 {
		t.Errorf("%d characters", len(long))
	}
}
