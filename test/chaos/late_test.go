package chaos

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
)

// cached is a cache of ConfigMaps with "a", and a way to write.
func cached(t *testing.T) (*Late, func(value string)) {
	t.Helper()
	live := fake.NewClientBuilder().WithObjects(configMap("1")).Build()
	byValue := func(object client.Object) []string { return []string{object.(*corev1.ConfigMap).Data["value"]} }
	late, err := NewLate(live, map[string]client.IndexerFunc{"value": byValue}, nil, func() client.ObjectList { return &corev1.ConfigMapList{} })
	if err != nil {
		t.Fatal(err)
	}
	return late, func(value string) {
		write := func() error { return live.Update(t.Context(), configMap(value)) }
		if value == "" {
			write = func() error { return live.Delete(t.Context(), configMap("")) }
		}
		if err := write(); err != nil {
			t.Fatal(err)
		}
	}
}

func configMap(value string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "a"}, Data: map[string]string{"value": value}}
}

// shown is what the cache shows, by name and by index.
func shown(t *testing.T, late *Late) string {
	t.Helper()
	found := &corev1.ConfigMap{}
	err := late.Get(t.Context(), client.ObjectKey{Namespace: "default", Name: "a"}, found)
	value := found.Data["value"]
	var listed corev1.ConfigMapList
	if err := late.List(t.Context(), &listed, client.MatchingFields{"value": value}); err != nil {
		t.Fatal(err)
	}
	if apierrors.IsNotFound(err) != (len(listed.Items) == 0) || client.IgnoreNotFound(err) != nil {
		t.Errorf("by name %v, and %d are listed", err, len(listed.Items))
	}
	return value
}

// TestACacheIsLate has an object written three times, and looks once after each and then until everything is shown.
func TestACacheIsLate(t *testing.T) {
	t.Parallel()
	for how, want := range map[Lateness][]string{
		Punctual: {"2", "3", "4", "4", "4"},
		Delayed:  {"1", "2", "3", "4", "4"},
		Dropped:  {"1", "3", "3", "4", "4"},
		Merged:   {"1", "3", "4", "4", "4"},
	} {
		late, write := cached(t)
		if err := late.Be(t.Context(), how, 2); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, value := range []string{"2", "3", "4", "", "-"} {
			if value != "" && value != "-" {
				write(value)
			}
			if err := late.Look(t.Context()); err != nil {
				t.Fatal(err)
			}
			got = append(got, shown(t, late))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("lateness %d shows (-want +got):\n%s", how, diff)
		}
	}
}

func TestACacheShowsLateThatAnObjectIsGone(t *testing.T) {
	t.Parallel()
	late, write := cached(t)
	if err := late.Be(t.Context(), Delayed, 2); err != nil {
		t.Fatal(err)
	}
	write("")
	for _, want := range []string{"1", ""} {
		if err := late.Look(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := shown(t, late); got != want {
			t.Errorf("shown: %q, want %q", got, want)
		}
	}
}
