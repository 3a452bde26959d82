package live

import (
	"fmt"
	"strings"
	"testing"
)

// What an object shows at its longest: the reason, and ids as AWS makes them.
const (
	longestReason   = "ProgressDeadlineExceeded"
	longestPeering  = `"peeringConnectionID":"pcx-0123456789abcdef0"`
	longestCluster  = `"vpcID":"vpc-0123456789abcdef0","cilium":{"version":"1.18.10","desiredCIDR":"10.100.0.0/14"},"nodes":{"total":500,"current":499,"stale":1,"split":0,"inProgress":1,"blocked":0}`
	longestIdentity = `"accountID":"111111111111"`
)

// TestStatusIsWithinReach: the message begins where a terminal still shows it.
func TestStatusIsWithinReach(t *testing.T) {
	s := newStage(t)
	condition := fmt.Sprintf(`"conditions":[{"type":"Ready","status":"False","reason":%q,"message":"Why.","lastTransitionTime":"2026-01-01T00:00:00Z"}]`, longestReason)
	for object, fields := range map[string]string{
		"-n network vpcpeering eu-us": longestPeering, "peeredcluster us": longestCluster, "awsidentity us": longestIdentity,
	} {
		s.sh(fmt.Sprintf(`kubectl patch %s --subresource=status --type=merge -p '{"status":{%s,%s}}'`, object, fields, condition))
	}
	for command, most := range map[string]int{
		"get vpcpeerings -n network":                      105,
		"get vpcpeerings -A":                              105,
		"get peeredclusters":                              105,
		"get awsidentities":                               105,
		"get vpcpeerings,peeredclusters,awsidentities -A": 140,
		"get vpcpeerings,peeredclusters,awsidentities":    140,
	} {
		t.Run(command, func(t *testing.T) {
			s := s.in(t)
			heads := 0
			for line := range strings.Lines(s.sh("kubectl " + command)) {
				if !strings.Contains(line, "READY") {
					continue
				}
				heads++
				if at := strings.Index(line, "STATUS"); at < 0 || at >= most {
					t.Errorf("STATUS begins at column %d, want it before %d:\n%s", at+1, most, line)
				}
			}
			if heads == 0 {
				t.Error("nothing was shown")
			}
		})
	}
}

func TestWideShowsTheVPCs(t *testing.T) {
	s := newStage(t)
	if head := s.sh("kubectl get vpcpeerings -n network -o wide"); !strings.Contains(head, "REQUESTER") || !strings.Contains(head, "ACCEPTER") {
		t.Errorf("said:\n%s", head)
	}
}
