package cluster

import (
	"errors"
	"net/http"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/kubeconfig"
)

func TestAClusterThatFailsIsLeftAloneForLongerEachTime(t *testing.T) {
	for name, test := range map[string]struct {
		costly bool
		want   []int
	}{
		"one that is silent for less than a minute": {false, []int{5, 10, 20, 40, 45, 45}},
		"one that costs for some minutes":           {true, []int{30, 60, 120, 240, 240}},
	} {
		t.Run(name, func(t *testing.T) {
			clock := clocktesting.NewFakePassiveClock(time.Unix(0, 0))
			tries := &attempts{clock: clock}
			for _, seconds := range test.want {
				want := time.Duration(seconds) * time.Second
				if err := tries.resting("a"); err != nil {
					t.Fatalf("it is left alone: %v", err)
				}
				_ = tries.failed(&Error{Message: "silent"}, test.costly)
				clock.SetTime(clock.Now().Add(time.Second))
				_ = tries.failed(&Error{Message: "silent"}, test.costly) // the same attempt, seen by another
				told, ok := errors.AsType[*Error](tries.resting("a"))
				if !ok || told.After != want-time.Second || told.Message != "silent" {
					t.Fatalf("it is told %+v, want a rest of %s", told, want-time.Second)
				}
				clock.SetTime(clock.Now().Add(told.After))
			}
			_ = tries.failed(&Error{}, test.costly)
			if tries.resting("b") != nil {
				t.Error("what somebody changed does not lead to an attempt at once")
			}
			_ = tries.failed(&Error{}, test.costly)
			tries.succeeded()
			if tries.resting("b") != nil {
				t.Error("a success does not end the rest")
			}
		})
	}
}

func TestAClusterThatRestsIsNotAskedAndThenSeenAgain(t *testing.T) {
	clock := clocktesting.NewFakePassiveClock(time.Unix(0, 0))
	asked, code := 0, http.StatusInternalServerError
	server := servedBy(t, func(w http.ResponseWriter, r *http.Request) {
		asked++
		answer(code, "no")(w, r)
	})
	connector, _ := connectorWith(kubeconfig.Secret(kubeconfig.Encode(t, kubeconfig.Config(server, nil)), "value"))
	connector.clock = clock
	object := kubeconfig.Cluster("us")
	attempt := func() error {
		connection, err := connector.Connect(t.Context(), object)
		if err != nil {
			return err
		}
		_, err = connection.Identify(t.Context())
		return err
	}
	expectError(t, attempt(), v1alpha1.ReasonClusterUnreachable, "answers with error 500")
	before := asked
	err := attempt()
	expectError(t, err, v1alpha1.ReasonClusterUnreachable, "answers with error 500")
	if known, _ := errors.AsType[*Error](err); asked != before || known.After != firstRest {
		t.Errorf("it was asked %d times more, and is left alone for %s", asked-before, known.After)
	}
	for what, change := range map[string]func(){
		"the retry annotation": func() { object.Annotations = map[string]string{v1alpha1.AnnotationRetry: "now"} },
		"another spec":         func() { object.Generation++ },
		"another object":       func() { object.UID = types.UID("other") },
	} {
		before = asked
		if change(); attempt() == nil || asked == before {
			t.Errorf("%s led to no attempt", what)
		}
	}
	clock.SetTime(clock.Now().Add(longestRest))
	before = asked
	if attempt() == nil || asked == before {
		t.Error("it is never asked again")
	}
}

func TestNodesAreWeighedAsWhatTheyTake(t *testing.T) {
	small, large := weigh(&corev1.Node{}), weigh(&corev1.Node{Status: corev1.NodeStatus{Addresses: make([]corev1.NodeAddress, 100)}})
	if small < 1000 || large <= small {
		t.Errorf("a node weighs %d, one with 100 addresses %d", small, large)
	}
}
