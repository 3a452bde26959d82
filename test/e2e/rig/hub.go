package rig

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/controlplane"
	"github.com/crossvpc/crossvpc/test/scene"
)

// StartHub starts only what a manager needs: an API server, as Side EU, and a simulated AWS without any network. The
// accounts are what the caller makes; crossvpc's role in each is RoleIn, for an AWSIdentity that IdentityIn names.
func StartHub(ctx context.Context, options Options, accounts ...string) (*Rig, error) {
	options.Alone = true
	r := &Rig{Options: options.withDefaults()}
	for _, step := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"a simulated AWS", r.startEmptyAWS},
		{"one API server", r.startAPIServer},
		{"crossvpc's CRDs and rights, from config/", r.installHub},
	} {
		r.Options.Say(step.what)
		if err := step.do(ctx); err != nil {
			return nil, errors.Join(fmt.Errorf("setting up %s: %w", step.what, err), r.Stop())
		}
	}
	for _, account := range accounts {
		role := awssim.Role{ARN: RoleIn(account), Principals: []string{scene.RequesterAccount}, ExternalID: InstallationID + "/" + IdentityIn(account)}
		if err := r.Cloud.DeclareRole(role); err != nil {
			return nil, errors.Join(err, r.Stop())
		}
	}
	return r, nil
}

// RoleIn is crossvpc's role in an account.
func RoleIn(account string) string { return "arn:aws:iam::" + account + ":role/crossvpc" }

// IdentityIn names the AWSIdentity of that role.
func IdentityIn(account string) string { return "account-" + account }

func (r *Rig) startEmptyAWS(ctx context.Context) error {
	r.Cloud = awssim.New(awssim.Options{Timing: r.Options.Timing})
	url, err := r.Cloud.Listen(context.WithoutCancel(ctx), "127.0.0.1:0")
	if err != nil {
		return err
	}
	r.URL, r.Accounts = url, scene.KeyPerAccount(url)
	r.Cloud.RegisterKey(managerKey, awssim.Principal{Account: scene.RequesterAccount, ARN: ManagerARN, UserID: "AROAMANAGER"})
	return nil
}

func (r *Rig) startAPIServer(ctx context.Context) error {
	var err error
	if r.dir, err = os.MkdirTemp("", "crossvpc-rig-"); err != nil {
		return err
	}
	r.onStop(func() error { return os.RemoveAll(r.dir) })
	fleet, err := controlplane.Start(ctx, controlplane.Options{Names: []string{"eu"}, Dir: r.Options.Dir})
	if err != nil {
		return err
	}
	r.fleet = fleet
	r.onStop(fleet.Stop)
	r.EU = &Side{Name: "eu", Cluster: fleet.Cluster("eu")}
	r.Hub = r.EU
	r.EU.Kube, err = newClient(r.EU.Cluster)
	return err
}

// MoveHub starts one more API server and installs crossvpc there: the next manager runs in it. What it reaches of the
// former hub is a kubeconfig, as Secret eu.
func (r *Rig) MoveHub(ctx context.Context) error {
	fleet, err := controlplane.Start(ctx, controlplane.Options{Names: []string{"hub"}, Dir: r.Options.Dir})
	if err != nil {
		return err
	}
	r.onStop(fleet.Stop)
	former := r.Hub
	r.Hub = &Side{Name: "hub", Cluster: fleet.Cluster("hub")}
	if r.Hub.Kube, err = newClient(r.Hub.Cluster); err != nil {
		return err
	}
	if err := r.installHub(ctx); err != nil {
		return err
	}
	return r.grantByKubeconfig(ctx, former)
}

func (r *Rig) installHub(ctx context.Context) error {
	if err := r.applyManifests(ctx); err != nil {
		return err
	}
	return r.Hub.Kube.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: UserNamespace}})
}

// applyManifests applies CRDs and rights in the hub.
func (r *Rig) applyManifests(ctx context.Context) error {
	if chart := r.Options.Chart; chart != nil {
		if err := chart.apply(ctx, r.Hub, "installationID="+InstallationID); err != nil {
			return err
		}
		return r.Hub.Cluster.Established(ctx)
	}
	root, err := r.sources(ctx)
	if err != nil {
		return err
	}
	for _, folder := range []string{"crd", "cluster", "rbac"} {
		if _, err = r.Hub.Cluster.Kubectl(ctx, "apply", "--server-side", "-k", filepath.Join(root, "config", folder)); err != nil {
			return err
		}
	}
	return r.Hub.Cluster.Established(ctx)
}
