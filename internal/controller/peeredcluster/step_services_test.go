package peeredcluster

import (
	"errors"
	"slices"
	"testing"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/clusterview"
)

// TestTheAddressesOfServicesAreReported as the ServiceCIDRs of a real API server say.
func TestTheAddressesOfServicesAreReported(t *testing.T) {
	w := newWorld(t)
	w.installs("1.18.0", 1)
	eventually(t, "the API server's own ServiceCIDR", func() error {
		ranges, _, err := clusterview.ServiceCIDRs(t.Context(), w.kube)
		if err == nil && len(ranges) == 0 {
			err = errors.New("there is none yet")
		}
		return err
	})
	w.peeredCluster(nil)
	object := w.until("the ranges", func(object *v1alpha1.PeeredCluster) bool { return len(object.Status.ServiceCIDRs) > 0 })
	if want := []string{"10.96.0.0/16"}; !slices.Equal(object.Status.ServiceCIDRs, want) {
		t.Errorf("ranges %v, want %v", object.Status.ServiceCIDRs, want)
	}
}

func TestWhatIsNoRangeIsNotReportedAsOne(t *testing.T) {
	for text, want := range map[string][]string{"10.100.0.1": {"10.100.0.1/32"}, "fd00::1": {"fd00::1/128"}, "None": nil, "": nil} {
		if got := addressRange(text); !slices.Equal(got, want) {
			t.Errorf("address %q: %v, want %v", text, got, want)
		}
	}
	got := validRanges([]string{"10.100.3.0/16", "10.100.0.0/16", "x", "172.20.0.0/16", ""})
	if want := []string{"10.100.0.0/16", "172.20.0.0/16"}; !slices.Equal(got, want) {
		t.Errorf("ranges %v, want %v", got, want)
	}
}
