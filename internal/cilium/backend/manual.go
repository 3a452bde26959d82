package backend

import "context"

// manual leaves the writing to a person, who is told what to set, or to somebody who
// sets it already.
type manual struct{}

func (manual) Name() string                        { return Manual }
func (manual) Ours() bool                          { return false }
func (manual) CanHoldBack() bool                   { return false }
func (manual) Write(context.Context, Wanted) error { return nil }
func (manual) Withdraw(context.Context) error      { return nil }
func (manual) TakenBackBy(Memory) string           { return "" }
