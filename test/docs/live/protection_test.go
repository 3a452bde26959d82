package live

import (
	"strings"
	"testing"
	"time"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// refuses runs a command that the API server has to refuse, until it does: a policy takes effect some time after it is made.
func (s *stage) refuses(command string, parts ...string) {
	s.t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(2 * time.Minute); ; <-tick.C {
		out := s.sh("if " + command + " 2>&1; then echo TAKEN; fi")
		if !strings.Contains(out, "TAKEN") {
			for _, part := range parts {
				if !strings.Contains(out, part) {
					s.t.Errorf("%s: nothing says %q:\n%s", command, part, out)
				}
			}
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("%s is not refused:\n%s", command, out)
		}
	}
}

func TestWhatIsProtectedIsNotDeleted(t *testing.T) {
	s := newStage(t)
	s.sh("kubectl apply -k config/protection")
	defer s.sh("kubectl delete -k config/protection")
	const annotation = v1alpha1.AnnotationDeletionProtection
	for _, object := range []string{"vpcpeering eu-us -n network", "peeredcluster us", "awsidentity us", "crd vpcpeerings.networking.crossvpc.io"} {
		s.sh("kubectl annotate " + object + " " + annotation + "=true")
		s.refuses("kubectl delete --dry-run=server "+object, "is protected from deletion", "remove its annotation "+annotation)
	}
	s.refuses("kubectl delete --dry-run=server vpcpeerings -n network --all", "VPCPeering network/eu-us is protected")
	for _, object := range []string{"vpcpeering eu-us -n network", "peeredcluster us", "awsidentity us", "crd vpcpeerings.networking.crossvpc.io"} {
		s.sh("kubectl annotate " + object + " " + annotation + "-")
		s.sh("kubectl delete --dry-run=server " + object)
	}
	s.sh("kubectl annotate peeredcluster us " + annotation + "=false && kubectl delete --dry-run=server peeredcluster us && kubectl annotate peeredcluster us " + annotation + "-")
}
