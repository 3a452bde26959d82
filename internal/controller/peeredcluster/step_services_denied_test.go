package peeredcluster

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// services answers as a cluster does in which the addresses of Services may be read, or not.
type services struct {
	client.Reader

	noRanges, noAddress, before133 bool
}

func forbidden(kind string) error {
	return apierrors.NewForbidden(schema.GroupResource{Resource: kind}, "", errors.New("no right"))
}

func (s services) List(_ context.Context, list client.ObjectList, _ ...client.ListOption) error {
	switch {
	case s.noRanges:
		return forbidden("servicecidrs")
	case !s.before133:
		list.(*networkingv1.ServiceCIDRList).Items = []networkingv1.ServiceCIDR{{Spec: networkingv1.ServiceCIDRSpec{CIDRs: []string{"10.96.0.0/16"}}}}
	}
	return nil
}

func (s services) Get(_ context.Context, _ client.ObjectKey, object client.Object, _ ...client.GetOption) error {
	if s.noAddress {
		return forbidden("services")
	}
	object.(*corev1.Service).Spec.ClusterIP = "10.96.0.1"
	return nil
}

func TestWhatMayNotBeReadOfServicesIsNamedAndTakesNothingElse(t *testing.T) {
	for name, test := range map[string]struct {
		cluster services
		ofEKS   string
		ranges  []string
		unseen  string
	}{
		"all may be read":                {services{}, "", []string{"10.96.0.0/16"}, ""},
		"no address, which nobody needs": {services{noAddress: true}, "", []string{"10.96.0.0/16"}, ""},
		"no ranges":                      {services{noRanges: true}, "", []string{"10.96.0.1/32"}, "crossvpc may not list ServiceCIDRs, so it compares a peer's blocks with the first address"},
		"no ranges, and EKS says them":   {services{noRanges: true, noAddress: true}, "172.20.0.0/16", []string{"172.20.0.0/16"}, ""},
		"before 1.33":                    {services{before133: true}, "", []string{"10.96.0.1/32"}, ""},
		"before 1.33, and no address":    {services{before133: true, noAddress: true}, "", nil, "crossvpc may not read Service default/kubernetes, so it does not compare"},
		"neither":                        {services{noRanges: true, noAddress: true}, "", nil, "crossvpc may read neither ServiceCIDRs nor Service default/kubernetes"},
	} {
		ranges, unseen, err := serviceRanges(t.Context(), test.cluster, test.ofEKS)
		if err != nil || !slices.Equal(ranges, test.ranges) || !strings.HasPrefix(unseen, test.unseen) || (unseen == "") != (test.unseen == "") {
			t.Errorf("%s: %v, %q, %v; want %v, %q", name, ranges, unseen, err, test.ranges, test.unseen)
		}
		if unseen != "" && !strings.HasSuffix(unseen, "Apply config/cluster/role.yaml again.") {
			t.Errorf("%s: no remedy in %q", name, unseen)
		}
	}
}
