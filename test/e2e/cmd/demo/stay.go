package main

import (
	"context"
	"fmt"

	"github.com/crossvpc/crossvpc/test/scene"
)

// stay prints how to look around and waits to be interrupted.
func (s *story) stay(ctx context.Context) error {
	s.screen.Title("It all goes on running until you press Ctrl-C")
	eu, us := s.rig.EU, s.rig.US
	for _, line := range []string{
		"# the cluster that crossvpc runs in, and the other one",
		"export KUBECONFIG=" + eu.Cluster.KubeconfigPath() + ":" + us.Cluster.KubeconfigPath(),
		"export PATH=" + s.programs + ":$PATH",
		"kubectl --context eu crossvpc status -n network eu-us",
		"kubectl --context eu crossvpc diagnose local us",
		"kubectl --context us get nodes,ciliumnodes",
		"kubectl --context us get ciliumnodeconfigs -n kube-system -o yaml",
		"# AWS: the access key is the account",
		"export AWS_ENDPOINT_URL=" + s.rig.URL + " AWS_SECRET_ACCESS_KEY=secret AWS_ACCESS_KEY_ID=" + scene.RequesterAccount,
		"aws ec2 describe-vpc-peering-connections --region " + scene.RequesterRegion,
		"curl '" + s.rig.URL + "/_awssim/journal?service=ec2&action=CreateRoute'",
		"# what the manager does",
		"tail -f " + s.rig.ManagerLog(),
		"# and the end of it",
		"kubectl --context eu delete vpcpeering -n network eu-us",
	} {
		s.screen.Line("    %s", line)
	}
	s.screen.Rest()
	<-ctx.Done()
	s.screen.Line("")
	s.screen.Done(fmt.Sprintf("stopped: %s and %s, the manager, and the simulated AWS", eu.Name, us.Name))
	return nil
}
