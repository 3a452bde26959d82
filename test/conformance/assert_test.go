package conformance

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// failAtCaller reports at the line of the check, not of the assertion.
func (t *T) failAtCaller(skip int, format string, args ...any) {
	_, file, line, _ := runtime.Caller(skip + 1)
	t.fail(file, line, fmt.Sprintf(format, args...))
}

// ok ends the check unless the call succeeded; it is for steps of the scene.
func (t *T) ok(err error) {
	if err != nil {
		t.failAtCaller(1, "%v", err)
		runtime.Goexit()
	}
}

// refusedWith wants the call to fail with one of the codes. AWS itself spells
// some codes both ...ID and ...Id, so case does not count.
func (t *T) refusedWith(err error, codes ...string) {
	var api smithy.APIError
	switch {
	case err == nil:
		t.failAtCaller(1, "succeeded, want %s", strings.Join(codes, " or "))
	case !errors.As(err, &api):
		t.failAtCaller(1, "not an API error: %v, want %s", err, strings.Join(codes, " or "))
	case !slices.ContainsFunc(codes, func(code string) bool { return strings.EqualFold(code, api.ErrorCode()) }):
		t.failAtCaller(1, "failed with %s (%s), want %s", api.ErrorCode(), api.ErrorMessage(), strings.Join(codes, " or "))
	}
}

// refusedSaying wants the code and a phrase of AWS's text.
func (t *T) refusedSaying(err error, code, phrase string) {
	var api smithy.APIError
	if !errors.As(err, &api) || !strings.EqualFold(api.ErrorCode(), code) || !strings.Contains(api.ErrorMessage(), phrase) {
		t.failAtCaller(1, "got %v, want %s saying %q", err, code, phrase)
	}
}

// refused wants any API error.
func (t *T) refused(err error) {
	if _, isAPI := errors.AsType[smithy.APIError](err); !isAPI {
		t.failAtCaller(1, "got %v, want an API error", err)
	}
}

// same compares two values; the order of a []string does not count.
func same[V any](t *T, what string, got, want V) {
	if diff := cmp.Diff(want, got, cmpopts.SortSlices(strings.Compare), cmpopts.EquateEmpty()); diff != "" {
		t.failAtCaller(1, "%s (-want +got):\n%s", what, diff)
	}
}

// holds wants a statement about an answer to be true.
func (t *T) holds(truth bool, format string, args ...any) {
	if !truth {
		t.failAtCaller(1, format, args...)
	}
}

// until lets time pass on the target until the condition holds.
func (t *T) until(target *Target, what string, condition func() bool) {
	for range target.patience {
		if condition() {
			return
		}
		target.pause()
	}
	t.failAtCaller(1, "never saw: %s", what)
	runtime.Goexit()
}
