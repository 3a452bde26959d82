package rig

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/bootstrap"
	"github.com/crossvpc/crossvpc/test/scene"
)

// Names of what a user of the rig refers to.
const (
	// SystemNamespace is where crossvpc runs.
	SystemNamespace = "crossvpc-system"
	// ServiceAccount is whose rights it has.
	ServiceAccount = "crossvpc"
	// UserNamespace is where VPCPeerings are made.
	UserNamespace = "network"
	// InstallationID marks what the rig's manager makes.
	InstallationID = "demo"
)

// Root is the folder of the module's sources.
func Root(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/crossvpc/crossvpc").Output()
	if err != nil {
		return "", fmt.Errorf("finding the sources: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// sources is where what is installed comes from.
func (r *Rig) sources(ctx context.Context) (string, error) {
	if r.Options.Sources != "" {
		return r.Options.Sources, nil
	}
	return Root(ctx)
}

// grantInUS applies the rights in the us cluster.
func (r *Rig) grantInUS(ctx context.Context) error {
	if chart := r.Options.Chart; chart != nil {
		return chart.apply(ctx, r.US, "manager.enabled=false,crds.enabled=false")
	}
	root, err := r.sources(ctx)
	if err != nil {
		return err
	}
	_, err = r.US.Cluster.Kubectl(ctx, "apply", "--server-side", "-k", filepath.Join(root, "config", "cluster"))
	return err
}

// Upgrade installs CRDs, roles and policies of other sources over those that are there, as a user who follows a release does.
func (r *Rig) Upgrade(ctx context.Context, sources string) error {
	r.Options.Sources = sources
	for _, step := range []func(context.Context) error{r.applyManifests, r.limitPermissions, r.grantInUS} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// install makes both accounts and both clusters ready for the manager. It applies what a user would, except the Deployment:
// the manager runs as a process of this machine, with the service account's own token.
func (r *Rig) install(ctx context.Context) error {
	if !r.Options.NotInstalled && !r.Options.Untouched {
		if err := r.installHub(ctx); err != nil {
			return err
		}
	}
	if err := r.limitPermissions(ctx); err != nil || r.Options.Alone {
		return err
	}
	if r.Options.Untouched {
		return errors.Join(r.addHubRole(ctx), r.standBehindEKS(ctx))
	}
	if err := r.grantInUS(ctx); err != nil {
		return err
	}
	if r.Options.Kubeconfig {
		return r.grantByKubeconfig(ctx, r.US)
	}
	return r.grantByEntry(ctx)
}

// RoleARN is the role that crossvpc assumes in the accepter's account.
const RoleARN = "arn:aws:iam::" + scene.AccepterAccount + ":role/crossvpc"

// firstObjectsMade waits until the manager has made the first objects of a new installation: nobody applies its own over them
// in the same moment.
func (r *Rig) firstObjectsMade(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	key := client.ObjectKey{Namespace: SystemNamespace, Name: bootstrap.Marker}
	return Until(ctx, "the first objects", func() (bool, error) {
		err := r.Hub.Kube.Get(ctx, key, &corev1.ConfigMap{})
		return err == nil, client.IgnoreNotFound(err)
	})
}
