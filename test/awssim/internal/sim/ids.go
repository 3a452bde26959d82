package sim

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// ids hands out identifiers. They depend only on the seed and on how many of that kind the place
// has had, so the same calls give the same ids, also when regions are driven in parallel.
type ids struct {
	seed    string
	counter map[string]int
}

func newIDs(seed string) *ids { return &ids{seed: seed, counter: map[string]int{}} }

func (i *ids) digest(place Place, kind string) [sha256.Size]byte {
	key := place.String() + "/" + kind
	i.counter[key]++
	return sha256.Sum256(fmt.Appendf(nil, "%s/%s/%d", i.seed, key, i.counter[key]))
}

// next makes an id as EC2 does today: the prefix, a zero, and sixteen hexadecimal digits.
func (i *ids) next(place Place, prefix string) string {
	sum := i.digest(place, prefix)
	return prefix + "-0" + hex.EncodeToString(sum[:8])
}

// uuid makes an id in the form of a UUID.
func (i *ids) uuid(place Place, kind string) string {
	sum := i.digest(place, kind)
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}
