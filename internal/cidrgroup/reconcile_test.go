package cidrgroup

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/crossvpc/crossvpc/internal/cilium"
)

var (
	owner  = cilium.Owner{InstallationID: "test", PeeredCluster: "us", UID: "now"}
	former = cilium.Owner{InstallationID: "test", PeeredCluster: "america", UID: "before"}
	other  = cilium.Owner{InstallationID: "another", PeeredCluster: "us", UID: "theirs"}

	errAway = errors.New("the API server is away")
)

func peer(name, block string) cilium.Peer {
	return cilium.Peer{Name: name, Blocks: []netip.Prefix{netip.MustParsePrefix(block)}}
}

// clusterOf serves the kind in one version, and has a group for each owner's peer; version "": it serves none.
func clusterOf(t *testing.T, version string, change interceptor.Funcs, groups ...cilium.CIDRGroup) client.Client {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, known := range []string{"v2", "v2alpha1"} {
		kind := schema.GroupVersionKind{Group: "cilium.io", Version: known, Kind: "CiliumCIDRGroup"}
		scheme.AddKnownTypeWithName(kind, &unstructured.Unstructured{})
		scheme.AddKnownTypeWithName(kind.GroupVersion().WithKind("CiliumCIDRGroupList"), &unstructured.UnstructuredList{})
	}
	var objects []client.Object
	for _, group := range groups {
		object, err := group.Unstructured(version)
		if err != nil {
			t.Fatal(err)
		}
		objects = append(objects, object)
	}
	if change.List == nil {
		change.List = func(ctx context.Context, kube client.WithWatch, list client.ObjectList, options ...client.ListOption) error {
			if asked := list.GetObjectKind().GroupVersionKind(); asked.Version != version {
				return &meta.NoKindMatchError{GroupKind: asked.GroupKind(), SearchedVersions: []string{asked.Version}}
			}
			return kube.List(ctx, list, options...)
		}
	}
	return fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...).WithInterceptorFuncs(change).Build()
}

// kept are the groups that are there, each with its blocks.
func kept(t *testing.T, kube client.Client, version string) map[string]string {
	t.Helper()
	list := cilium.ListOf("CiliumCIDRGroup", version)
	if err := kube.List(t.Context(), list); err != nil {
		t.Fatal(err)
	}
	groups, err := parse(list)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, group := range groups {
		found[group.Metadata.Name] = strings.Join(group.Spec.ExternalCIDRs, ",")
	}
	return found
}

func TestGroupsFollowThePeeringsInTheVersionThatTheClusterServes(t *testing.T) {
	asia, africa := peer("network/asia", "10.12.0.0/16"), peer("network/africa", "10.13.0.0/16")
	for name, test := range map[string]struct {
		before  []cilium.CIDRGroup
		request Request
		outcome Outcome
		after   map[string]string
	}{
		"one for each peering": {
			nil, Request{Owner: owner, Wanted: true, Peers: []cilium.Peer{asia, africa}},
			Outcome{}, map[string]string{"crossvpc-network.asia": "10.12.0.0/16", "crossvpc-network.africa": "10.13.0.0/16"},
		},
		"brought up to date, and one whose peering is gone goes": {
			cilium.CIDRGroups(owner, []cilium.Peer{peer("network/asia", "10.99.0.0/16"), africa}), Request{Owner: owner, Wanted: true, Peers: []cilium.Peer{asia}},
			Outcome{}, map[string]string{"crossvpc-network.asia": "10.12.0.0/16"},
		},
		"wanted, and there is no peering": {nil, Request{Owner: owner, Wanted: true}, Outcome{Clean: true}, map[string]string{}},
		"not wanted: ours go, those of others stay": {
			slices.Concat(cilium.CIDRGroups(owner, []cilium.Peer{asia}), cilium.CIDRGroups(other, []cilium.Peer{africa})), Request{Owner: owner, Peers: []cilium.Peer{asia}},
			Outcome{Clean: true}, map[string]string{"crossvpc-network.africa": "10.13.0.0/16"},
		},
		"of an earlier PeeredCluster they stay where only own ones may go": {
			slices.Concat(cilium.CIDRGroups(owner, []cilium.Peer{asia}), cilium.CIDRGroups(former, []cilium.Peer{africa})), Request{Owner: owner, OnlyOwn: true},
			Outcome{}, map[string]string{"crossvpc-network.africa": "10.13.0.0/16"},
		},
		"of an earlier PeeredCluster they go with the deletion": {
			cilium.CIDRGroups(former, []cilium.Peer{africa}), Request{Owner: owner}, Outcome{Clean: true}, map[string]string{},
		},
		"a name that is taken is named and left as it is": {
			cilium.CIDRGroups(other, []cilium.Peer{peer("network/asia", "10.99.0.0/16")}), Request{Owner: owner, Wanted: true, Peers: []cilium.Peer{asia}},
			Outcome{Taken: "crossvpc-network.asia"}, map[string]string{"crossvpc-network.asia": "10.99.0.0/16"},
		},
	} {
		for _, version := range []string{"v2", "v2alpha1"} {
			t.Run(name+", "+version, func(t *testing.T) {
				kube := clusterOf(t, version, interceptor.Funcs{}, test.before...)
				outcome, err := Reconcile(t.Context(), kube, test.request)
				if diff := cmp.Diff(test.outcome, outcome); diff != "" || err != nil {
					t.Errorf("%v, -want +got:\n%s", err, diff)
				}
				if diff := cmp.Diff(test.after, kept(t, kube, version)); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
			})
		}
	}
}

func TestAClusterThatServesNoSuchKindIsNotAFailure(t *testing.T) {
	kube := clusterOf(t, "", interceptor.Funcs{})
	outcome, err := Reconcile(t.Context(), kube, Request{Owner: owner, Wanted: true, Peers: []cilium.Peer{peer("network/asia", "10.12.0.0/16")}})
	if err != nil || outcome != (Outcome{Missing: true}) {
		t.Errorf("%+v, %v", outcome, err)
	}
	if names, err := Written(t.Context(), kube, owner); err != nil || len(names) > 0 {
		t.Errorf("%v, %v", names, err)
	}
}

func TestWhatCannotBeReadOrWrittenIsAnErrorThatSaysWhat(t *testing.T) {
	asia, africa := peer("network/asia", "10.12.0.0/16"), peer("network/africa", "10.13.0.0/16")
	request := Request{Owner: owner, Wanted: true, Peers: []cilium.Peer{asia, africa}}
	taken := cilium.CIDRGroups(other, []cilium.Peer{asia})
	for name, test := range map[string]struct {
		change  interceptor.Funcs
		before  []cilium.CIDRGroup
		says    string
		outcome Outcome
	}{
		"the list": {
			interceptor.Funcs{List: func(context.Context, client.WithWatch, client.ObjectList, ...client.ListOption) error { return errAway }}, nil,
			"listing CiliumCIDRGroups: ", Outcome{Unseen: true},
		},
		"a new group": {
			interceptor.Funcs{Create: func(context.Context, client.WithWatch, client.Object, ...client.CreateOption) error { return errAway }}, taken,
			"writing CiliumCIDRGroup crossvpc-network.africa: ", Outcome{Taken: "crossvpc-network.asia"},
		},
		"a group that is to go": {
			interceptor.Funcs{Delete: func(context.Context, client.WithWatch, client.Object, ...client.DeleteOption) error { return errAway }},
			cilium.CIDRGroups(owner, []cilium.Peer{peer("network/gone", "10.9.0.0/16")}), "deleting CiliumCIDRGroup crossvpc-network.gone: ", Outcome{},
		},
	} {
		t.Run(name, func(t *testing.T) {
			outcome, err := Reconcile(t.Context(), clusterOf(t, "v2", test.change, test.before...), request)
			if !errors.Is(err, errAway) || !strings.HasPrefix(err.Error(), test.says) {
				t.Errorf("error is %v", err)
			}
			if diff := cmp.Diff(test.outcome, outcome); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
	away := interceptor.Funcs{List: func(context.Context, client.WithWatch, client.ObjectList, ...client.ListOption) error { return errAway }}
	if names, err := Written(t.Context(), clusterOf(t, "v2", away), owner); !errors.Is(err, errAway) || names != nil {
		t.Errorf("%v, %v", names, err)
	}
}

func TestWhoWroteGroupsIsToldForTheInstallationAlone(t *testing.T) {
	kube := clusterOf(t, "v2", interceptor.Funcs{}, slices.Concat(
		cilium.CIDRGroups(owner, []cilium.Peer{peer("network/asia", "10.12.0.0/16")}),
		cilium.CIDRGroups(former, []cilium.Peer{peer("network/africa", "10.13.0.0/16")}),
		cilium.CIDRGroups(other, []cilium.Peer{peer("network/europe", "10.14.0.0/16")}))...)
	names, err := Written(t.Context(), kube, owner)
	slices.Sort(names)
	if diff := cmp.Diff([]string{"america", "us"}, names); diff != "" || err != nil {
		t.Errorf("%v, -want +got:\n%s", err, diff)
	}
}
