package chaos

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/crossvpc/crossvpc/test/awssim"
)

// Event is one thing that happens to an object, to the process, to a cluster or to AWS.
type Event struct {
	What string
	// N is which act, call, object or spec it is about, or how many seconds; from 1.
	N int
	// Action and Code are of a fault of AWS.
	Action, Code string
	// After: what fails is carried out all the same.
	After bool
}

func (e Event) String() string {
	return strings.TrimSpace(fmt.Sprintf("%s %d %s %s %t", e.What, e.N, e.Action, e.Code, e.After))
}

// Chance is how often an event is drawn, compared with the others of its deck.
type Chance struct {
	What  string
	Share int
}

// Deck is what schedules are drawn from.
type Deck struct {
	Chances []Chance
	// Actions are the calls to AWS that fail.
	Actions []string
	// Fewest and Most bound how many events a schedule has.
	Fewest, Most int
}

// largest is the largest N of an event.
const largest = 30

// Schedule is the same for the same deck and seed.
func (d Deck) Schedule(seed uint64) []Event {
	random := rand.New(rand.NewPCG(seed, 13)) //nolint:gosec // it is not about secrets
	events := make([]Event, d.Fewest+random.IntN(d.Most-d.Fewest+1))
	for i := range events {
		events[i] = Event{
			What: d.draw(random), N: 1 + random.IntN(largest), After: random.IntN(2) == 0,
			Action: d.Actions[random.IntN(len(d.Actions))], Code: codes[random.IntN(len(codes))].code,
		}
	}
	return events
}

func (d Deck) draw(random *rand.Rand) string {
	all := 0
	for _, chance := range d.Chances {
		all += chance.Share
	}
	at := random.IntN(all)
	for _, chance := range d.Chances {
		if at -= chance.Share; at < 0 {
			return chance.What
		}
	}
	return ""
}

// codes are errors of each class (internal/aws/errors_table.go), with their status.
var codes = []struct {
	code   string
	status int
}{
	{"RequestLimitExceeded", 503}, {"InternalError", 500}, {"Unavailable", 503}, {"UnauthorizedOperation", 403}, {"ExpiredToken", 400},
	{"InvalidVpcPeeringConnectionID.NotFound", 400}, {"IncorrectState", 400}, {"OperationNotPermitted", 400}, {"InvalidStateTransition", 400},
}

func statusOf(code string) int {
	for _, known := range codes {
		if known.code == code {
			return known.status
		}
	}
	return 400
}

// Fault is the fault of AWS that an event is about, for the calls of a principal; empty: of everybody.
func (e Event) Fault(principal string, loses bool) awssim.Fault {
	fault := awssim.Fault{
		Principal: principal, Action: e.Action, Nth: 1 + e.N%3, Count: 1 + e.N%2,
		Code: e.Code, Message: "chaos", Status: statusOf(e.Code), Effect: awssim.ErrorAnswer,
	}
	switch {
	case loses && e.After:
		fault.Effect = awssim.ResetAfter
	case loses:
		fault.Effect = awssim.ResetBefore
	case e.After && e.N%4 == 0:
		fault.Effect, fault.Code, fault.Status = awssim.ErrorAfter, "InternalError", 500
	}
	return fault
}

// Lag is one of up to 30 seconds for what EC2 shows.
func (e Event) Lag() awssim.Timing {
	timing := awssim.Instant()
	lag := awssim.Lag{Own: awssim.Duration(time.Duration(e.N) * time.Second / 2), Remote: awssim.Duration(time.Duration(e.N) * time.Second)}
	timing.KindLag = map[string]awssim.Lag{"vpc-peering-connection": lag, "route-table": lag, "security-group": lag}
	return timing
}

// Ahead is how far a manager's clock is ahead of the API server's: 15 to 60 seconds.
func (e Event) Ahead() time.Duration { return time.Duration(15+45*(e.N-1)/(largest-1)) * time.Second }

// Refusal is what an API server answers to one of the next writes, or that it does not.
func (e Event) Refusal() Strike {
	blows := []Blow{Conflict, Busy, Broken, TimesOut, Lost}
	strike := Strike{At: 1 + e.N/len(blows), Blow: blows[e.N%len(blows)], After: e.After}
	if strike.Blow == Conflict || strike.Blow == Busy {
		strike.After = false // it says that nothing was written
	}
	return strike
}
