package conformance

import (
	"context"
	"testing"
	"time"

	testingclock "k8s.io/utils/clock/testing"

	"github.com/crossvpc/crossvpc/test/awssim"
)

// openAWSSim serves a simulated AWS with AWS's timing on a clock that only
// moves when a check lets time pass.
func openAWSSim(t *testing.T) (*Target, func()) {
	standing := testingclock.NewFakePassiveClock(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	ctx, stop := context.WithCancel(context.Background())
	endpoint, err := awssim.New(awssim.Options{Clock: standing, Timing: checkedTiming()}).Listen(ctx, "127.0.0.1:0")
	if err != nil {
		stop()
		t.Fatal(err)
	}
	target := awssimAt("awssim", endpoint)
	target.pause, target.patience = func() { target.control.Advance(500 * time.Millisecond) }, 240
	return target, stop
}

// awssimAt describes a running awssim.
func awssimAt(name, endpoint string) *Target {
	target := newTarget(name, endpoint)
	target.credentialsFor = keyIsAccount
	target.control, target.capabilities = simControl{endpoint: endpoint}, everything
	return target
}
