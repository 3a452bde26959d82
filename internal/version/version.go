// Package version says which release of crossvpc this is.
package version

import "runtime/debug"

// Unreleased is the version of a build that nobody gave one.
const Unreleased = "dev"

// release is set by the linker: -X github.com/crossvpc/crossvpc/internal/version.release=v1.2.3
var release string

// String is the version of this build: the one it was released with, else what Go knows of the module, else [Unreleased].
func String() string {
	if release != "" {
		return release
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return Unreleased
}
