package firstrun

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/crossvpc/crossvpc/internal/plugin/view"
)

// prove looks in both accounts and clusters for anything that this installation made, and names what is left.
func (r *run) prove(ctx context.Context) error {
	r.title("Is anything left?")
	root := view.Item{Name: "Installation " + r.InstallationID}
	for _, s := range r.sides() {
		place := view.Item{Name: s.Name}
		for _, look := range []struct {
			name string
			do   func(context.Context) (remains, error)
		}{
			{"Connections, routes and group rules with our tag", r.leftInAWS(s)},
			{"CiliumNodeConfigs, CiliumCIDRGroups and cordons of ours", r.leftInCluster(s)},
			{"Cluster roles and CRDs", r.leftOfInstall(s)},
		} {
			found, err := look.do(ctx)
			place.Items = append(place.Items, judge(look.name, found, err))
		}
		place.State = view.Worst(place.Items)
		root.Items = append(root.Items, place)
	}
	root.State = view.Worst(root.Items)
	if err := view.PaperFor(r.out, time.Now()).Write(r.out, root); err != nil {
		return err
	}
	said, err := verdict(root, r.InstallationID)
	if err == nil {
		r.say("%s AWS shows a deleted connection for some hours as deleted; it is gone all the same.", said)
	}
	return err
}

// verdict is what the proof proves: what is left, what could not be read, and whose the rest is are three things.
func verdict(root view.Item, installation string) (said string, err error) {
	switch {
	case has(root, view.Bad) && has(root, view.Unknown):
		return "", errors.New("what is marked ✖ is left, and what is marked ? could not be read, or no record says whose it is: whether more is left is not known. Correct it, then ask again with make first-run UNDO=all")
	case has(root, view.Bad):
		return "", errors.New("what is marked ✖ is left. When it is gone, ask again with make first-run UNDO=all")
	case has(root, view.Unknown):
		return "", errors.New("nothing was seen that is left, and what is marked ? could not be read, or no record says whose it is: whether anything is left there is not known. Ask again with make first-run UNDO=all when it can be read, or with the record")
	case has(root, view.AtRest):
		return fmt.Sprintf("Nothing of installation %s is left. What is marked ‖ is of another installation or run, and nothing of it was undone: if it is yours, set ID to its id.", installation), nil
	}
	return "Nothing is left.", nil
}

// remains are what a look found.
type remains struct {
	// left is ours, others are of other installations, or were there without this run.
	left, others []string
	// unclaimed may be either: it names no installation, and there is no record.
	unclaimed []string
}

func judge(name string, found remains, err error) view.Item {
	others := "Of another installation or run: " + strings.Join(found.others, ", ") + "."
	switch {
	case err != nil:
		return view.Item{Name: name, State: view.Unknown, Message: fmt.Sprintf("It cannot be read: %v.", err)}
	case len(found.unclaimed) > 0:
		return view.Item{Name: name, State: view.Unknown, Message: "There is no record that says whether this run made it: " + strings.Join(found.unclaimed, ", ") +
			". Name the record with ARGS=-record=FILE. Without one, ask who installed it; docs/install.md says how to remove it."}
	case len(found.left) > 0 && len(found.others) > 0:
		return view.Item{Name: name, State: view.Bad, Message: "Left: " + strings.Join(found.left, ", ") + ". " + others}
	case len(found.left) > 0:
		return view.Item{Name: name, State: view.Bad, Message: "Left: " + strings.Join(found.left, ", ") + "."}
	case len(found.others) > 0:
		return view.Item{Name: name, State: view.AtRest, Message: others}
	}
	return view.Item{Name: name, State: view.Good, Message: "None."}
}
