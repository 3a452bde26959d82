package vpcpeering

import (
	"net/http"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/chaos"
	"github.com/crossvpc/crossvpc/test/scene"
)

// killedAt runs one reconciliation that ends at the nth act; false when the reconciliation was over before.
func (w *world) killedAt(object *v1alpha1.VPCPeering, n int, after bool) bool {
	w.t.Helper()
	return w.struck(object, chaos.Strike{At: n, Blow: chaos.Kill, After: after})
}

// struck runs one reconciliation of a process of its own that is struck, and reports whether that killed it.
func (w *world) struck(object *v1alpha1.VPCPeering, strike chaos.Strike) bool {
	w.t.Helper()
	w.restartOverWire()
	w.wire.Arm(strike)
	_, _ = w.tryReconcile(w.t.Context(), object)
	w.restart()
	return w.wire.Dead()
}

// restartOverWire is a new process whose calls go over the wire.
func (w *world) restartOverWire() {
	w.t.Helper()
	if w.wired == nil {
		w.wired = apiServerThrough(w.t, w.wire.ToCluster)
	}
	w.wire.Arm()
	w.restartWith(w.wired, &http.Client{Transport: w.wire.ToAWS(http.DefaultTransport)})
}

var moments = map[string]bool{"before it is carried out": false, "after it was carried out": true}

func TestA9KilledAfterAnyCallItConvergesToTheUndisturbedState(t *testing.T) {
	for moment, after := range moments {
		t.Run(moment, func(t *testing.T) {
			t.Parallel()
			w := newSmallWorld(t)
			w.nameHosts()
			object := w.settle(w.peering("eu-us", withDNS))
			undisturbed := w.shape()
			w.remove(object)
			w.wantsShape(nil)
			n := 1
			for ; !t.Failed(); n++ {
				object := w.peering("eu-us", withDNS)
				killed := w.killedAt(object, n, after)
				object = w.settle(object)
				w.wantsShape(undisturbed)
				w.remove(object)
				w.wantsShape(nil)
				if !killed {
					break
				}
			}
			t.Logf("killed at each of %d acts", n-1)
		})
	}
}

func TestA9KilledOnTheWayUpAndDeletedItLeavesNothing(t *testing.T) {
	for moment, after := range moments {
		t.Run(moment, func(t *testing.T) {
			t.Parallel()
			w := newSmallWorld(t)
			w.nameHosts()
			for n := 1; !t.Failed(); n++ {
				object := w.peering("eu-us", withDNS)
				killed := w.killedAt(object, n, after)
				w.remove(object)
				if w.wantsShape(nil); !killed {
					break
				}
			}
		})
	}
}

func TestA9KilledAnywhereInTeardownItLeavesNothing(t *testing.T) {
	for moment, after := range moments {
		t.Run(moment, func(t *testing.T) {
			t.Parallel()
			w := newSmallWorld(t)
			n := 1
			for ; !t.Failed(); n++ {
				object := w.settle(w.peering("eu-us", nil))
				w.delete(object)
				killed := w.killedAt(object, n, after)
				w.until(object, func(now *v1alpha1.VPCPeering) bool { return now == nil })
				if w.wantsShape(nil); !killed {
					break
				}
			}
			t.Logf("killed at each of %d acts", n-1)
		})
	}
}

// nameHosts turns enableDnsHostnames on, which AWS leaves off.
func (w *world) nameHosts() {
	w.t.Helper()
	for _, network := range []*scene.Network{w.pair.Requester, w.pair.Accepter} {
		_, err := w.ec2(network).ModifyVpcAttribute(w.t.Context(), &ec2.ModifyVpcAttributeInput{
			VpcId: &network.VPCID, EnableDnsHostnames: &ec2types.AttributeBooleanValue{Value: awssdk.Bool(true)},
		})
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

// withDNS asks for DNS resolution on both sides, so that every kind of call is made.
func withDNS(object *v1alpha1.VPCPeering) {
	object.Spec.Requester.DNSResolution, object.Spec.Accepter.DNSResolution = v1alpha1.DNSEnabled, v1alpha1.DNSEnabled
}

// plainHTTP is for a process whose SDK does not retry.
func (w *world) plainHTTP() awssdk.HTTPClient { return &http.Client{} }
