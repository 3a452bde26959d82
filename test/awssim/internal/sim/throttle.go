package sim

import (
	"math"
	"strings"
	"sync"
	"time"
)

// rate is a token bucket: so many calls at once, so many more each second.
type rate struct{ bucket, refill float64 }

// The request token buckets of EC2 (docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html).
var (
	nonMutating       = rate{100, 20}
	unfiltered        = rate{50, 10}
	mutating          = rate{50, 5}
	resourceIntensive = rate{50, 5}
	uncategorized     = map[string]rate{
		"CreateTags": {100, 10}, "DeleteTags": {100, 10},
		"DescribeSecurityGroupReferences": {20, 5}, "DescribeStaleSecurityGroups": {20, 5},
	}
)

// intensive are the actions of the resource-intensive category that awssim has.
var intensive = map[string]bool{
	"AcceptVpcPeeringConnection": true, "CreateVpcPeeringConnection": true, "RejectVpcPeeringConnection": true,
	"DeleteVpcPeeringConnection": true, "AuthorizeSecurityGroupIngress": true, "RevokeSecurityGroupIngress": true,
}

// expensive are the reads that have a smaller bucket when they are neither filtered nor paged.
var expensive = map[string]bool{
	"DescribeInstances": true, "DescribeInstanceStatus": true, "DescribeNetworkInterfaces": true,
	"DescribeSecurityGroups": true, "DescribeVolumes": true, "DescribeSnapshots": true, "DescribeSpotInstanceRequests": true,
}

func rateOf(c *Call) rate {
	if own, listed := uncategorized[c.Action]; listed {
		return own
	}
	reads := strings.HasPrefix(c.Action, "Describe") || strings.HasPrefix(c.Action, "Get")
	switch {
	case reads && expensive[c.Action] && !selective(c):
		return unfiltered
	case reads:
		return nonMutating
	case intensive[c.Action]:
		return resourceIntensive
	}
	return mutating
}

// selective says whether a read names what it wants or how much of it at a time.
func selective(c *Call) bool {
	for name := range c.Parameters {
		if name != "NextToken" {
			return true
		}
	}
	return false
}

// bucket is what is left of a rate.
type bucket struct {
	tokens float64
	filled time.Time
}

type bucketKey struct {
	Place
	action string
	rate   rate
}

// Throttle limits the calls to EC2 per account, region and action. It is off until it is switched on.
type Throttle struct {
	mutex   sync.Mutex
	on      map[string]bool
	buckets map[bucketKey]*bucket
}

// EveryAccount switches throttling for all accounts.
const EveryAccount = "*"

// Switch turns throttling on or off for an account or for EveryAccount; buckets start full.
func (t *Throttle) Switch(account string, on bool) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.on == nil {
		t.on = map[string]bool{}
	}
	t.on[account] = on
	for key := range t.buckets {
		if account == EveryAccount || key.Account == account {
			delete(t.buckets, key)
		}
	}
}

// Take counts a call and answers RequestLimitExceeded when its bucket is empty.
func (t *Throttle) Take(c *Call) *Failure {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	own, set := t.on[c.Account]
	if on := (set && own) || (!set && t.on[EveryAccount]); !on || c.Service != "ec2" {
		return nil
	}
	limit := rateOf(c)
	key := bucketKey{Place: c.Place, action: c.Action, rate: limit}
	left, used := t.buckets[key]
	if !used {
		left = &bucket{tokens: limit.bucket, filled: c.Now}
		if t.buckets == nil {
			t.buckets = map[bucketKey]*bucket{}
		}
		t.buckets[key] = left
	}
	left.tokens = math.Min(limit.bucket, left.tokens+c.Now.Sub(left.filled).Seconds()*limit.refill)
	left.filled = c.Now
	if left.tokens < 1 {
		return &Failure{Code: "RequestLimitExceeded", Message: "Request limit exceeded.", Status: 503}
	}
	left.tokens--
	return nil
}
