package cluster

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

func TestAWatchShowsAWriteOfOurs(t *testing.T) {
	object := func(uid, version string, leaving bool) client.Object {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{UID: types.UID(uid), ResourceVersion: version}}
		if leaving {
			pod.DeletionTimestamp = &metav1.Time{}
		}
		return pod
	}
	for name, test := range map[string]struct {
		write write
		shown client.Object
		want  bool
	}{
		"not by the version before":                        {write{version: "100"}, object("a", "99", false), false},
		"by that version":                                  {write{version: "100"}, object("a", "100", false), true},
		"by a later one, compared as numbers":              {write{version: "99"}, object("a", "100", false), true},
		"by the absence of what was there":                 {write{version: "100"}, nil, true},
		"not by the absence of what was created":           {write{version: "100", created: true}, nil, false},
		"not by the namesake from before what was created": {write{version: "100", created: true}, object("old", "90", false), false},
		"by any where versions can't be compared":          {write{version: "x"}, object("a", "y", false), true},
		"not by a pod that was to go and is there":         {write{uid: "a"}, object("a", "99", false), false},
		"by a pod on its way out":                          {write{uid: "a"}, object("a", "101", true), true},
		"by the absence of a pod that was to go":           {write{uid: "a"}, nil, true},
		"by a namesake of a pod that was to go":            {write{uid: "a"}, object("b", "99", false), true},
		"not by what may be the object that was to go":     {write{}, object("a", "99", false), false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := test.write.shownBy(test.shown); got != test.want {
				t.Errorf("shown: %v, want %v", got, test.want)
			}
		})
	}
}
