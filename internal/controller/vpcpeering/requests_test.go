package vpcpeering

import (
	"fmt"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

func requester(n int) types.NamespacedName {
	return types.NamespacedName{Namespace: "network", Name: fmt.Sprintf("p-%d", n)}
}

// fill begins n requests of account a, and gives the connections that AWS answered with.
func fill(t *testing.T, r *requests, n int, now time.Time) (shown []string) {
	t.Helper()
	for i := range n {
		if _, may := r.begin("a", requester(i), shown, now); !may {
			t.Fatalf("request %d may not be made", i)
		}
		shown = append(shown, fmt.Sprintf("pcx-%d", i))
		r.made("a", requester(i), shown[i], now)
	}
	return shown
}

func TestAnAccountHasAtMostTwentyRequestsOpenAndAnotherOneIsNotBlocked(t *testing.T) {
	var r requests
	now := time.Now()
	shown := fill(t, &r, mostOutstanding, now)
	for i := range 3 {
		if ahead, may := r.begin("a", requester(100+i), shown, now); may || ahead != i {
			t.Errorf("may %t with %d ahead, want to wait with %d ahead", may, ahead, i)
		}
	}
	if ahead, may := r.begin("a", requester(101), shown, now); may || ahead != 1 {
		t.Errorf("one that asks again: may %t with %d ahead, want its place of before", may, ahead)
	}
	if _, may := r.begin("a", requester(3), shown, now); !may {
		t.Error("one that has its place already may not go on")
	}
	if _, may := r.begin("b", requester(200), nil, now); !may {
		t.Error("another account is held up")
	}
}

func TestAPlaceIsFreeWhenItsRequestIsAcceptedOrGivenUpOrAfterThirtySeconds(t *testing.T) {
	now := time.Now()
	for name, free := range map[string]func(*requests) time.Duration{
		"accepted": func(r *requests) time.Duration {
			r.accept("a", "pcx-7", now)
			r.end("a", requester(7), now)
			return 0
		},
		"after 30 seconds, and no longer shown": func(*requests) time.Duration { return requestMoves },
	} {
		t.Run(name, func(t *testing.T) {
			var r requests
			shown := fill(t, &r, mostOutstanding, now)
			if _, may := r.begin("a", requester(100), shown, now); may {
				t.Fatal("there is room before")
			}
			later := free(&r)
			if later > 0 {
				shown = nil
			}
			if _, may := r.begin("a", requester(100), shown, now.Add(later)); !may {
				t.Error("there is no room")
			}
		})
	}
}

func TestARequestThatCannotBeAcceptedCountsAsLongAsAWSShowsIt(t *testing.T) {
	var r requests
	now := time.Now()
	shown := fill(t, &r, mostOutstanding, now)
	r.end("a", requester(7), now) // its Accept was refused for good: AWS counts it still
	if _, may := r.begin("a", requester(100), shown, now); may {
		t.Error("a request is made beside 20 open ones")
	}
}

func TestWhereOthersFillTheAccountOneMayAskAndAWSDecides(t *testing.T) {
	var r requests
	now := time.Now()
	var strangers []string
	for i := range 25 {
		strangers = append(strangers, fmt.Sprintf("pcx-stranger-%d", i))
	}
	if _, may := r.begin("a", requester(1), strangers, now); !may {
		t.Fatal("nobody asks AWS")
	}
	if _, may := r.begin("a", requester(2), strangers, now); may {
		t.Error("a second one asks beside the first")
	}
	if r.othersMove("a", requester(1), now) {
		t.Error("the only one of ours has others that move")
	}
	if !r.othersMove("a", requester(2), now) || r.othersMove("a", requester(2), now.Add(requestMoves)) {
		t.Error("a request moves for 30 seconds, as others see it")
	}
}

func TestWhoWaitsLongestIsCalledWhenAPlaceIsFree(t *testing.T) {
	var r requests
	turns := r.turns()
	now := time.Now()
	shown := fill(t, &r, mostOutstanding, now)
	for i := range 2 {
		r.begin("a", requester(100+i), shown, now)
	}
	r.end("a", requester(100), now) // deleted while it waits
	r.end("a", requester(3), now)
	select {
	case turn := <-turns:
		if turn.Object != requester(101) {
			t.Errorf("%s is called", turn.Object)
		}
	default:
		t.Error("nobody is called")
	}
	r.end("a", requester(3), now) // has no place any more
	if len(turns) > 0 {
		t.Errorf("%s is called where no place became free", (<-turns).Object)
	}
}
