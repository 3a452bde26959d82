package aws

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/util/validation"
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

// TestAnInstallationIDOfAnyLengthThatTheFlagTakesFitsWhereverItGoesInAWS: the flag takes what is a label's value, a namespace has 63
// characters, a VPCPeering's name 100 and any other 253. AWS's bounds: tags [1], external ids and session names [2].
//
//	[1] https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions
//	[2] https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
func TestAnInstallationIDOfAnyLengthThatTheFlagTakesFitsWhereverItGoesInAWS(t *testing.T) {
	id := "A-_." + strings.Repeat("z", validation.LabelValueMaxLength-5) + "9"
	if errs := validation.IsValidLabelValue(id); len(errs) > 0 {
		t.Fatal(errs)
	}
	tag := regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$`)
	for key, value := range Tags(id, strings.Repeat("n", 63), strings.Repeat("p", 100), nil) {
		if !tag.MatchString(value) || !tag.MatchString(key) || len(key) > 128 {
			t.Errorf("no tag of AWS: %s=%s (%d characters)", key, value, len(value))
		}
	}
	name := strings.Repeat("i", 253)
	if external := id + "/" + name; len(external) > 1224 || !regexp.MustCompile(`^[\w+=,.@:/-]+$`).MatchString(external) {
		t.Errorf("no external id of STS: %s", external)
	}
	if session := (Identity{Name: name}).sessionName(id); !regexp.MustCompile(`^[\w+=,.@-]{2,64}$`).MatchString(session) {
		t.Errorf("no session name of STS: %s", session)
	}
}
