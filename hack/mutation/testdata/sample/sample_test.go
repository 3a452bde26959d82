package sample

import (
	"testing"
	"time"
)

func TestMost(t *testing.T) {
	var c counter[string]
	if c.add("a") != 1 || c.add("b") != 2 {
		t.Error("counts wrong")
	}
	if compare(2, 1) || !compare(1, 2) { // not at the boundary
		t.Error("compares wrong")
	}
	if !both(true, false) || both(false, false) || both(true, true) {
		t.Error("both is wrong")
	}
	four, three := 4, 3
	if !lazy(nil) || !lazy(&four) || lazy(&three) {
		t.Error("lazy is wrong")
	}
}

func TestSums(t *testing.T) {
	if n, err := pair(); n != 2 || err != nil {
		t.Error(n, err)
	}
	if n, err := sum([]int{0, 1, 2}); n != 6 || err != nil {
		t.Error(n, err)
	}
	if n, err := sum([]int{-1}); n != 0 || err == nil {
		t.Error(n, err)
	}
	if pause(2) != 10*time.Second || !known("yes") {
		t.Error("pause or known is wrong")
	}
}
