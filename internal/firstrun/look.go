package firstrun

import (
	"context"
	"errors"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/clusterview"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/plugin/view"
)

// sight is what was seen of a side.
type sight struct {
	account, caller string
	eks             aws.EKSDescription
	cluster         *clusterview.View
	services        []string
	network         peering.SideSnapshot
}

// lookTime bounds the look at one side: an endpoint that drops packets answers never.
const lookTime = 3 * time.Minute

// errBlocked ends a run whose checks have said already what is wrong.
var errBlocked = errors.New("something above is marked ✖: correct it, then run this again")

// check looks at both sides, says what it found, and refuses to continue where something is wrong.
func (r *run) check(ctx context.Context) error {
	r.title("Read-only checks, with your own rights: nothing is changed")
	items := make([]view.Item, len(r.sides()))
	var group errgroup.Group
	for i, s := range r.sides() {
		group.Go(func() error {
			ctx, cancel := context.WithTimeout(ctx, lookTime)
			defer cancel()
			items[i] = s.look(ctx)
			return nil
		})
	}
	_ = group.Wait() // each says what it could not see
	if ctx.Err() != nil {
		return ctx.Err()
	}
	all := slices.Concat(items, []view.Item{r.lookBetween(ctx), r.permissions()})
	root := view.Item{Name: "First run of installation " + r.InstallationID, State: view.Worst(all), Items: all}
	if err := view.PaperFor(r.out, time.Now()).Write(r.out, root); err != nil {
		return err
	}
	if has(root, view.Bad) {
		return errBlocked
	}
	return nil
}

// has reports whether an item, or one below it, is in a state.
func has(item view.Item, state view.State) bool {
	if item.State == state {
		return true
	}
	for _, below := range item.Items {
		if has(below, state) {
			return true
		}
	}
	return false
}

// looking is one thing to look at.
type looking struct {
	name string
	do   func(context.Context) view.Item
}

// look goes from the account inwards, and stops where the next cannot be seen.
func (s *side) look(ctx context.Context) view.Item {
	root := view.Item{Name: s.Name + ": EKS cluster " + s.Cluster + " in " + s.Region}
	for _, next := range []looking{
		{"Who you are in AWS", s.lookAtCaller},
		{"The EKS cluster", s.lookAtEKS},
		{"The API server", s.lookAtServer},
		{"Your rights in the cluster", s.lookAtRights},
		{"Cilium", s.lookAtCilium},
		{"Addresses of Services", s.lookAtServices},
		{"The VPC", s.lookAtNetwork},
	} {
		item := next.do(ctx)
		item.Name = next.name
		root.Items = append(root.Items, item)
		if item.State == view.Bad && len(root.Items) <= 3 {
			break // nothing behind it can be seen, or it is something else
		}
	}
	root.State = view.Worst(root.Items)
	return root
}

func good(message string) view.Item { return view.Item{State: view.Good, Message: message} }

func bad(message string) view.Item { return view.Item{State: view.Bad, Message: message} }

// note is something to know that stops nothing.
func note(message string) view.Item { return view.Item{State: view.AtRest, Message: message} }

// readNetwork reads the VPC as the manager does: first what there is, then the rules of its groups and, where it matters, its subnets.
func (s *side) readNetwork(ctx context.Context, kinds aws.Kind, groups []string) error {
	read, err := s.cloud.Reader(me, s.Region).Side(ctx, aws.Query{Owner: "first-run", VPC: s.seen.eks.VPCID, Kinds: kinds, Groups: groups, NotBefore: time.Now()})
	if err != nil {
		return err
	}
	aws.Merge(&s.seen.network, read, kinds)
	return nil
}
