package cilium

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestPodsOfAWSNodeAreOldOnlyOnceItsControllerHasSeenThePresentTemplate(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		generation, observed int64
		updated, desired     int32
		old                  bool
	}{
		"pods of a former template":                      {3, 3, 2, 3, true},
		"all pods are new":                               {3, 3, 3, 3, false},
		"the controller has not looked since the change": {3, 2, 2, 3, false},
		"the controller is ahead of what was read":       {3, 4, 2, 3, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := observeAWSNode(&appsv1.DaemonSet{
				ObjectMeta: metav1.ObjectMeta{Generation: test.generation},
				Status:     appsv1.DaemonSetStatus{ObservedGeneration: test.observed, UpdatedNumberScheduled: test.updated, DesiredNumberScheduled: test.desired},
			}, testOwner)
			if found.Old != test.old {
				t.Errorf("there are old pods: %v", found.Old)
			}
		})
	}
}

func TestWhoRenewsThePodsOfAWSNodeIsSaid(t *testing.T) {
	t.Parallel()
	for says, node := range map[string]*AWSNode{
		"Its own rolling update renews the rules of running pods.":           {},
		"A pod of aws-node renews the rules of running pods when it starts.": {OnDelete: true},
	} {
		if message := node.message(prefixes("10.12.0.0/16")); !strings.HasSuffix(message, says) {
			t.Errorf("%q does not end with %q", message, says)
		}
	}
}
