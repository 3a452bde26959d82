package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/crossvpc/crossvpc/test/e2e/cmd/demo/narrate"
)

func TestAnInterruptIsOneLineAndNoFailure(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	var out bytes.Buffer
	screen := narrate.PlainScreen(&out)
	s := &story{screen: screen, nodes: 6}
	err := s.tell(ctx, func(ctx context.Context) error {
		cancel()
		return fmt.Errorf("security group rules of eu: %w", ctx.Err())
	})
	if code := conclude(screen, err); code != 130 {
		t.Errorf("exit code %d", code)
	}
	if got := out.String(); strings.Count(got, "\n") != 1 || !strings.HasPrefix(got, "  Interrupted.") {
		t.Errorf("said %q", got)
	}
}

func TestAFailureIsSaid(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	screen := narrate.PlainScreen(&out)
	s := &story{screen: screen, nodes: 6}
	err := s.tell(t.Context(), func(context.Context) error { return errors.New("no pair talks") })
	if code := conclude(screen, err); code != 1 || !strings.Contains(out.String(), "no pair talks") {
		t.Errorf("exit code %d, said %q", code, out.String())
	}
}
