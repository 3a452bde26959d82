package sim

import "sync"

// Quotas by their Service Quotas codes (docs.aws.amazon.com/general/latest/gr/vpc-service.html) with
// their defaults (docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html).
const (
	QuotaActivePeerings      = "L-7E9ECCDB"
	QuotaOutstandingPeerings = "L-DC9F7029"
	QuotaRouteTables         = "L-589F43AA"
	QuotaRoutes              = "L-93826ACB"
	QuotaGroupRules          = "L-0EA8095F"
	QuotaGroupsPerInterface  = "L-2AFB9258"
	QuotaNetworkACLRules     = "L-2AEEBF1A"
	QuotaIPv4Blocks          = "L-83CA0A9D"
	QuotaIPv6Blocks          = "L-085A6257"
)

var defaultQuotas = map[string]int{
	QuotaActivePeerings: 50, QuotaOutstandingPeerings: 25, QuotaRouteTables: 200, QuotaRoutes: 500, QuotaGroupRules: 60,
	QuotaGroupsPerInterface: 5, QuotaNetworkACLRules: 20, QuotaIPv4Blocks: 5, QuotaIPv6Blocks: 5,
}

// Quotas are how much of something an account may have. The zero value has AWS's defaults.
type Quotas struct {
	mutex sync.Mutex
	set   map[quotaKey]int
}

type quotaKey struct{ account, code string }

// Limit is the quota of that code in the account.
func (q *Quotas) Limit(account, code string) int {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	if value, set := q.set[quotaKey{account, code}]; set {
		return value
	}
	return defaultQuotas[code]
}

// Set replaces a quota of an account; an unknown code is reported as false.
func (q *Quotas) Set(account, code string, value int) bool {
	if _, known := defaultQuotas[code]; !known {
		return false
	}
	q.mutex.Lock()
	defer q.mutex.Unlock()
	if q.set == nil {
		q.set = map[quotaKey]int{}
	}
	q.set[quotaKey{account, code}] = value
	return true
}

// Restore gives an account the default of a quota again.
func (q *Quotas) Restore(account, code string) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	delete(q.set, quotaKey{account, code})
}

// Limit is the caller's quota of that code.
func (c *Call) Limit(code string) int { return c.world.Quotas.Limit(c.Account, code) }
