package firstrun

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/bootstrap"
	"github.com/crossvpc/crossvpc/internal/plugin/view"
)

// admit says who may do what: the roles of both accounts, and how both clusters are reached and renewed.
func (r *run) admit() step {
	return step{
		id: "admit", title: "AWSIdentities and PeeredClusters: who may do what",
		why: "Two AWSIdentities (a role each), and two PeeredClusters with approval: Manual, so that no node is renewed before you approve. " +
			"They admit namespace " + r.Namespace + " and no other. Nothing is changed in AWS or in the clusters.",
		before: r.beforeAdmit,
		do: []command{
			r.notingLocal(r.kubectlWith(r.hub, r.ownersYAML(), "apply", "--server-side", "--force-conflicts", "--field-manager=first-run", "-f", "-")),
		},
		settled: func(ctx context.Context) error {
			if err := r.ready(ctx); err != nil {
				return err
			}
			check := r.crossvpc("check")
			r.say("  $ %s", check.shown)
			return check.do(ctx)
		},
		undo: func(before json.RawMessage) []command {
			local := theCluster(bootstrap.LocalCluster)
			restore, _ := json.Marshal([]map[string]any{{"op": "replace", "path": "/spec", "value": before}}) // what was read as JSON
			return slices.Concat(
				[]command{r.unless("these AWSIdentities and PeeredClusters", func(all inventory) []string { return all.usersOf([]string{r.hub.Name, r.other.Name}, r.other.object) }), r.unlessLocalChanged()},
				r.remove(theCluster(r.other.object)),
				[]command{r.unlessLocalChanged(), r.whileThere(local, r.kubectl(r.hub, "patch", local.kubectlName(), "--type=json", "-p", string(restore)))},
				r.remove(theIdentity(r.hub.Name)), r.remove(theIdentity(r.other.Name)),
			)
		},
		undone: "deletes PeeredCluster/" + r.other.object + " and both AWSIdentities, and gives PeeredCluster/local the spec that it had. It stops where somebody else's objects use them, and where somebody changed PeeredCluster/local since.",
	}
}

// beforeAdmit refuses the objects of others, except PeeredCluster/local, which the operator makes and an undo puts back.
func (r *run) beforeAdmit(ctx context.Context) (json.RawMessage, error) {
	if err := r.freeNames(ctx); err != nil {
		return nil, err
	}
	return r.localSpec(ctx)
}

// localSpec is what PeeredCluster/local says before: the operator's defaults, or yours.
func (r *run) localSpec(ctx context.Context) (json.RawMessage, error) {
	local := &v1alpha1.PeeredCluster{}
	if err := r.hub.kube.Get(ctx, client.ObjectKey{Name: bootstrap.LocalCluster}, local); err != nil {
		return nil, fmt.Errorf("reading PeeredCluster/local: %w", err)
	}
	return json.Marshal(local.Spec)
}

// sameInstallation: the external id that the operator sends begins with its own installation id. With another one than ours all that
// it makes would carry that other id, and the proof in the end would look for the wrong one.
func (r *run) sameInstallation(identity *v1alpha1.AWSIdentity) error {
	sent := identity.Status.ExternalID
	if sent == "" || sent == r.InstallationID+"/"+identity.Name {
		return nil
	}
	its := strings.TrimSuffix(sent, "/"+identity.Name)
	return stuck(fmt.Sprintf("the operator in cluster %s is of installation %q, and ID says %q. Undo this step with make first-run UNDO=last. Then set ID=%s, or give the operator your id",
		r.hub.Cluster, its, r.InstallationID, its))
}

// ready waits until the roles work and both clusters answer. What is wrong the conditions say, with the remedy ready to paste.
func (r *run) ready(ctx context.Context) error {
	return r.until(ctx, func(ctx context.Context) (bool, string, error) {
		var waits []string
		for _, s := range r.sides() {
			identity, cluster := &v1alpha1.AWSIdentity{}, &v1alpha1.PeeredCluster{}
			if err := r.living(ctx, named{"AWSIdentity", identity, client.ObjectKey{Name: s.Name}}); err != nil {
				return false, "", err
			}
			if err := r.living(ctx, named{"PeeredCluster", cluster, client.ObjectKey{Name: s.object}}); err != nil {
				return false, "", err
			}
			if err := r.sameInstallation(identity); err != nil {
				return false, "", err
			}
			for _, item := range []view.Item{view.Identity(identity), view.Cluster(cluster)} {
				if item.State != view.Good {
					waits = append(waits, item.Name+": "+item.Message)
				}
			}
		}
		if len(waits) == 0 {
			return true, "Both roles work, and both clusters answer.", nil
		}
		return false, strings.Join(waits, " "), nil
	})
}
