package object

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

var (
	placeA = Place{"111111111111", "eu-west-1", "vpc-0000000a"}
	placeB = Place{"111111111111", "eu-west-1", "vpc-0000000b"}
)

func stored(t *testing.T, kube client.Client, name string) *v1alpha1.AWSIdentity {
	t.Helper()
	found := &v1alpha1.AWSIdentity{}
	if err := kube.Get(t.Context(), client.ObjectKey{Name: name}, found); err != nil {
		t.Fatal(err)
	}
	return found
}

func TestAdmissionsAreRecordedByVPCAndForgottenByObject(t *testing.T) {
	kube := server(t, named("eu"))
	admissions := &Admissions{Live: kube, Client: kube}
	for _, record := range []struct {
		uid types.UID
		to  Place
	}{{"2", placeB}, {"1", placeA}, {"1", placeB}, {"2", placeB}} {
		if err := admissions.Record(t.Context(), "eu", record.uid, record.to); err != nil {
			t.Fatal(err)
		}
	}
	want := []v1alpha1.Admission{
		{AccountID: placeA.Account, Region: placeA.Region, VPCID: placeA.VPC, UIDs: []string{"1"}},
		{AccountID: placeB.Account, Region: placeB.Region, VPCID: placeB.VPC, UIDs: []string{"1", "2"}},
	}
	identity := stored(t, kube, "eu")
	if diff := cmp.Diff(want, identity.Status.Admissions); diff != "" {
		t.Errorf("recorded (-want +got):\n%s", diff)
	}
	elsewhere := placeA
	elsewhere.Account = "222222222222"
	for _, test := range []struct {
		uid  types.UID
		to   Place
		want bool
	}{{"1", placeA, true}, {"1", placeB, true}, {"2", placeA, false}, {"3", placeB, false}, {"1", elsewhere, false}} {
		if got := WasAdmitted(identity, test.uid, test.to); got != test.want {
			t.Errorf("%s to %s: %t", test.uid, test.to.VPC, got)
		}
	}
	if err := admissions.Forget(t.Context(), "eu", "1"); err != nil {
		t.Fatal(err)
	}
	want = want[1:]
	want[0].UIDs = []string{"2"}
	if diff := cmp.Diff(want, stored(t, kube, "eu").Status.Admissions); diff != "" {
		t.Errorf("after one is gone (-want +got):\n%s", diff)
	}
	if err := admissions.Forget(t.Context(), "gone", "1"); err != nil {
		t.Errorf("an identity that is gone: %v", err)
	}
	if err := admissions.Record(t.Context(), "gone", "1", placeA); !apierrors.IsNotFound(err) {
		t.Errorf("recording in an identity that is gone: %v", err)
	}
}

func TestHundredsOfAdmissionsShareAFewWritesAndNoneIsLost(t *testing.T) {
	const objects = 300
	writes, conflicts := 0, 1
	var mu sync.Mutex
	plain := server(t, named("eu")).(client.WithWatch)
	kube := interceptor.NewClient(plain, interceptor.Funcs{
		SubResourcePatch: func(ctx context.Context, kube client.Client, sub string, object client.Object, patch client.Patch, options ...client.SubResourcePatchOption) error {
			mu.Lock()
			defer mu.Unlock()
			if writes++; conflicts > 0 {
				conflicts--
				return apierrors.NewConflict(schema.GroupResource{Resource: "awsidentities"}, "eu", nil)
			}
			return kube.SubResource(sub).Patch(ctx, object, patch, options...)
		},
	})
	admissions := &Admissions{Live: kube, Client: kube}
	var group sync.WaitGroup
	for i := range objects {
		group.Go(func() {
			if err := admissions.Record(t.Context(), "eu", types.UID(fmt.Sprintf("%03d", i)), placeA); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	identity := stored(t, kube, "eu")
	if len(identity.Status.Admissions) != 1 || len(identity.Status.Admissions[0].UIDs) != objects {
		t.Errorf("recorded are %+v", identity.Status.Admissions)
	}
	if writes > objects/3 {
		t.Errorf("%d writes for %d objects", writes, objects)
	}
	t.Logf("%d writes", writes)
}

func TestAnAdmissionThatIsRefusedFailsNoOtherOfTheSameWrite(t *testing.T) {
	first, plain := make(chan struct{}), server(t, named("eu")).(client.WithWatch)
	var once sync.Once
	kube := interceptor.NewClient(plain, interceptor.Funcs{
		SubResourcePatch: func(ctx context.Context, kube client.Client, sub string, object client.Object, patch client.Patch, options ...client.SubResourcePatchOption) error {
			once.Do(func() { <-first })
			for _, admission := range object.(*v1alpha1.AWSIdentity).Status.Admissions {
				if admission.VPCID == placeA.VPC && len(admission.UIDs) > 1 {
					return apierrors.NewInvalid(schema.GroupKind{Kind: "AWSIdentity"}, "eu", nil)
				}
			}
			return kube.SubResource(sub).Patch(ctx, object, patch, options...)
		},
	})
	admissions := &Admissions{Live: kube, Client: kube}
	errs := make([]error, 3)
	var group sync.WaitGroup
	record := func(i int, uid types.UID, to Place) {
		group.Go(func() { errs[i] = admissions.Record(t.Context(), "eu", uid, to) })
	}
	record(0, "1", placeA)
	waiting := func() int {
		admissions.mu.Lock()
		defer admissions.mu.Unlock()
		if of := admissions.lanes["eu"]; of != nil && of.next != nil {
			return len(of.next.changes)
		}
		return 0
	}
	for !admissions.writing("eu") {
		runtime.Gosched()
	}
	record(1, "2", placeA)
	record(2, "3", placeB)
	for waiting() < 2 {
		runtime.Gosched()
	}
	close(first)
	group.Wait()
	if errs[0] != nil || !apierrors.IsInvalid(errs[1]) || errs[2] != nil {
		t.Errorf("the first: %v; beyond the limit: %v; another tenant's: %v", errs[0], errs[1], errs[2])
	}
	if identity := stored(t, plain, "eu"); !WasAdmitted(identity, "3", placeB) || WasAdmitted(identity, "2", placeA) {
		t.Errorf("recorded are %+v", identity.Status.Admissions)
	}
}

// writing reports whether the first write to an identity has taken its batch.
func (a *Admissions) writing(identity string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	of := a.lanes[identity]
	return of != nil && of.writing && of.next == nil
}

func TestAnIdentityPermitsLeavingUnlessItSaysOtherwise(t *testing.T) {
	for name, test := range map[string]struct {
		policies []v1alpha1.DeletionPolicy
		want     bool
	}{
		"by default":  {nil, true},
		"Delete only": {[]v1alpha1.DeletionPolicy{v1alpha1.DeletionDelete}, false},
		"both":        {[]v1alpha1.DeletionPolicy{v1alpha1.DeletionDelete, v1alpha1.DeletionOrphan}, true},
	} {
		identity := named("eu")
		identity.Spec.DeletionPolicies = test.policies
		if got := PermitsLeaving(identity); got != test.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// A record has room for so many VPCs, and for so many VPCPeerings of each.
func TestARecordIsFullWhereTheAPIServerFindsTooMany(t *testing.T) {
	invalid := func(problem *field.Error) error {
		return fmt.Errorf("writing status: %w", apierrors.NewInvalid(schema.GroupKind{Kind: "AWSIdentity"}, "eu", field.ErrorList{problem}))
	}
	admissions := field.NewPath("status", "admissions")
	for name, test := range map[string]struct {
		err  error
		want bool
	}{
		"too many VPCs":        {invalid(field.TooMany(admissions, 2001, 2000)), true},
		"too many VPCPeerings": {invalid(field.TooMany(admissions.Index(0).Child("uids"), 1001, 1000)), true},
		"something else":       {invalid(field.Invalid(admissions, "a", "is none")), false},
		"a conflict":           {apierrors.NewConflict(schema.GroupResource{}, "eu", nil), false},
		"none":                 {nil, false},
	} {
		if got := RecordFull(test.err); got != test.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
