package vpcpeering

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/peering"
)

const (
	// propagation is how long EC2 may take to show what was just made
	// (EC2 developer guide, "Eventual consistency").
	propagation = 5 * time.Minute
	// soon is when to look again at something that AWS is at work on.
	soon = 2 * time.Second
	// slowly bounds the time between looks while AWS is at work.
	slowly = 15 * time.Second
	// userError is when to look again at what a person outside has to mend.
	userError = 5 * time.Minute
)

// failed turns errors of AWS into one verdict: denied permissions and quotas are
// listed together, whatever else failed beside them.
func (p *pass) failed(doing string, errs ...error) peering.Verdict {
	var denied, quota, terminal, user, passing []string
	for _, err := range errs {
		for _, verdict := range aws.Verdicts(err) {
			text := verdict.Message
			switch {
			case verdict.Denied:
				denied = append(denied, text)
			case verdict.Quota:
				quota = append(quota, text)
			case verdict.Class == aws.Terminal:
				terminal = append(terminal, text)
			case verdict.Class == aws.User:
				user = append(user, text)
			default:
				passing = append(passing, text)
			}
		}
	}
	switch {
	case len(denied) > 0:
		return p.stalled(v1alpha1.ReasonPermissionDenied, doing, slices.Concat(denied, quota))
	case len(quota) > 0:
		return p.stalled(v1alpha1.ReasonQuotaReached, doing, quota)
	case len(terminal) > 0:
		return p.stalled(v1alpha1.ReasonRefused, doing, terminal)
	case len(user) > 0:
		return p.stalled(v1alpha1.ReasonAWSError, doing, user)
	default:
		p.comeAgain(soon)
		return peering.Verdict{Progress: peering.Wait, Reason: v1alpha1.ReasonAWSError, Message: listed(doing, passing)}
	}
}

func (p *pass) stalled(reason, doing string, messages []string) peering.Verdict {
	p.comeAgain(userError)
	return peering.Verdict{Progress: peering.Stalled, Reason: reason, Message: listed(doing, messages)}
}

func listed(doing string, messages []string) string {
	slices.Sort(messages)
	return fmt.Sprintf("%s: %s", doing, strings.Join(slices.Compact(messages), "; "))
}
