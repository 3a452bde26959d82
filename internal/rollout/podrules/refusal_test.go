package podrules

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestN2KarpenterSparesNothingButWhatItsOwnAnnotationAsksFor(t *testing.T) {
	for name, c := range map[string]struct {
		pod     *corev1.Pod
		exposed bool
	}{
		"a replica":                  {pod: podWith(func(*corev1.Pod) {})},
		"do-not-disrupt":             {pod: podWith(func(p *corev1.Pod) { p.Annotations = map[string]string{DoNotDisrupt: "true"} })},
		"safe-to-evict: false":       {pod: podWith(func(p *corev1.Pod) { p.Annotations = map[string]string{safeToEvict: "false"} }), exposed: true},
		"a pod without a controller": {pod: podWith(func(p *corev1.Pod) { p.OwnerReferences = nil }), exposed: true},
	} {
		if got := Exposed(c.pod, noon); (got != nil) != c.exposed {
			t.Errorf("%s: %v, want exposed: %t", name, got, c.exposed)
		}
	}
}

func TestN2RefusalNamesWhyAPodMustNotBeEvicted(t *testing.T) {
	annotated := func(key, value string) *corev1.Pod {
		return podWith(func(p *corev1.Pod) { p.Annotations = map[string]string{key: value} })
	}
	for name, c := range map[string]struct {
		pod  *corev1.Pod
		want string
	}{
		"a replica":                {podWith(func(*corev1.Pod) {}), ""},
		"do-not-disrupt":           {annotated(DoNotDisrupt, "true"), ReasonPodRefuses},
		"do-not-disrupt: false":    {annotated(DoNotDisrupt, "false"), ""},
		"safe-to-evict: false":     {annotated(safeToEvict, "false"), ReasonPodRefuses},
		"safe-to-evict: true":      {annotated(safeToEvict, "true"), ""},
		"no controller":            {podWith(func(p *corev1.Pod) { p.OwnerReferences = nil }), ReasonPodUnreplicated},
		"no controller, but going": {podWith(func(p *corev1.Pod) { p.OwnerReferences, p.DeletionTimestamp = nil, &metav1.Time{} }), ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			if finding := Refusal(c.pod, noon); finding != nil {
				got = finding.Reason
			}
			if got != c.want {
				t.Errorf("reason %q, want %q", got, c.want)
			}
		})
	}
}
