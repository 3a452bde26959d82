package peeredcluster

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cluster"
	"github.com/crossvpc/crossvpc/internal/cluster/access"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// looker is a reconciler that can write nothing: status goes nowhere, and any other write fails the test.
func (w *world) looker() *Reconciler {
	connector := cluster.NewConnector(access.NewLocal(restConfig(w.t)))
	connector.Fence = func(next http.RoundTripper) http.RoundTripper { return readsAlone{w, next} }
	w.t.Cleanup(func() { connector.Forget(clusterName) })
	return &Reconciler{
		Client: unwritten{w.kube}, Live: w.kube, Connector: &aged{Connector: connector}, Clouds: w.reconciler.Clouds, Events: w.events, Clock: w.clock,
		InstallationID: installation, Namespace: w.reconciler.Namespace, Sweep: w.reconciler.Sweep,
	}
}

type readsAlone struct {
	w    *world
	next http.RoundTripper
}

func (r readsAlone) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Method != http.MethodGet {
		r.w.t.Errorf("written: %s %s", request.Method, request.URL.Path)
		return nil, errors.New("no writes")
	}
	return r.next.RoundTrip(request)
}

// unwritten drops what is written to status.
type unwritten struct{ client.Client }

func (unwritten) Status() client.SubResourceWriter { return dropped{} }

type dropped struct{ client.SubResourceWriter }

func (dropped) Patch(context.Context, client.Object, client.Patch, ...client.SubResourcePatchOption) error {
	return nil
}

// TestAPreviewIsWhatTheReconciliationThenShowsAndNothingIsWritten for a cluster that nobody reconciled yet.
func TestAPreviewIsWhatTheReconciliationThenShowsAndNothingIsWritten(t *testing.T) {
	w := incident(t, "1.18.0", func(spec *v1alpha1.PeeredClusterSpec) { spec.Rollout.Approval = v1alpha1.ApprovalManual })
	look, err := w.looker().Look(t.Context(), w.read())
	if err != nil {
		t.Fatal(err)
	}
	preview, judged, err := look.Preview(t.Context())
	if err != nil || judged.Progress != verdict.Done {
		t.Fatalf("%v; %+v", err, judged)
	}
	if network := look.Object.Status.Network; network == nil || len(network.SubnetIDs) == 0 || string(look.Object.Status.VPCID) != w.network.VPCID {
		t.Errorf("the look found %+v in %s", network, look.Object.Status.VPCID)
	}
	w.expectUntouched()
	if len(w.read().Status.Conditions) > 0 {
		t.Error("the look wrote status")
	}
	object := w.reason(v1alpha1.ConditionNodesUpToDate, v1alpha1.ReasonAwaitingApproval)
	if diff := cmp.Diff(object.Status.Rollout.Preview, preview); diff != "" || preview == nil {
		t.Errorf("the preview differs from the reconciliation's (-reconciliation +preview):\n%s", diff)
	}
}
