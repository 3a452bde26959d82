package peeredcluster

import (
	"strings"
	"testing"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/awssim"
)

// optionalActions are those of config/iam without which the nodes of a cluster are renewed all the same, with the conditions
// that say so where Karpenter has a node.
var optionalActions = map[string][]string{
	"ec2:DescribeNetworkInterfaces": {v1alpha1.ConditionNetworkConfirmed, v1alpha1.ConditionNodesUpToDate},
	"ec2:DescribeTags":              {v1alpha1.ConditionNetworkConfirmed, v1alpha1.ConditionNodesUpToDate},
}

func TestEachOptionalActionIsMissedAloneAndNamed(t *testing.T) {
	for action, conditions := range optionalActions {
		t.Run(action, func(t *testing.T) {
			w := newWorld(t)
			w.installs("1.18.0", 1)
			w.peeredCluster(nil)
			w.peering("eu-us", "10.12.0.0/16")
			if _, err := w.cloud.Inject(awssim.Fault{
				Action: strings.TrimPrefix(action, "ec2:"), Count: -1, Effect: awssim.ErrorAnswer, Code: "UnauthorizedOperation", Status: 403,
				Message: "You are not authorized to perform this operation.",
			}); err != nil {
				t.Fatal(err)
			}
			w.withNodePool()
			for _, condition := range conditions {
				named := missedBy{condition: condition, says: []string{action}}
				w.until("named in "+condition, named.saidBy)
			}
			w.stopsUsing()
			w.ready()
		})
	}
}
