// Package sample has one of each thing that a mutant changes.
package sample

import (
	"errors"
	"time"
)

const limit = 3 // a declared constant stays

var table = map[string]bool{"yes": true}

type kind bool

type counter[T any] struct{ list []T }

func (c *counter[T]) add(v T) (n int) {
	c.list = append(c.list, v)
	return len(c.list)
}

func compare(a, b int) bool { return a < b }

func both(a, b bool) bool {
	return a &&
		!b // the right side is on its own line
}

func lazy(p *int) bool { return p == nil || *p > limit }

func sum(list []int) (total int, err error) {
	for _, v := range list {
		if v < 0 {
			return 0, errors.New("negative")
		}
		total = total + v*2
	}
	return total, nil
}

func pair() (int, error) { return sum([]int{1}) }

func pause(n int) time.Duration { return time.Duration(n) * 5 * time.Second }

func known(name string) kind { return kind(table[name]) }

func untested(a int) int { return a - 1 }
