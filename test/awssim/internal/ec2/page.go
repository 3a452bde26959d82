package ec2

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
)

// page is the part of a describe request that asks for one page.
type page struct {
	MaxResults *int32 `query:"MaxResults"`
	NextToken  string `query:"NextToken"`
}

// bounds are the documented limits of MaxResults.
type bounds struct{ least, most int32 }

// notWith refuses ids beside a page size, where the action's page in EC2's reference says so.
func (p page) notWith(ids []string, parameter string) error {
	if p.MaxResults != nil && len(ids) > 0 {
		return sim.Fail("InvalidParameterCombination", "The parameter %s cannot be used with the parameter maxResults", parameter)
	}
	return nil
}

// tokenPrefix tells our tokens from made-up ones.
const tokenPrefix = "awssim:"

// cut takes the asked page out of the answers, which are ordered by key. The token carries the last key
// of the page, so that what is made or deleted meanwhile neither repeats nor hides other answers.
func cut[T any](answers []T, asked page, limits bounds, key func(T) string) ([]T, string, error) {
	after, err := asked.after()
	if err != nil {
		return nil, "", err
	}
	if err := asked.withinBounds(limits); err != nil {
		return nil, "", err
	}
	start := 0
	for after != "" && start < len(answers) && key(answers[start]) <= after {
		start++
	}
	answers = answers[start:]
	if asked.MaxResults == nil || len(answers) <= int(*asked.MaxResults) {
		return answers, "", nil
	}
	answers = answers[:*asked.MaxResults]
	last := key(answers[len(answers)-1])
	return answers, base64.StdEncoding.EncodeToString([]byte(tokenPrefix + last)), nil
}

func (p page) after() (string, error) {
	if p.NextToken == "" {
		return "", nil
	}
	text, err := base64.StdEncoding.DecodeString(p.NextToken)
	after, ours := strings.CutPrefix(string(text), tokenPrefix)
	if err != nil || !ours {
		return "", sim.Fail("InvalidPaginationToken", "The provided pagination token is not valid")
	}
	return after, nil
}

func (p page) withinBounds(limits bounds) error {
	const text = "Value ( %d ) for parameter maxResults is invalid. Expecting a value %s than %d."
	switch {
	case p.MaxResults == nil:
		return nil
	case *p.MaxResults < limits.least:
		return sim.Fail("InvalidParameterValue", text, *p.MaxResults, "greater", limits.least)
	case *p.MaxResults > limits.most:
		return sim.Fail("InvalidParameterValue", text, *p.MaxResults, "smaller", limits.most)
	}
	return nil
}

// present renders what was found, filters it and takes the asked page: what all describe actions do.
func present[Stored, Answer any](found []Stored, render func(Stored) Answer, known properties[Answer],
	filters []filter, asked page, limits bounds, key func(Answer) string,
) ([]Answer, string, error) {
	answers := make([]Answer, 0, len(found))
	for _, stored := range found {
		answers = append(answers, render(stored))
	}
	answers, err := choose(filters, known, answers)
	if err != nil {
		return nil, "", err
	}
	return cut(answers, asked, limits, key)
}

// numbered is an item of a list that has no key of its own.
type numbered[T any] struct {
	item T
	key  string
}

// cutAt takes the asked page out of a list in its own order.
func cutAt[T any](items []T, asked page, limits bounds) ([]T, string, error) {
	keyed := make([]numbered[T], 0, len(items))
	for i, item := range items {
		keyed = append(keyed, numbered[T]{item, fmt.Sprintf("%09d", i)})
	}
	keyed, next, err := cut(keyed, asked, limits, func(n numbered[T]) string { return n.key })
	chosen := make([]T, 0, len(keyed))
	for _, n := range keyed {
		chosen = append(chosen, n.item)
	}
	return chosen, next, err
}
