package vpcpeering

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/scene"
)

var errKilled = errors.New("the process was killed")

// kill ends a process at the nth thing that it does to the outside: a call to AWS or a write to the API server.
type kill struct {
	at int
	// after: the nth is still carried out, but its answer is not read.
	after bool
	// ends, when set, says after each call whether it was the last one.
	ends func() bool
	next http.Client

	mutex sync.Mutex
	done  int
}

// strike counts one act and says whether it is carried out and whether the process sees the end of it.
func (k *kill) strike() (carriedOut, survives bool) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	k.done++
	return k.done < k.at || k.done == k.at && k.after, k.done < k.at
}

func (k *kill) end() {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	k.at = k.done
}

func (k *kill) dead() bool {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	return k.done >= k.at
}

// Do is the way to AWS.
func (k *kill) Do(request *http.Request) (*http.Response, error) {
	carriedOut, survives := k.strike()
	if !carriedOut {
		return nil, errKilled
	}
	response, err := k.next.Do(request)
	if k.ends != nil && k.ends() {
		k.end()
		survives = false
	}
	if err == nil && !survives {
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
		return nil, errKilled
	}
	return response, err
}

func (k *kill) write(act func() error) error {
	carriedOut, survives := k.strike()
	if !carriedOut {
		return errKilled
	}
	if err := act(); err != nil || survives {
		return err
	}
	return errKilled
}

// around wraps the way to the API server.
func (k *kill) around(kube client.WithWatch) client.Client {
	return interceptor.NewClient(kube, interceptor.Funcs{
		Get: func(ctx context.Context, kube client.WithWatch, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
			if k.dead() {
				return errKilled
			}
			return kube.Get(ctx, key, object, options...)
		},
		Patch: func(ctx context.Context, kube client.WithWatch, object client.Object, patch client.Patch, options ...client.PatchOption) error {
			return k.write(func() error { return kube.Patch(ctx, object, patch, options...) })
		},
		SubResourcePatch: func(ctx context.Context, kube client.Client, sub string, object client.Object, patch client.Patch, options ...client.SubResourcePatchOption) error {
			return k.write(func() error { return kube.SubResource(sub).Patch(ctx, object, patch, options...) })
		},
	})
}

// killedAt runs one reconciliation that ends at the nth act; false when the reconciliation was over before.
func (w *world) killedAt(object *v1alpha1.VPCPeering, n int, after bool) bool {
	w.t.Helper()
	k := &kill{at: n, after: after}
	w.restartWith(k.around(w.kube), k)
	_, _ = w.tryReconcile(w.t.Context(), object)
	w.restart()
	return k.dead()
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
