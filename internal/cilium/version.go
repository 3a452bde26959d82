package cilium

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
)

// Version is an agent's version. The zero value is an unknown one, for which the
// worst is assumed: no restore fix, the strictest check of the routing CIDR.
type Version struct {
	Major, Minor, Patch int
	// Suffix is what follows the numbers in the tag, such as "rc.1" or
	// "cee.1". Such a build carries the traits of its minor version, but a fix of
	// its own patch version is not counted on.
	Suffix string
}

// A tag of two numbers ("v1.18") moves and says nothing about the patch.
var versionTag = regexp.MustCompile(`:v?(\d{1,4})\.(\d{1,4})\.(\d{1,4})(?:[-+._]([0-9A-Za-z.+_-]+))?(?:@.*)?$`)

// ParseImage reads the version from an image's tag. A digest without a tag, or
// a tag that is no version ("latest"), gives the unknown version.
func ParseImage(image string) Version {
	match := versionTag.FindStringSubmatch(image)
	if match == nil {
		return Version{}
	}
	number := func(s string) int {
		n, _ := strconv.Atoi(s) // at most four digits
		return n
	}
	return Version{Major: number(match[1]), Minor: number(match[2]), Patch: number(match[3]), Suffix: match[4]}
}

// Known is false for the zero value.
func (v Version) Known() bool {
	return v != Version{}
}

// Compare orders by number, an unknown version first, and a build with a suffix
// before the one without.
func (v Version) Compare(other Version) int {
	bare := func(v Version) int {
		if v.Suffix == "" {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(v.Major, other.Major), cmp.Compare(v.Minor, other.Minor),
		cmp.Compare(v.Patch, other.Patch), cmp.Compare(bare(v), bare(other)), cmp.Compare(v.Suffix, other.Suffix))
}

// String is "1.18.0", "1.18.0-cee.1" or "unknown".
func (v Version) String() string {
	switch {
	case !v.Known():
		return "unknown"
	case v.Suffix == "":
		return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch)
	}
	return fmt.Sprintf("%d.%d.%d-%s", v.Major, v.Minor, v.Patch, v.Suffix)
}
