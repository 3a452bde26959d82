package cluster

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	testingclock "k8s.io/utils/clock/testing"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/kubeconfig"
)

// pruned is a cluster that was connected by a Secret which is gone now.
func pruned(t *testing.T) (*Connector, *testingclock.FakePassiveClock, *v1alpha1.PeeredCluster) {
	t.Helper()
	secret := kubeconfig.Secret(kubeconfig.Encode(t, kubeconfig.Config(nil, nil)), "kubeconfig")
	connector, secrets := connectorWith(secret)
	clock := testingclock.NewFakePassiveClock(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	connector.clock = clock
	cluster := kubeconfig.Cluster("us")
	cluster.UID = "uid-1"
	if _, err := connector.Connect(t.Context(), cluster); err != nil {
		t.Fatal(err)
	}
	if err := secrets.Delete(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	return connector, clock, cluster
}

func deletedAt(cluster *v1alpha1.PeeredCluster, at time.Time) *v1alpha1.PeeredCluster {
	deleted := cluster.DeepCopy()
	deleted.DeletionTimestamp = &metav1.Time{Time: at}
	return deleted
}

func TestADeletionGoesOnWithTheAccessThatWentWithIt(t *testing.T) {
	for name, order := range map[string]func(*Connector, *testingclock.FakePassiveClock, *v1alpha1.PeeredCluster) *v1alpha1.PeeredCluster{
		"the object first": func(_ *Connector, clock *testingclock.FakePassiveClock, cluster *v1alpha1.PeeredCluster) *v1alpha1.PeeredCluster {
			return deletedAt(cluster, clock.Now())
		},
		"the Secret first, and that was noticed": func(connector *Connector, clock *testingclock.FakePassiveClock, cluster *v1alpha1.PeeredCluster) *v1alpha1.PeeredCluster {
			if _, err := connector.Connect(t.Context(), cluster); err == nil || len(connector.kept) > 0 {
				t.Errorf("while nobody deletes it the connection is kept (%v)", err)
			}
			clock.SetTime(clock.Now().Add(time.Minute))
			return deletedAt(cluster, clock.Now())
		},
	} {
		t.Run(name, func(t *testing.T) {
			connector, clock, cluster := pruned(t)
			deleted := order(connector, clock, cluster)
			for range 3 {
				if _, err := connector.Connect(t.Context(), deleted); err != nil {
					t.Fatalf("the deletion cannot go on: %v", err)
				}
				clock.SetTime(clock.Now().Add(time.Hour)) // it may wait for VPCPeerings
			}
			connector.Forget("us")
			if _, err := connector.Connect(t.Context(), deleted); err == nil || len(connector.last) > 0 {
				t.Error("the access outlives the object")
			}
		})
	}
}

func TestAnAccessThatWasTakenAwayServesNoOtherDeletion(t *testing.T) {
	for name, other := range map[string]func(*testingclock.FakePassiveClock, *v1alpha1.PeeredCluster) *v1alpha1.PeeredCluster{
		"one long after": func(clock *testingclock.FakePassiveClock, cluster *v1alpha1.PeeredCluster) *v1alpha1.PeeredCluster {
			clock.SetTime(clock.Now().Add(prunedTogether + time.Second))
			return deletedAt(cluster, clock.Now())
		},
		"one of a namesake": func(clock *testingclock.FakePassiveClock, cluster *v1alpha1.PeeredCluster) *v1alpha1.PeeredCluster {
			namesake := deletedAt(cluster, clock.Now())
			namesake.UID = "uid-2"
			return namesake
		},
	} {
		t.Run(name, func(t *testing.T) {
			connector, clock, cluster := pruned(t)
			if _, err := connector.Connect(t.Context(), cluster); err == nil {
				t.Fatal("a live object is reached without its Secret")
			}
			_, err := connector.Connect(t.Context(), other(clock, cluster))
			expectError(t, err, v1alpha1.ReasonInvalidKubeConfig, "does not exist")
		})
	}
}
