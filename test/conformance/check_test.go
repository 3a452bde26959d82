package conformance

import (
	"context"
	"fmt"
	"runtime"
	"strings"
)

// A check is one statement about AWS's behaviour.
type check struct {
	// Name is the statement, a sentence.
	Name string
	// Source is where AWS, or somebody who met it live, says so.
	Source string
	// Needs is what the target has to offer beyond the AWS API; a target
	// without it is reported as not applicable, with this as the reason.
	Needs capability
	// Run sets its own scene in accounts nobody else uses and states the fact.
	Run func(t *T, target *Target)
}

// capability is something only a simulator can offer.
type capability string

const (
	anyTarget    capability = ""
	clock        capability = "a clock that can be advanced"
	lagControl   capability = "a settable delay until a region sees a change"
	quotaControl capability = "settable quotas"
	throttling   capability = "throttling that can be switched on"
	roleRegistry capability = "IAM roles with trust policies that can be declared"
	settableEKS  capability = "an EKS cluster whose endpoint can be set"
	faults       capability = "faults that can be injected"
	policies     capability = "IAM policies that deny actions"
	keyCheck     capability = "validation of access keys"
	sharing      capability = "subnets that can be shared with another account"
	signatures   capability = "verification of presigned requests, on a clock that can be advanced"
)

// registry is filled by the init of each file of checks.
var registry []check

func register(checks ...check) { registry = append(registry, checks...) }

// T collects what a check finds. It is not a *testing.T because a failing
// check is the expected outcome where a target is known to deviate.
type T struct {
	ctx      context.Context
	failures []string
}

func (t *T) Context() context.Context { return t.ctx }

func (t *T) Errorf(format string, args ...any) {
	_, file, line, _ := runtime.Caller(1)
	t.fail(file, line, fmt.Sprintf(format, args...))
}

func (t *T) Fatalf(format string, args ...any) {
	_, file, line, _ := runtime.Caller(1)
	t.fail(file, line, fmt.Sprintf(format, args...))
	runtime.Goexit()
}

func (t *T) fail(file string, line int, message string) {
	file = file[strings.LastIndexByte(file, '/')+1:]
	t.failures = append(t.failures, fmt.Sprintf("%s:%d: %s", file, line, message))
}

// run executes a check and returns what it found wrong.
func (c check) run(ctx context.Context, target *Target) []string {
	t := &T{ctx: ctx}
	done := make(chan struct{})
	go func() {
		defer close(done)
		// An answer without what AWS always sends is a failure of its target.
		defer func() {
			if broken := recover(); broken != nil {
				t.failures = append(t.failures, fmt.Sprintf("the check broke on an answer: %v", broken))
			}
		}()
		c.Run(t, target)
	}()
	<-done
	return t.failures
}
