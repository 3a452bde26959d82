package vpcpeering

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/scene"
)

// traffic is a request every 50 ms, with real packets, through what the simulated AWS has at that moment.
type traffic struct {
	t              *testing.T
	lines          *bufio.Scanner
	end            io.Closer
	answered, lost int
}

// startTraffic asks both ways between two interfaces in the subnets of the pods; the test is skipped where there are no
// network namespaces.
func (w *world) startTraffic() *traffic {
	w.t.Helper()
	program := filepath.Join(w.t.TempDir(), "steady")
	if output, err := exec.Command("go", "build", "-C", "../../../test/dataplane", "-o", program, "./cmd/steady").CombinedOutput(); err != nil {
		w.t.Fatalf("%v: %s", err, output)
	}
	command := exec.CommandContext(w.t.Context(), program, "-aws", w.url, "-from", w.makeInterface(w.pair.Requester), "-to", w.makeInterface(w.pair.Accepter))
	command.Stderr = w.t.Output()
	in, err := command.StdinPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		_ = in.Close()
		_ = command.Wait()
	})
	traffic := &traffic{t: w.t, lines: bufio.NewScanner(out), end: in}
	if !traffic.next() {
		var exited *exec.ExitError
		if err := command.Wait(); errors.As(err, &exited) && exited.ExitCode() == 3 && os.Getenv("DATAPLANE_REQUIRED") == "" {
			w.t.Skip("no data plane here")
		} else {
			w.t.Fatalf("no request was made: %v", err)
		}
	}
	return traffic
}

func (w *world) makeInterface(network *scene.Network) string {
	w.t.Helper()
	out, err := w.ec2(network).CreateNetworkInterface(w.t.Context(), &ec2.CreateNetworkInterfaceInput{
		SubnetId: &network.Zones[0].Pods.ID, Groups: network.GroupIDs("pods"),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return *out.NetworkInterface.NetworkInterfaceId
}

// next reads what became of one more request; false: there are no more.
func (f *traffic) next() bool {
	if !f.lines.Scan() {
		return false
	}
	if line := f.lines.Text(); line == "answered" {
		f.answered++
	} else {
		f.lost++
		f.t.Log(line)
	}
	return true
}

// goesOn waits until so many more requests were made, and reports whether one was lost.
func (f *traffic) goesOn(requests int) bool {
	before := f.lost
	for range requests {
		f.next()
	}
	return f.lost > before
}

// stop ends the traffic and reads the rest.
func (f *traffic) stop() {
	_ = f.end.Close()
	for f.next() {
	}
}

// some requests are those of about a second: longer than any of them is waited for.
const some = 25

func TestNoRequestIsLostInATakeoverAndOnTheWayBack(t *testing.T) {
	w := newSmallWorld(t)
	adopt := w.ofTerraform()
	before := w.shape()
	traffic := w.startTraffic()
	traffic.goesOn(some)
	object := w.reconcile(w.peering("eu-us", func(object *v1alpha1.VPCPeering) { object.Spec.Adopt, object.Spec.Mode = adopt, v1alpha1.ModePlan }))
	w.wants(object, v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonPlanned, "")
	traffic.goesOn(some)
	w.edit(object, func(now *v1alpha1.VPCPeering) { now.Spec.Mode = v1alpha1.ModeApply })
	w.settle(object)
	traffic.goesOn(some)
	w.orphan(object)
	w.wantsShape(before)
	traffic.goesOn(some)
	traffic.stop()
	t.Logf("%d requests were answered, %d lost", traffic.answered, traffic.lost)
	if traffic.lost > 0 || traffic.answered < 4*some {
		t.Errorf("%d of %d requests were lost", traffic.lost, traffic.lost+traffic.answered)
	}
}

// TestARouteThatIsDeletedAndMadeAgainLosesRequests: what the test above would see of a takeover that recreates.
func TestARouteThatIsDeletedAndMadeAgainLosesRequests(t *testing.T) {
	w := newSmallWorld(t)
	adopt := w.ofTerraform()
	traffic := w.startTraffic()
	if traffic.goesOn(some) {
		t.Fatal("requests were lost before")
	}
	network := w.pair.Requester
	for _, route := range adopt.Requester.Routes {
		if _, err := w.ec2(network).DeleteRoute(t.Context(), &ec2.DeleteRouteInput{RouteTableId: &route.RouteTableID, DestinationCidrBlock: &route.Destination}); err != nil {
			t.Fatal(err)
		}
	}
	lost := traffic.goesOn(some * 2)
	for _, route := range adopt.Requester.Routes {
		w.connectionRouteByHand(network, route.RouteTableID, route.Destination, adopt.ConnectionID)
	}
	traffic.goesOn(some) // those that were in progress
	traffic.stop()
	t.Logf("%d requests were answered, %d lost", traffic.answered, traffic.lost)
	if !lost {
		t.Error("no request was lost while there was no route")
	}
}
