package driver

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/crossvpc/crossvpc/internal/rollout"
)

// Fleet reads the Auto Scaling groups behind a cluster's nodes, and remembers what it
// read for a moment. The zero value remembers nothing. It is not safe for concurrent use.
type Fleet struct {
	read Reading
	at   time.Time
	// asked are all instances that were asked for, those in no group too, in order.
	asked []string
	// groups are the names of the groups that were found, in order.
	groups []string
}

// Reading is what was read of instances and their groups. It is shared: do not change it.
type Reading struct {
	// Instances by id; one that is in no group is missing.
	Instances map[string]rollout.Instance
	// Groups by name.
	Groups map[string]rollout.Group
	// Gone are the groups that were asked for by name, and that AWS does not have.
	Gone []string
	// NewerIn is when AWS is asked again; 0: this was just read.
	NewerIn time.Duration
}

// Read reads the instances, which are sorted, unless that was done just now for all
// of them. Groups named in open are read whether an instance is in them or not.
func (f *Fleet) Read(ctx context.Context, api AutoScaling, ids, open []string, now time.Time) (Reading, error) {
	if age := now.Sub(f.at); age >= 0 && age < fleetAge && f.knows(ids) {
		reading := f.read
		reading.NewerIn = fleetAge - age
		return reading, nil
	}
	reading, err := f.ask(ctx, api, ids, open)
	if err == nil {
		f.read, f.at, f.asked, f.groups = reading, now, ids, slices.Sorted(maps.Keys(reading.Groups))
	}
	return reading, err
}

func (f *Fleet) knows(ids []string) bool {
	return !slices.ContainsFunc(ids, func(id string) bool {
		_, known := slices.BinarySearch(f.asked, id)
		return !known
	})
}

// ask asks for the groups that are known, which names their instances: one call,
// where to ask for hundreds of instances takes one for every 50. Instances in none of
// them are asked for; an answer that is out of date does no harm, since the group is
// proven before an instance is terminated (N4).
func (f *Fleet) ask(ctx context.Context, api AutoScaling, ids, open []string) (Reading, error) {
	known := unique(slices.Concat(f.groups, open))
	groups, instances, err := Groups(ctx, api, known)
	if err != nil {
		return Reading{}, err
	}
	missing := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return instances[id].Group != "" })
	found, err := Instances(ctx, api, missing)
	if err != nil {
		return Reading{}, err
	}
	maps.Copy(instances, found)
	more, _, err := Groups(ctx, api, groupsBeside(known, found))
	if err != nil {
		return Reading{}, err
	}
	maps.Copy(groups, more)
	gone := slices.DeleteFunc(slices.Clone(known), func(name string) bool { _, there := groups[name]; return there })
	return Reading{Instances: instances, Groups: groups, Gone: gone}, nil
}

// groupsBeside are the groups of the instances that are not known yet.
func groupsBeside(known []string, instances map[string]rollout.Instance) []string {
	var names []string
	for _, instance := range instances {
		if !slices.Contains(known, instance.Group) {
			names = append(names, instance.Group)
		}
	}
	return unique(names)
}

func unique(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}
