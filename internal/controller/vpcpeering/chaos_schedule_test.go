package vpcpeering

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/scene"
)

// mishap is one thing that happens to a VPCPeering, to the process or to AWS.
type mishap struct {
	what string
	// n is which act, call or spec it is about, or how many seconds.
	n int
	// action and code are of a fault; after: the call is carried out all the same.
	action, code string
	after        bool
}

func (e mishap) String() string {
	return strings.TrimSpace(fmt.Sprintf("%s %d %s %s %t", e.what, e.n, e.action, e.code, e.after))
}

// What can happen. A reconciliation is the most frequent.
const (
	reconciles = "reconcile"
	waits      = "wait"
	isKilled   = "kill"
	isConflict = "conflict"
	fails      = "fault"
	loses      = "lose the answer"
	edits      = "edit"
	plans      = "plan"
	pauses     = "pause"
	goesOn     = "apply"
	recreates  = "delete and recreate"
	drifts     = "drift"
	lags       = "lag"
	other      = "another manager"
)

var chances = []struct {
	what  string
	share int
}{
	{reconciles, 30}, {waits, 8}, {isKilled, 14}, {isConflict, 6}, {fails, 12}, {loses, 8}, {edits, 6},
	{plans, 2}, {pauses, 2}, {goesOn, 4}, {recreates, 3}, {drifts, 5}, {lags, 4}, {other, 6},
}

var (
	callsThatFail = []string{
		"CreateVpcPeeringConnection", "AcceptVpcPeeringConnection", "DescribeVpcPeeringConnections", "ModifyVpcPeeringConnectionOptions", "CreateTags",
		"AuthorizeSecurityGroupIngress", "DescribeSecurityGroupRules", "CreateRoute", "DescribeRouteTables", "DescribeVpcs",
		"RevokeSecurityGroupIngress", "DeleteRoute", "DeleteVpcPeeringConnection",
	}
	codes = map[string]int{
		"RequestLimitExceeded": 503, "InternalError": 500, "Unavailable": 503, "UnauthorizedOperation": 403, "ExpiredToken": 400,
		"InvalidVpcPeeringConnectionID.NotFound": 400, "IncorrectState": 400, "OperationNotPermitted": 400, "InvalidStateTransition": 400,
	}
	sortedCodes = []string{
		"RequestLimitExceeded", "InternalError", "Unavailable", "UnauthorizedOperation", "ExpiredToken",
		"InvalidVpcPeeringConnectionID.NotFound", "IncorrectState", "OperationNotPermitted", "InvalidStateTransition",
	}
)

// scheduleOf is the same for the same seed.
func scheduleOf(seed uint64) []mishap {
	random := rand.New(rand.NewPCG(seed, 13))
	events := make([]mishap, 5+random.IntN(12))
	for i := range events {
		events[i] = mishap{
			what: pick(random), n: 1 + random.IntN(30), after: random.IntN(2) == 0,
			action: callsThatFail[random.IntN(len(callsThatFail))], code: sortedCodes[random.IntN(len(sortedCodes))],
		}
	}
	return events
}

func pick(random *rand.Rand) string {
	all := 0
	for _, chance := range chances {
		all += chance.share
	}
	at := random.IntN(all)
	for _, chance := range chances {
		if at -= chance.share; at < 0 {
			return chance.what
		}
	}
	return reconciles
}

// fault is that of an event.
func (e mishap) fault() awssim.Fault {
	role := fmt.Sprintf("arn:aws:iam::%s:role/crossvpc", []string{scene.RequesterAccount, scene.AccepterAccount}[e.n/2%2])
	fault := awssim.Fault{Principal: role, Action: e.action, Nth: 1 + e.n%3, Count: 1 + e.n%2, Code: e.code, Message: "chaos", Status: codes[e.code], Effect: awssim.ErrorAnswer}
	switch {
	case e.what == loses && e.after:
		fault.Effect = awssim.ResetAfter
	case e.what == loses:
		fault.Effect = awssim.ResetBefore
	case e.after && e.n%4 == 0:
		fault.Effect, fault.Code, fault.Status = awssim.ErrorAfter, "InternalError", 500
	}
	return fault
}

// lagOf is of up to 30 seconds for what EC2 shows.
func (e mishap) lagOf() awssim.Timing {
	timing := awssim.Instant()
	lag := awssim.Lag{Own: awssim.Duration(time.Duration(e.n) * time.Second / 2), Remote: awssim.Duration(time.Duration(e.n) * time.Second)}
	timing.KindLag = map[string]awssim.Lag{"vpc-peering-connection": lag, "route-table": lag, "security-group": lag}
	return timing
}
