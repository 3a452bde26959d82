package rig

import (
	"context"

	"github.com/crossvpc/crossvpc/test/nodesim"
	"github.com/crossvpc/crossvpc/test/scene"
)

func (r *Rig) startNodes(ctx context.Context) error {
	return r.bothSides(func(side *Side) error {
		eks, err := scene.AddCluster(ctx, r.Accounts, side.Network, scene.ClusterSpec{Name: EKSName(side.Name), Nodes: side.Size})
		if err != nil {
			return err
		}
		side.EKS = eks
		config, err := r.Accounts.Config(ctx, side.Network.Account, side.Network.Region)
		if err != nil {
			return err
		}
		options := nodesim.Options{
			Kubernetes: side.Cluster.Config(), AWS: config, Cluster: eks,
			CiliumVersion: r.Options.CiliumVersion, FirstInterface: 1,
		}
		if r.Options.EditSim != nil {
			r.Options.EditSim(side.Name, &options)
		}
		if side.Nodes, err = nodesim.Start(ctx, options); err != nil {
			return err
		}
		r.onStop(func() error { side.Nodes.Stop(); return nil })
		return side.Nodes.WaitForNodes(ctx, side.Size)
	})
}

func (r *Rig) deployWorkloads(ctx context.Context) error {
	return r.bothSides(func(side *Side) error {
		if r.Options.Bare && side == r.EU {
			return nil
		}
		for _, workload := range r.Options.Workloads {
			for _, object := range workload.Objects() {
				if err := side.Kube.Create(ctx, object); err != nil {
					return err
				}
			}
		}
		return r.waitForPods(ctx, side)
	})
}
