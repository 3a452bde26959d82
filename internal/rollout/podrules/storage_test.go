package podrules

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func volumeOf(name, claim string, change func(*corev1.PersistentVolume)) corev1.PersistentVolume {
	volume := corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: corev1.PersistentVolumeSpec{ClaimRef: &corev1.ObjectReference{Namespace: "shop", Name: claim}},
		Status: corev1.PersistentVolumeStatus{Phase: corev1.VolumeBound},
	}
	change(&volume)
	return volume
}

// on limits a volume to nodes with one of the values; each further pair is another requirement of the term.
func on(key string, values ...string) func(*corev1.PersistentVolume) {
	return func(v *corev1.PersistentVolume) {
		term := corev1.NodeSelectorTerm{MatchExpressions: []corev1.NodeSelectorRequirement{{Key: key, Operator: corev1.NodeSelectorOpIn, Values: values}}}
		v.Spec.NodeAffinity = &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{term}}}
	}
}

func using(claim string) *corev1.Pod {
	return podWith(func(p *corev1.Pod) {
		p.Spec.Volumes = []corev1.Volume{{Name: "data", VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: claim}}}}
	})
}

func ownClaim() *corev1.Pod {
	return podWith(func(p *corev1.Pod) {
		p.Spec.Volumes = []corev1.Volume{{Name: "scratch", VolumeSource: corev1.VolumeSource{Ephemeral: &corev1.EphemeralVolumeSource{}}}}
	})
}

func TestAVolumeOnTheDisksOfANodeIsKnownInEverySpelling(t *testing.T) {
	t.Parallel()
	asIs := func(*corev1.PersistentVolume) {}
	both := func(changes ...func(*corev1.PersistentVolume)) func(*corev1.PersistentVolume) {
		return func(v *corev1.PersistentVolume) {
			for _, change := range changes {
				change(v)
			}
		}
	}
	released := func(v *corev1.PersistentVolume) { v.Status.Phase = corev1.VolumeReleased }
	hostPath := func(v *corev1.PersistentVolume) { v.Spec.HostPath = &corev1.HostPathVolumeSource{Path: "/data"} }
	alternatives := func(v *corev1.PersistentVolume) {
		on(corev1.LabelHostname, "n.example")(v)
		terms := &v.Spec.NodeAffinity.Required.NodeSelectorTerms
		*terms = append(*terms, corev1.NodeSelectorTerm{MatchExpressions: []corev1.NodeSelectorRequirement{{Key: corev1.LabelHostname, Operator: corev1.NodeSelectorOpIn, Values: []string{"m"}}}})
	}
	byField := func(v *corev1.PersistentVolume) {
		on(corev1.LabelHostname, "")(v)
		v.Spec.NodeAffinity.Required.NodeSelectorTerms[0] = corev1.NodeSelectorTerm{MatchFields: []corev1.NodeSelectorRequirement{{Key: "metadata.name", Operator: corev1.NodeSelectorOpIn, Values: []string{"n"}}}}
	}
	zoneToo := func(v *corev1.PersistentVolume) {
		on(corev1.LabelHostname, "n.example")(v)
		term := &v.Spec.NodeAffinity.Required.NodeSelectorTerms[0]
		term.MatchExpressions = append(term.MatchExpressions, corev1.NodeSelectorRequirement{Key: corev1.LabelTopologyZone, Operator: corev1.NodeSelectorOpIn, Values: []string{"eu-west-1a"}})
	}
	for name, c := range map[string]struct {
		volume corev1.PersistentVolume
		pods   []*corev1.Pod
		local  bool
	}{
		"local, by hostname":                   {volumeOf("pv", "data", both(func(v *corev1.PersistentVolume) { v.Spec.Local = &corev1.LocalVolumeSource{} }, on(corev1.LabelHostname, "n.example"))), []*corev1.Pod{using("data")}, true},
		"local, its pod is elsewhere or gone":  {volumeOf("pv", "data", on(corev1.LabelHostname, "n.example")), nil, true},
		"of a driver, by its own label":        {volumeOf("pv", "data", on("topology.topolvm.io/node", "n")), nil, true},
		"by hostname and zone":                 {volumeOf("pv", "data", zoneToo), nil, true},
		"by the node's name as a field":        {volumeOf("pv", "data", byField), nil, true},
		"of another node":                      {volumeOf("pv", "data", on(corev1.LabelHostname, "m")), nil, false},
		"of a zone":                            {volumeOf("pv", "data", on(corev1.LabelTopologyZone, "eu-west-1a")), []*corev1.Pod{using("data")}, false},
		"of two nodes":                         {volumeOf("pv", "data", on(corev1.LabelHostname, "n.example", "m")), nil, false},
		"of one node or another":               {volumeOf("pv", "data", alternatives), nil, false},
		"released":                             {volumeOf("pv", "data", both(on(corev1.LabelHostname, "n.example"), released)), nil, false},
		"without a claim":                      {volumeOf("pv", "data", both(on(corev1.LabelHostname, "n.example"), func(v *corev1.PersistentVolume) { v.Spec.ClaimRef = nil })), nil, false},
		"on a path of the host":                {volumeOf("pv", "data", hostPath), []*corev1.Pod{using("data")}, true},
		"on a path of the host, for its own":   {volumeOf("pv", "web-1-scratch", hostPath), []*corev1.Pod{ownClaim()}, true},
		"on a path of another host":            {volumeOf("pv", "data", hostPath), nil, false},
		"on a path of the host, by an old pod": {volumeOf("pv", "data", hostPath), []*corev1.Pod{podWith(func(p *corev1.Pod) { *p = *using("data"); p.Status.Phase = corev1.PodSucceeded })}, false},
		"of the network":                       {volumeOf("pv", "data", asIs), []*corev1.Pod{using("data")}, false},
	} {
		node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n", Labels: map[string]string{corev1.LabelHostname: "n.example"}}}
		got := IndexStorage([]corev1.PersistentVolume{c.volume}, nil).LocalTo(node, c.pods)
		if (got != nil) != c.local || got != nil && got.Reason != ReasonLocalVolume {
			t.Errorf("%s: %v, want local %t", name, got, c.local)
		}
	}
}

func TestVolumesOfPodsThatLeftAreWaitedForAndThoseOfPodsThatStayAreNot(t *testing.T) {
	t.Parallel()
	attachment := func(node, volume string) storagev1.VolumeAttachment {
		return storagev1.VolumeAttachment{ObjectMeta: metav1.ObjectMeta{Name: "csi-" + volume}, Spec: storagev1.VolumeAttachmentSpec{NodeName: node, Source: storagev1.VolumeAttachmentSource{PersistentVolumeName: &volume}}}
	}
	inline := attachment("n", "x")
	inline.Spec.Source.PersistentVolumeName = nil
	plain := func(*corev1.PersistentVolume) {}
	s := IndexStorage([]corev1.PersistentVolume{volumeOf("pv-db", "db", plain), volumeOf("pv-log", "log", plain), volumeOf("pv-own", "web-1-scratch", plain)},
		[]storagev1.VolumeAttachment{attachment("n", "pv-log"), attachment("n", "pv-db"), attachment("n", "pv-own"), attachment("m", "pv-other"), inline})
	for name, c := range map[string]struct {
		staying []*corev1.Pod
		want    []string
	}{
		"no pod stays":               {nil, []string{"csi-x", "pv-db", "pv-log", "pv-own"}},
		"a DaemonSet's pod stays":    {[]*corev1.Pod{using("log")}, []string{"csi-x", "pv-db", "pv-own"}},
		"one with a claim of itself": {[]*corev1.Pod{ownClaim()}, []string{"csi-x", "pv-db", "pv-log"}},
		"one without volumes":        {[]*corev1.Pod{podWith(func(*corev1.Pod) {})}, []string{"csi-x", "pv-db", "pv-log", "pv-own"}},
	} {
		if diff := cmp.Diff(c.want, s.StillAttached("n", c.staying)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if got := (Storage{}).StillAttached("n", nil); len(got) > 0 {
		t.Errorf("where nothing may be read: %v", got)
	}
}
