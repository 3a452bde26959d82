package ec2

import (
	"iter"
	"regexp"
	"slices"
	"strings"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
)

// kind is what EC2 says about the ids of a type of resource. Codes are from EC2's list of error codes
// (docs.aws.amazon.com/ec2/latest/devguide/ec2-api-error-codes.html).
type kind struct {
	// name is as in a TagSpecification.
	name   string
	prefix string
	// noun is as in "The vpc ID 'vpc-1' does not exist".
	noun      string
	notFound  string
	malformed string
}

var idTail = regexp.MustCompile(`^-([0-9a-f]{8}|[0-9a-f]{17})$`)

// check refuses an id that cannot be one of this kind.
func (k kind) check(id string) error {
	tail, ok := strings.CutPrefix(id, k.prefix)
	if !ok || !idTail.MatchString(tail) {
		return sim.Fail(k.malformed, "Invalid id: %q (expecting %q)", id, k.prefix+"-...")
	}
	return nil
}

// missing says that there is no such resource.
func (k kind) missing(ids ...string) error {
	if len(ids) == 1 {
		return sim.Fail(k.notFound, "The %s ID '%s' does not exist", k.noun, ids[0])
	}
	return sim.Fail(k.notFound, "The %s IDs '%s' do not exist", k.noun, strings.Join(ids, ", "))
}

// find reads the truth about one resource.
func find[T any](k kind, table *sim.Table[T], id string) (T, error) {
	value, ok := table.Get(id)
	if err := k.check(id); err != nil {
		return value, err
	}
	if !ok {
		return value, k.missing(id)
	}
	return value, nil
}

// visible is what can be described: a table, or a part of one.
type visible[T any] interface {
	See(view sim.View, id string) (T, bool)
	Seen(view sim.View) iter.Seq2[string, T]
}

// seen reads what the view shows: the resources of these ids, which must all be there, or all.
func seen[T any](k kind, table visible[T], view sim.View, ids []string) ([]T, error) {
	var found []T
	if len(ids) == 0 {
		for _, value := range table.Seen(view) {
			found = append(found, value)
		}
		return found, nil
	}
	var absent []string
	for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
		if err := k.check(id); err != nil {
			return nil, err
		}
		value, ok := table.See(view, id)
		if !ok {
			absent = append(absent, id)
		}
		found = append(found, value)
	}
	if len(absent) > 0 {
		return nil, k.missing(absent...)
	}
	return found, nil
}
