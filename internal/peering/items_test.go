package peering

import (
	"strings"
	"testing"
)

// TestEveryActionIsAnItemOfItsOwnInAnApproval: one that is none would be done without anybody's consent.
func TestEveryActionIsAnItemOfItsOwnInAnApproval(t *testing.T) {
	seen := map[string]string{}
	for _, action := range allActions() {
		items := action.items("")
		if len(items) == 0 {
			t.Errorf("%q is no item", action)
		}
		for _, item := range items {
			if strings.TrimSpace(item) == "" || item == "own" {
				t.Errorf("%q is the item %q", action, item)
			}
			if other, twice := seen[item]; twice {
				t.Errorf("%q and %q are one item, %q", action, other, item)
			}
			seen[item] = action.String()
		}
	}
	if of("", "pcx-1") != ownConnection || of("pcx-1", "pcx-1") != ownConnection || of("pcx-2", "pcx-1") != "pcx-2" {
		t.Error("only crossvpc's own connection has no id in an item")
	}
}
