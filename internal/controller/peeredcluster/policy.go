package peeredcluster

import (
	"fmt"
	"time"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/rollout"
)

// policyOf fills in every default.
func policyOf(spec v1alpha1.RolloutPolicy, choice rollout.Choice) rollout.Policy {
	policy := rollout.Policy{
		Insufficient:     choice.Insufficient,
		Manual:           spec.Approval == v1alpha1.ApprovalManual,
		Approved:         spec.ApprovedRevision,
		OnDelete:         spec.Strategy == v1alpha1.RolloutOnDelete,
		Paused:           spec.Paused,
		MaxUnavailable:   int(max(spec.MaxUnavailable, 1)),
		DrainTimeout:     seconds(spec.DrainTimeoutSeconds),
		MinReady:         secondsOr(spec.MinReadySeconds, 30),
		ProgressDeadline: seconds(spec.ProgressDeadlineSeconds),
		Settle:           secondsOr(spec.SettleSeconds, 60),
	}
	if spec.Window != nil {
		policy.Window, policy.BadWindow = windowOf(*spec.Window)
	}
	return policy
}

var weekdays = map[string]time.Weekday{
	"Sun": time.Sunday, "Mon": time.Monday, "Tue": time.Tuesday, "Wed": time.Wednesday,
	"Thu": time.Thursday, "Fri": time.Friday, "Sat": time.Saturday,
}

// windowOf reads a window, or says what is wrong with it; the API server has
// checked all but the zone.
func windowOf(spec v1alpha1.RolloutWindow) (*rollout.Window, string) {
	zone, err := time.LoadLocation(spec.TimeZone)
	if err != nil {
		return nil, fmt.Sprintf("spec.rollout.window.timeZone %q is not known, so no node is started. Set an IANA name such as Europe/Berlin.", spec.TimeZone)
	}
	window := &rollout.Window{Start: timeOfDay(spec.Start), End: timeOfDay(spec.End), Location: zone}
	for _, day := range spec.Days {
		window.Days = append(window.Days, weekdays[day])
	}
	return window, ""
}

func timeOfDay(text string) time.Duration {
	at, _ := time.Parse("15:04", text)
	return time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute
}

func seconds(n int32) time.Duration { return time.Duration(n) * time.Second }

func secondsOr(n *int32, otherwise int32) time.Duration {
	if n == nil {
		return seconds(otherwise)
	}
	return seconds(*n)
}
