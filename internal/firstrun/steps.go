package firstrun

import (
	"context"
	"encoding/json"
	"path/filepath"
	"slices"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/bootstrap"
)

// systemNamespace is where the manifests install crossvpc.
const systemNamespace = "crossvpc-system"

// probeNamespace is where probe pods run, made by the same manifests.
const probeNamespace = "crossvpc-probe"

// steps in the order in which one rests on the other.
func (r *run) steps() []step {
	steps := []step{
		r.grantRights(), r.letIn(), r.install(), r.makeNamespace(), r.admit(),
		r.plan(), r.apply(), r.renew(r.other), r.renew(r.hub),
	}
	if !r.NoVerify {
		steps = append(steps, r.verify())
	}
	return steps
}

func (r *run) folder(name string) string { return filepath.Join(r.Sources, "config", name) }

// grantRights: what crossvpc may do in the other cluster.
func (r *run) grantRights() step {
	folder := r.folder("cluster")
	return step{
		id: "rights", title: "crossvpc's rights in cluster " + r.other.Cluster,
		why:   "Cluster roles, bound to the group crossvpc, and the namespaces crossvpc-system and crossvpc-probe. It costs nothing, and nobody is in the group yet.",
		there: exists(r.other, &rbacv1.ClusterRole{}, client.ObjectKey{Name: "crossvpc-cluster"}),
		do:    []command{r.kubectl(r.other, "apply", "--server-side", "-k", folder)},
		undo: func(json.RawMessage) []command {
			return []command{r.unlessHolding(r.other, systemNamespace, probeNamespace), r.kubectl(r.other, "delete", "--ignore-not-found", "-k", folder)}
		},
		undone: "kubectl delete of the same manifests; the cluster has nothing else of crossvpc then. It stops where somebody else keeps something in its two namespaces.",
	}
}

// install the operator in the hub.
func (r *run) install() step {
	s := step{
		id: "install", title: "The operator in cluster " + r.hub.Cluster,
		why: "CRDs, crossvpc's rights, and a Deployment of two replicas in namespace crossvpc-system. It changes nothing in AWS, and nothing in the clusters before a VPCPeering asks for it. " +
			"Its own role comes by the Pod Identity association of docs/install.md, step 2.",
		there:   exists(r.hub, &corev1.Namespace{}, client.ObjectKey{Name: systemNamespace}),
		before:  func(ctx context.Context) (json.RawMessage, error) { return nil, r.beforeInstall(ctx) },
		do:      r.installCommands(),
		settled: r.installed,
		undone:  "deletes what the operator made first, PeeredCluster/local and AWSIdentity/default, while it still runs; then the operator, then its CRDs. It stops where anybody has other objects there.",
	}
	s.undo = func(json.RawMessage) []command {
		return slices.Concat(
			[]command{r.unless("the operator", inventory.besidesFirst), r.unlessHolding(r.hub, systemNamespace, probeNamespace)},
			r.remove(theCluster(bootstrap.LocalCluster)), r.remove(theIdentity(v1alpha1.DefaultName)),
			r.uninstallCommands(),
		)
	}
	return s
}

func (r *run) installCommands() []command {
	if r.Installer == ByHelm {
		args := []string{"--kube-context", r.hub.Context, "upgrade", "--install", "crossvpc", r.Chart, "--namespace", systemNamespace, "--create-namespace", "--set", "installationID=" + r.InstallationID}
		return append([]command{r.program("", "helm", append(args, r.imageValues()...)...)}, r.rolledOut()...)
	}
	commands := []command{
		r.kubectl(r.hub, "apply", "--server-side", "-k", r.folder("crd")),
		r.kubectl(r.hub, "apply", "--server-side", "-k", r.folder("cluster")),
		r.kubectlWith(r.hub, r.settingsYAML(), "apply", "--server-side", "-f", "-"),
		r.kubectl(r.hub, "apply", "--server-side", "-k", r.folder("default")),
	}
	if r.Image != "" {
		commands = append(commands, r.kubectl(r.hub, "-n", systemNamespace, "set", "image", "deployment/crossvpc", "manager="+r.Image))
	}
	return append(commands, r.rolledOut()...)
}

func (r *run) rolledOut() []command {
	return []command{r.kubectl(r.hub, "-n", systemNamespace, "rollout", "status", "deployment/crossvpc", "--timeout=5m")}
}

func (r *run) uninstallCommands() []command {
	operator := r.kubectl(r.hub, "delete", "--ignore-not-found", "-k", r.folder("default"))
	if r.Installer == ByHelm {
		operator = r.program("", "helm", "--kube-context", r.hub.Context, "uninstall", "crossvpc", "--namespace", systemNamespace, "--ignore-not-found", "--wait")
	}
	return []command{
		operator,
		r.kubectl(r.hub, "delete", "--ignore-not-found", "namespace", systemNamespace),
		r.unless("the CRDs", inventory.names), // they take every object with them, also one made a moment ago
		r.kubectl(r.hub, "delete", "--ignore-not-found", "-k", r.folder("crd")),
	}
}

// installed waits until the operator has made its first objects: then it lives, and has the lease.
func (r *run) installed(ctx context.Context) error {
	return r.until(ctx, func(ctx context.Context) (bool, string, error) {
		there, err := exists(r.hub, &corev1.ConfigMap{}, client.ObjectKey{Namespace: systemNamespace, Name: bootstrap.Marker})(ctx)
		if there {
			return true, "The operator runs, and has made AWSIdentity/default and PeeredCluster/local.", nil
		}
		return false, "Waiting for the operator's first objects (kubectl -n " + systemNamespace + " get pods,events).", err
	})
}

// makeNamespace for the VPCPeering.
func (r *run) makeNamespace() step {
	return step{
		id: "namespace", title: "Namespace " + r.Namespace,
		why:   "The VPCPeering lives in it. Who may write VPCPeerings there may peer what the next step admits.",
		there: exists(r.hub, &corev1.Namespace{}, client.ObjectKey{Name: r.Namespace}),
		do:    []command{r.kubectlWith(r.hub, r.namespaceYAML(), "apply", "--server-side", "-f", "-")},
		undo: func(json.RawMessage) []command {
			return []command{
				r.unless("namespace "+r.Namespace, func(all inventory) []string { return all.peeringsIn(r.Namespace) }),
				r.unlessHolding(r.hub, r.Namespace),
				r.kubectl(r.hub, "delete", "--ignore-not-found", "namespace", r.Namespace),
			}
		},
		undone: "deletes the namespace with all that is in it. It stops where somebody else has a VPCPeering, a Pod, a PersistentVolumeClaim, a Secret or a ConfigMap in it.",
	}
}

// exists asks for an object.
func exists(s *side, object client.Object, key client.ObjectKey) func(context.Context) (bool, error) {
	return func(ctx context.Context) (bool, error) {
		err := s.kube.Get(ctx, key, object)
		return err == nil, ignoreMissing(err)
	}
}

// ignoreMissing: neither the object nor, before the install and after it went, its kind need be there.
func ignoreMissing(err error) error {
	if apierrors.IsNotFound(err) || meta.IsNoMatchError(err) {
		return nil
	}
	return err
}
