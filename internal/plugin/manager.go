package plugin

import (
	"context"
	"fmt"
	"slices"

	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/util/duration"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/heartbeat"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/plugin/view"
)

// manager says whether a manager lives, and whether it looks at objects when it should: those that are asked for, or all.
// No status can say that: without a manager nobody is there to write it.
func (s *session) manager(ctx context.Context, kube client.Reader, of []heartbeat.Late) (view.Item, error) {
	item := view.Item{Name: "Manager", State: view.Good}
	lease := &coordinationv1.Lease{}
	if err := kube.Get(ctx, client.ObjectKey{Namespace: s.system, Name: heartbeat.Lease}, lease); err != nil {
		if apierrors.IsNotFound(err) {
			return s.elected(ctx, kube) // a release before there was a heartbeat
		}
		return item, err
	}
	beat, err := heartbeat.Read(lease)
	if err != nil {
		return item, err
	}
	item.Since = &beat.At
	if silent := beat.Silent(s.now()); silent > 0 {
		item.State, item.Message = view.Bad, s.dead(beat.Holder, duration.HumanDuration(silent))
		return item, nil
	}
	item.Message = fmt.Sprintf("%s acts and looks at %s in time.", beat.Holder, allOf(beat.Objects))
	for _, late := range beat.Late {
		if len(of) == 0 || slices.ContainsFunc(of, late.Same) {
			item.Items = append(item.Items, s.late(late))
		}
	}
	if len(item.Items) > 0 {
		item.State, item.Message = view.Bad, fmt.Sprintf("%s acts and is late. See its log: kubectl logs --namespace %s %s", beat.Holder, s.system, beat.Holder)
	}
	return item, nil
}

func allOf(objects int) string {
	if objects == 1 {
		return "the only object"
	}
	return "all " + message.Count(objects, "object")
}

func (s *session) late(late heartbeat.Late) view.Item {
	return view.Item{Name: lateName(late), State: view.Bad, Since: &late.Due, Message: fmt.Sprintf(
		"It should have been looked at %s ago, and no reconciliation got to its end since. Its status may be as old.", view.Age(s.now(), late.Due))}
}

func lateName(late heartbeat.Late) string {
	if late.Namespace != "" {
		return late.Kind + " " + late.Namespace + "/" + late.Name
	}
	return late.Kind + " " + late.Name
}

// clocks: the manager's time is compared with that of the machine that kubectl runs on.
const clocks = "If a manager does act, the clock of this machine is ahead."

func (s *session) dead(holder, age string) string {
	return fmt.Sprintf("%s was the last to act, and has not been heard of for %s: no manager acts, and every status is as old. %s See: kubectl get pods --namespace %s",
		holder, age, clocks, s.system)
}

// elected says whether a manager lives by the lease of the election alone: who holds it renews it every few seconds.
func (s *session) elected(ctx context.Context, kube client.Reader) (view.Item, error) {
	item := view.Item{Name: "Manager", State: view.Good}
	lease := &coordinationv1.Lease{}
	if err := kube.Get(ctx, client.ObjectKey{Namespace: s.system, Name: v1alpha1.LeaderLease}, lease); err != nil {
		if apierrors.IsNotFound(err) {
			item.State, item.Message = view.Unknown, fmt.Sprintf("No lease %s/%s or %s says whether a manager acts: none ever did here, or it is of a release without a heartbeat and runs "+
				"without leader election. See: kubectl get pods --namespace %s", s.system, v1alpha1.LeaderLease, heartbeat.Lease, s.system)
			return item, nil
		}
		return item, err
	}
	spec := lease.Spec
	if spec.RenewTime == nil || spec.HolderIdentity == nil || spec.LeaseDurationSeconds == nil || *spec.HolderIdentity == "" {
		item.State = view.Bad
		item.Message = fmt.Sprintf("Nobody holds the lease %s/%s, so no manager acts. See: kubectl get pods --namespace %s", s.system, v1alpha1.LeaderLease, s.system)
		return item, nil
	}
	since, age := spec.RenewTime.Time, s.now().Sub(spec.RenewTime.Time)
	item.Since = &since
	item.Message = fmt.Sprintf("%s acts.", *spec.HolderIdentity)
	if age.Seconds() > 2*float64(*spec.LeaseDurationSeconds) {
		item.State = view.Bad
		item.Message = fmt.Sprintf("%s held the lease and has not renewed it for %s: no manager acts, and every status is as old. %s See: kubectl get pods --namespace %s",
			*spec.HolderIdentity, duration.HumanDuration(age), clocks, s.system)
	}
	return item, nil
}

// withManager adds to a tree whether somebody keeps it up to date. Who may not read the heartbeat is told nothing of it.
func (s *session) withManager(ctx context.Context, kube client.Reader, tree view.Item, of ...heartbeat.Late) view.Item {
	item, err := s.manager(ctx, kube, of)
	if err != nil || item.State == view.Unknown {
		return tree
	}
	if item.State == view.Good {
		item.Message, item.Since = "A manager acts and looked at it in time.", nil
	}
	tree.Items = append(tree.Items, item)
	if item.State == view.Bad {
		tree.State = view.Bad
	}
	return tree
}
