package firstrun

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
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
			r.kubectlWith(r.hub, r.ownersYAML(), "apply", "--server-side", "--force-conflicts", "--field-manager=first-run", "-f", "-"),
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
			names := []string{"awsidentity/" + r.hub.Name, "awsidentity/" + r.other.Name}
			restore, _ := json.Marshal([]map[string]any{{"op": "replace", "path": "/spec", "value": before}}) // what was read as JSON
			return []command{
				r.kubectl(r.hub, "delete", "--ignore-not-found", "--timeout=5m", "peeredcluster/"+r.other.object),
				r.unlessGone(r.kubectl(r.hub, "patch", "peeredcluster/"+localCluster, "--type=json", "-p", string(restore))),
				r.kubectl(r.hub, append([]string{"delete", "--ignore-not-found", "--timeout=5m"}, names...)...),
			}
		},
		undone: "deletes PeeredCluster/" + r.other.object + " and both AWSIdentities, and gives PeeredCluster/local the spec that it had.",
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
	if err := r.hub.kube.Get(ctx, client.ObjectKey{Name: localCluster}, local); err != nil {
		return nil, fmt.Errorf("reading PeeredCluster/local: %w", err)
	}
	return json.Marshal(local.Spec)
}

// unlessGone runs a command only while PeeredCluster/local is there.
func (r *run) unlessGone(c command) command {
	do := c.do
	c.do = func(ctx context.Context) error {
		there, err := exists(r.hub, &v1alpha1.PeeredCluster{}, client.ObjectKey{Name: localCluster})(ctx)
		if err != nil || !there {
			return err
		}
		return do(ctx)
	}
	return c
}

// ready waits until the roles work and both clusters answer. What is wrong the conditions say, with the remedy ready to paste.
func (r *run) ready(ctx context.Context) error {
	return r.until(ctx, func(ctx context.Context) (bool, string, error) {
		var waits []string
		for _, s := range r.sides() {
			identity, cluster := &v1alpha1.AWSIdentity{}, &v1alpha1.PeeredCluster{}
			if err := r.hub.kube.Get(ctx, client.ObjectKey{Name: s.Name}, identity); err != nil {
				return false, "", err
			}
			if err := r.hub.kube.Get(ctx, client.ObjectKey{Name: s.object}, cluster); err != nil {
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
