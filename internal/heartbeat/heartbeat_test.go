package heartbeat

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	coordinationv1 "k8s.io/api/coordination/v1"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
)

// looks is a manager that is late with some objects.
type looks struct{ late []Late }

func (looks) Began() {}

func (l looks) Late(context.Context, time.Duration) ([]Late, int, error) { return l.late, 412, nil }

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// runner counts what it writes.
func runner(late ...Late) (*Runner, *int) {
	writes := 0
	kube := fake.NewClientBuilder().WithInterceptorFuncs(interceptor.Funcs{
		Create: func(ctx context.Context, c client.WithWatch, object client.Object, options ...client.CreateOption) error {
			writes++
			return c.Create(ctx, object, options...)
		},
		Update: func(ctx context.Context, c client.WithWatch, object client.Object, options ...client.UpdateOption) error {
			writes++
			return c.Update(ctx, object, options...)
		},
	}).Build()
	return &Runner{
		Live: kube, Client: kube, Namespace: "crossvpc-system", Holder: "crossvpc-0", Looks: looks{late}, Clock: clocktesting.NewFakeClock(noon),
	}, &writes
}

func read(t *testing.T, r *Runner) Beat {
	t.Helper()
	lease := &coordinationv1.Lease{}
	if err := r.Live.Get(t.Context(), client.ObjectKey{Namespace: "crossvpc-system", Name: Lease}, lease); err != nil {
		t.Fatal(err)
	}
	beat, err := Read(lease)
	if err != nil {
		t.Fatal(err)
	}
	return beat
}

func TestABeatIsOneWriteAndSaysWhoActsAndWhatIsLate(t *testing.T) {
	late := Late{Kind: "VPCPeering", Namespace: "network", Name: "eu-us", Due: noon.Add(-time.Hour)}
	r, writes := runner(late)
	for range 3 {
		if err := r.Beat(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if *writes != 3 {
		t.Errorf("3 beats are %d writes", *writes)
	}
	got := read(t, r)
	got.At = got.At.UTC()
	if diff := cmp.Diff(Beat{Holder: "crossvpc-0", At: noon, Objects: 412, Late: []Late{late}}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !got.Late[0].Same(Late{Kind: "VPCPeering", Namespace: "network", Name: "eu-us"}) || got.Late[0].Same(Late{Kind: "PeeredCluster", Name: "eu-us"}) {
		t.Errorf("late is %+v", got.Late[0])
	}
}

func TestAManagerThatIsBehindWithEverythingNamesAFew(t *testing.T) {
	var late []Late
	for i := range 1000 {
		late = append(late, Late{Kind: "VPCPeering", Name: strconv.Itoa(i), Due: noon})
	}
	r, _ := runner(late...)
	if err := r.Beat(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := read(t, r); len(got.Late) != mostLate {
		t.Errorf("%d are named", len(got.Late))
	}
}

func TestSilenceIsThreeBeatsWithoutOne(t *testing.T) {
	beat := Beat{At: noon}
	for after, want := range map[time.Duration]time.Duration{
		time.Minute: 0, 3 * time.Minute: 0, 3*time.Minute + time.Second: 3*time.Minute + time.Second, time.Hour: time.Hour,
		-time.Hour: 0, // the manager's clock is ahead
	} {
		if got := beat.Silent(noon.Add(after)); got != want {
			t.Errorf("after %s: silent for %s, want %s", after, got, want)
		}
	}
}

func TestALeaseThatSomebodyEditedIsNotBelieved(t *testing.T) {
	lease := &coordinationv1.Lease{}
	lease.Annotations = map[string]string{annotationLate: "everything"}
	if beat, err := Read(lease); err == nil {
		t.Errorf("it reads as %+v", beat)
	}
}
