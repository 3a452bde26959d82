package firstrun

import (
	"context"
	"strings"
	"testing"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// TestAnUndoKeepsWhatOthersChangedInTheHubsCluster: the run admits its namespace, then somebody edits, then it is undone.
func TestAnUndoKeepsWhatOthersChangedInTheHubsCluster(t *testing.T) {
	t.Parallel()
	anotherTeam := func(c *v1alpha1.PeeredCluster) {
		c.Spec.AllowedNamespaces.Names = append(c.Spec.AllowedNamespaces.Names, "shop")
	}
	for name, c := range map[string]struct {
		since []func(*v1alpha1.PeeredCluster)
		want  string
	}{
		"nothing": {nil, ""},
		"the run's own pause and approval": {[]func(*v1alpha1.PeeredCluster){func(c *v1alpha1.PeeredCluster) {
			c.Spec.Rollout.Paused, c.Spec.Rollout.ApprovedRevision = true, "abc"
		}}, ""},
		"put back already":              {[]func(*v1alpha1.PeeredCluster){func(c *v1alpha1.PeeredCluster) { c.Spec = localObject().Spec }}, ""},
		"another namespace":             {[]func(*v1alpha1.PeeredCluster){anotherTeam}, "in spec.allowedNamespaces.names, and"},
		"another approval":              {[]func(*v1alpha1.PeeredCluster){func(c *v1alpha1.PeeredCluster) { c.Spec.Rollout.Approval = v1alpha1.ApprovalAutomatic }}, "in spec.rollout.approval, and"},
		"another namespace, then again": {[]func(*v1alpha1.PeeredCluster){anotherTeam, nil}, "in spec.allowedNamespaces.names, and"},
		"again, then another namespace": {[]func(*v1alpha1.PeeredCluster){nil, anotherTeam}, "in spec.allowedNamespaces.names, and"},
	} {
		r := onRecord(t, aRun(t, func(*Settings) {}))
		r.hub.kube = holding(localObject())
		if err := r.note(t.Context(), r.admit()); err != nil {
			t.Fatal(err)
		}
		edit := func(change func(*v1alpha1.PeeredCluster)) {
			local := localObject()
			if err := r.hub.kube.Get(t.Context(), theCluster(local.Name).key, local); err != nil {
				t.Fatal(err)
			}
			change(local)
			if err := r.hub.kube.Update(t.Context(), local); err != nil {
				t.Fatal(err)
			}
		}
		admitting := r.notingLocal(command{do: func(context.Context) error {
			edit(func(c *v1alpha1.PeeredCluster) {
				c.Spec.Rollout.Approval = v1alpha1.ApprovalManual
				if len(c.Spec.AllowedNamespaces.Names) == 0 {
					c.Spec.AllowedNamespaces.Names = []string{"network"}
				}
			})
			return nil
		}})
		for _, change := range append([]func(*v1alpha1.PeeredCluster){nil}, c.since...) {
			if change != nil {
				edit(change)
			} else if err := admitting.do(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		for at, command := range r.admit().undo(r.record.find("admit").Before) {
			if !strings.Contains(command.shown, "changed PeeredCluster/local") {
				continue
			}
			if err := command.do(t.Context()); c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%s, command %d: %v, want %q", name, at, err, c.want)
			}
		}
	}
}

func TestTheUndoLooksAtTheHubsClusterBeforeItDeletesAndBeforeItPutsItBack(t *testing.T) {
	t.Parallel()
	got := shown(aRun(t, func(*Settings) {}).admit().undo([]byte("{}")))
	look := "# stop where others changed PeeredCluster/local since"
	if got[1] != look || got[4] != look || !strings.Contains(got[5], "patch peeredcluster/local") {
		t.Error(strings.Join(got, "\n"))
	}
}
