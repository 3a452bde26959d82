package main

import (
	"context"
	"os"
	"path/filepath"

	"github.com/crossvpc/crossvpc/test/e2e/rig"
)

// buildPlugin makes "kubectl crossvpc" work as it does for people: a program of that name is in PATH.
func (s *story) buildPlugin(ctx context.Context) (err error) {
	if s.programs, err = os.MkdirTemp("", "crossvpc-demo-"); err != nil {
		return err
	}
	if err := rig.BuildPlugin(ctx, filepath.Join(s.programs, "kubectl-crossvpc"), building{s.screen, "kubectl crossvpc"}); err != nil {
		return err
	}
	s.screen.Status()
	return os.Setenv("PATH", s.programs+string(os.PathListSeparator)+os.Getenv("PATH"))
}
