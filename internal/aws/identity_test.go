package aws

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
)

func TestASessionNamesInstallationAndIdentityAndIsOneThatSTSTakes(t *testing.T) {
	uid := "01234567-89ab-cdef-0123-456789abcdef"
	for _, c := range []struct{ installation, identity, want string }{
		{"prod", "us", "crossvpc-prod-us"},
		{"", "us", "crossvpc-us"},
		{uid, "us", "crossvpc-" + uid + "-us"},
		{"a/b c", "network/us", "crossvpc-a-b-c-network-us"},
	} {
		if got := (Identity{Name: c.identity}).sessionName(c.installation); got != c.want {
			t.Errorf("%s of %s: %q, want %q", c.identity, c.installation, got, c.want)
		}
	}
	long := strings.Repeat("i", 60)
	a, b := (Identity{Name: long + "a"}).sessionName(uid), (Identity{Name: long + "b"}).sessionName(uid)
	if len(a) != longestSessionName || a == b || !strings.HasPrefix(a, "crossvpc-"+uid+"-iii") {
		t.Errorf("long names: %q and %q", a, b)
	}
}

// The SDK asks the real STS for such a session, whatever endpoint is set: what it is told is looked at instead.
func TestASessionByWebIdentityNamesTheInstallationUnlessTheEnvironmentNamesIt(t *testing.T) {
	for given, want := range map[string]string{"": "crossvpc-prod-operator", "mine": "mine"} {
		options := stscreds.WebIdentityRoleOptions{RoleSessionName: given}
		nameSession("prod")(&options)
		if options.RoleSessionName != want {
			t.Errorf("AWS_ROLE_SESSION_NAME=%q: session %q, want %q", given, options.RoleSessionName, want)
		}
	}
}

func TestSTSIsAskedInThePartitionOfTheRole(t *testing.T) {
	for role, want := range map[string]string{
		"arn:aws:iam::111111111111:role/x": "eu-west-1", "arn:aws-cn:iam::111111111111:role/x": "cn-northwest-1",
		"arn:aws-us-gov:iam::111111111111:role/x": "us-gov-west-1", "arn:aws-eusc:iam::111111111111:role/x": "eusc-de-east-1", "": "eu-west-1",
	} {
		if got := (Identity{RoleARN: role}).stsRegion("eu-west-1"); got != want {
			t.Errorf("%s: STS in %s, want %s", role, got, want)
		}
	}
	if got := (Identity{RoleARN: "arn:aws-cn:iam::111111111111:role/x"}).stsRegion("cn-north-1"); got != "cn-north-1" {
		t.Errorf("a configured region of the role's partition is not taken: %s", got)
	}
	if got := (Identity{RoleARN: "arn:aws:iam::111111111111:role/x"}).stsRegion(""); got != "us-east-1" {
		t.Errorf("without a region: %s", got)
	}
}
