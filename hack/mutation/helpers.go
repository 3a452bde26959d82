package main

// helpers is a file of every package that is mutated: what the mutants call. The environment says which one is on, and
// where to note which ones a test reaches.
const helpers = `package %s

import (
	mutcmp "cmp"
	mutos "os"
	mutstrconv "strconv"
	mutsync "sync"
)

var (
	mutOnly, _ = mutstrconv.Atoi(mutos.Getenv("MUTANT"))
	mutTrace   = mutos.Getenv("MUTANT_TRACE")
	mutSeen    mutsync.Map
)

func mutOn(id int) bool {
	if mutTrace != "" {
		mutSee(id)
	}
	return id == mutOnly && id != 0
}

func mutSee(id int) {
	if _, seen := mutSeen.LoadOrStore(id, true); seen {
		return
	}
	f, err := mutos.OpenFile(mutTrace, mutos.O_APPEND|mutos.O_CREATE|mutos.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	_, _ = f.WriteString(mutstrconv.Itoa(id) + "\n")
	_ = f.Close()
}

func mutKeep(id int) bool { return !mutOn(id) }

func mutNot[T ~bool](id int, v T) T { return v != T(mutOn(id)) }

func mutAnd(id int, x bool, y func() bool) bool {
	if mutOn(id) {
		return x || y()
	}
	return x && y()
}

func mutOr(id int, x bool, y func() bool) bool {
	if mutOn(id) {
		return x && y()
	}
	return x || y()
}

func mutLt[T mutcmp.Ordered](boundary, opposite int, x, y T) bool {
	return mutOn(boundary) && x == y || (x < y) != mutOn(opposite)
}

func mutLe[T mutcmp.Ordered](boundary, opposite int, x, y T) bool {
	return !(mutOn(boundary) && x == y) && (x <= y) != mutOn(opposite)
}

func mutGt[T mutcmp.Ordered](boundary, opposite int, x, y T) bool {
	return mutOn(boundary) && x == y || (x > y) != mutOn(opposite)
}

func mutGe[T mutcmp.Ordered](boundary, opposite int, x, y T) bool {
	return !(mutOn(boundary) && x == y) && (x >= y) != mutOn(opposite)
}

type mutInteger interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uintptr
}

type mutNumber interface{ mutInteger | ~float32 | ~float64 }

func mutPick[T any](id int, x, y func() T) T {
	if mutOn(id) {
		return y()
	}
	return x()
}

func mutAdd[T mutNumber](id int, x, y T) T {
	return mutPick(id, func() T { return x + y }, func() T { return x - y })
}

func mutSub[T mutNumber](id int, x, y T) T {
	return mutPick(id, func() T { return x - y }, func() T { return x + y })
}

func mutMul[T mutNumber](id int, x, y T) T {
	return mutPick(id, func() T { return x * y }, func() T { return x / y })
}

func mutQuo[T mutNumber](id int, x, y T) T {
	return mutPick(id, func() T { return x / y }, func() T { return x * y })
}

func mutRem[T mutInteger](id int, x, y T) T {
	return mutPick(id, func() T { return x %% y }, func() T { return x * y })
}

func mutBitAnd[T mutInteger](id int, x, y T) T {
	return mutPick(id, func() T { return x & y }, func() T { return x | y })
}

func mutBitOr[T mutInteger](id int, x, y T) T {
	return mutPick(id, func() T { return x | y }, func() T { return x & y })
}

func mutOff[T mutNumber](id int, v T) T {
	if mutOn(id) {
		return v + 1
	}
	return v
}

func mutZero[T any](id int, v T) T {
	if mutOn(id) {
		return *new(T)
	}
	return v
}
`
