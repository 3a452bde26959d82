package aws

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/utils/clock"
)

// spend takes n tokens and says how long that took.
func spend(t *testing.T, b *bucket, n int) time.Duration {
	t.Helper()
	began := time.Now()
	for range n {
		if err := b.wait(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return time.Since(began)
}

func near(t *testing.T, what string, got, want time.Duration) {
	t.Helper()
	if (got - want).Abs() > 100*time.Millisecond {
		t.Errorf("%s took %s, want about %s", what, got, want)
	}
}

func TestCallsFollowThePublishedBuckets(t *testing.T) {
	for name, row := range map[string]struct {
		operation string
		burst     int
		start     float64
	}{
		"reads":  {"DescribeVpcs", 100, 20},
		"writes": {"CreateRoute", 50, 20},
		"tags":   {"CreateTags", 100, 20},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newLimiter(clock.RealClock{}).bucket("1", Call{Operation: row.operation})
				near(t, "the burst", spend(t, b, row.burst), 0)
				near(t, "a hundred more", spend(t, b, 100), time.Duration(100/row.start*float64(time.Second)))
			})
		})
	}
}

func TestAThrottledBucketSlowsDownAndRecovers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newLimiter(clock.RealClock{}).bucket("1", Call{Operation: "CreateRoute"})
		b.throttled()
		near(t, "the first after throttling", spend(t, b, 1), 200*time.Millisecond)
		near(t, "ten more", spend(t, b, 10), 2*time.Second)
		<-time.After(hold + recovery)
		spend(t, b, 50)
		near(t, "twenty at full rate", spend(t, b, 20), time.Second)
	})
}

func TestOneAccountsThrottlingIsNotAnothers(t *testing.T) {
	l := newLimiter(clock.RealClock{})
	call := Call{Service: "EC2", Operation: "CreateRoute", Region: "eu-west-1"}
	elsewhere := call
	elsewhere.Region = "us-east-1"
	kept := l.bucket("1", call)
	if again := l.bucket("1", call); again != kept {
		t.Error("the bucket was not kept")
	}
	if l.bucket("2", call) == kept || l.bucket("1", elsewhere) == kept {
		t.Error("accounts or regions share a bucket")
	}
}

func TestWaitingEndsWithTheContextAndGivesTheTokenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newLimiter(clock.RealClock{}).bucket("1", Call{Operation: "CreateRoute"})
		spend(t, b, 50)
		for range 20 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			if err := b.wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Fatalf("waiting ended with %v", err)
			}
			cancel()
		}
		near(t, "the next", spend(t, b, 1), 50*time.Millisecond)
	})
}
