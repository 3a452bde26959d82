//go:build !linux

package probe

import "errors"

// ReadRules works on Linux only, as nodes do; the package builds elsewhere for
// those who develop there.
func ReadRules() ([]Rule, error) { return nil, errors.New("routing rules can be read on Linux only") }
