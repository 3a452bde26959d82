package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/e2e/rig"
)

// What a user would write.
var (
	//go:embed owners.yaml
	ownersYAML string
	//go:embed peering.yaml
	peeringYAML string
)

// apply shows a manifest and applies it.
func (s *story) apply(ctx context.Context, name, manifest string) error {
	folder, err := os.MkdirTemp("", "crossvpc-demo-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, []byte(manifest), 0o600); err != nil {
		return err
	}
	s.screen.Command("cat " + name)
	s.screen.Output(manifest)
	s.screen.Command("kubectl apply -f " + name)
	out, err := s.rig.EU.Cluster.Kubectl(ctx, "apply", "-f", path)
	if err != nil {
		return err
	}
	s.screen.Output(out)
	return nil
}

func (s *story) peering(ctx context.Context) (*v1alpha1.VPCPeering, error) {
	peering := &v1alpha1.VPCPeering{}
	err := s.rig.EU.Kube.Get(ctx, client.ObjectKey{Namespace: rig.UserNamespace, Name: "eu-us"}, peering)
	if err != nil {
		return nil, fmt.Errorf("reading the VPCPeering: %w", err)
	}
	return peering, nil
}

// cluster reads the PeeredCluster of a side.
func (s *story) cluster(ctx context.Context, side *rig.Side) (*v1alpha1.PeeredCluster, error) {
	name := "us"
	if side == s.rig.EU {
		name = "local"
	}
	cluster := &v1alpha1.PeeredCluster{}
	if err := s.rig.EU.Kube.Get(ctx, client.ObjectKey{Name: name}, cluster); err != nil {
		return nil, fmt.Errorf("reading PeeredCluster %s: %w", name, err)
	}
	return cluster, nil
}

func join(args []string) string { return strings.Join(args, " ") }
