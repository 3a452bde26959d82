package install

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// uninstalls are the ways to take the install alone away, and to put it back.
var uninstalls = []struct {
	name              string
	install           func(w *world)
	uninstall         func(ctx context.Context, w *world) error
	refusesWhileInUse bool
}{
	{
		name:    "kubectl delete -k",
		install: func(w *world) { w.mustMake("deploy") },
		uninstall: func(ctx context.Context, w *world) error {
			_, err := w.cluster.Kubectl(ctx, "delete", "-k", root+"/config/default")
			return err
		},
	},
	{
		name:              "make undeploy",
		install:           func(w *world) { w.mustMake("deploy") },
		refusesWhileInUse: true,
		uninstall: func(_ context.Context, w *world) error {
			out, err := w.make("undeploy")
			w.t.Log(out)
			return err
		},
	},
	{
		name: "helm uninstall",
		install: func(w *world) {
			if err := w.helmInstall(loadChart(w.t), "", false); err != nil {
				w.t.Fatal(err)
			}
		},
		uninstall: func(_ context.Context, w *world) error { return w.helmUninstall() },
	},
}

// The manager goes on running without rights, which is the worst that can be met: in a cluster its pod ends meanwhile.
func TestEachWayToUninstallEndsWithinAMinuteWhereNothingIsPeered(t *testing.T) {
	for _, way := range uninstalls {
		t.Run(way.name, func(t *testing.T) {
			w := newWorld(t)
			way.install(w)
			w.startManager()
			w.untilExists("peeredcluster", "local")
			w.grant()
			w.works()
			w.within(way.name, func(ctx context.Context) error { return way.uninstall(ctx, w) })
			if w.exists("deployment", "-A") {
				t.Error("the manager is still there")
			}
			w.expectGranted(way.name)
			if out, err := w.make("uninstall"); err == nil || !strings.Contains(out, "AWSIdentity default") {
				t.Errorf("make uninstall takes the users' objects away: %v\n%s", err, out)
			}
			w.within("the deletion of the CRDs", func(ctx context.Context) error {
				_, err := w.cluster.Kubectl(ctx, "delete", "-k", root+"/config/crd")
				return err
			})
		})
	}
}

func TestEachWayToUninstallEndsWithinAMinuteAndLosesNothingWherePeeringsAreLeft(t *testing.T) {
	for _, way := range uninstalls {
		t.Run(way.name, func(t *testing.T) {
			w := newWorld(t)
			way.install(w)
			w.startManager()
			w.untilExists("peeredcluster", "local")
			w.peer()
			if way.refusesWhileInUse {
				out, err := w.make("undeploy")
				if err == nil || !strings.Contains(out, "VPCPeering network/eu-us") {
					t.Errorf("make undeploy strands the peering: %v\n%s", err, out)
				}
				return
			}
			w.within(way.name, func(ctx context.Context) error { return way.uninstall(ctx, w) })
			w.kill()
			if !w.exists("vpcpeering", "eu-us", "-n", "network") || w.connections() != 1 {
				t.Error("the peering is gone with the install")
			}
			// The way out of an install that went too early: put it back.
			way.install(w)
			w.startManager()
			w.until(patience, "the peering to be Ready again", func() (bool, string) { return w.ready(), "" })
			w.kubectl("delete", "vpcpeering", "eu-us", "-n", "network", "--timeout=120s")
			if n := w.connections(); n != 0 {
				t.Errorf("%d connections are left", n)
			}
		})
	}
}

// connections counts those in AWS that are neither deleted nor about to be.
func (w *world) connections() int {
	w.t.Helper()
	config, err := w.accounts.Config(w.t.Context(), w.pair.Requester.Account, w.pair.Requester.Region)
	if err != nil {
		w.t.Fatal(err)
	}
	out, err := ec2.NewFromConfig(config).DescribeVpcPeeringConnections(w.t.Context(), &ec2.DescribeVpcPeeringConnectionsInput{})
	if err != nil {
		w.t.Fatal(err)
	}
	live := 0
	for _, connection := range out.VpcPeeringConnections {
		if connection.Status.Code != types.VpcPeeringConnectionStateReasonCodeDeleted && connection.Status.Code != types.VpcPeeringConnectionStateReasonCodeDeleting {
			live++
		}
	}
	return live
}
