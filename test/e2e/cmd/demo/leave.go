package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/crossvpc/crossvpc/test/e2e/rig"
)

// goneWithin is how long it may take until nothing is left after kubectl delete.
const goneWithin = 45 * time.Second

// leave deletes the objects and checks that nothing is left.
func (s *story) leave(ctx context.Context) error {
	s.screen.Title("The peering goes, and everything with it")
	began, before := time.Now(), s.calls.Total()
	if err := s.kubectl(ctx, "delete", "vpcpeering", "-n", "network", "eu-us", "--timeout=60s"); err != nil {
		return err
	}
	if err := poll(ctx, goneWithin, func() (string, error) { return s.leftovers(ctx) }); err != nil {
		return err
	}
	took := time.Since(began).Seconds()
	s.screen.Done("no peering connection, no route and no rule is left in either account, no CiliumNodeConfig in either cluster, no node is cordoned")
	if err := s.wire.showGone(ctx, s.screen); err != nil {
		return err
	}
	if err := s.kubectl(ctx, "delete", "peeredclusters,awsidentities", "--all", "--timeout=60s"); err != nil {
		return err
	}
	if err := s.kubectl(ctx, "get", "vpcpeerings,peeredclusters,awsidentities", "-A"); err != nil {
		return err
	}
	s.note("after kubectl delete nothing was left, %.1f s and %d AWS calls later", took, s.calls.Total()-before)
	return nil
}

// leftovers names the first thing that is still there.
func (s *story) leftovers(ctx context.Context) (string, error) {
	for i, side := range s.rig.Sides() {
		peer := s.rig.Sides()[1-i]
		for _, look := range []func(context.Context, *rig.Side, *rig.Side) (string, error){s.leftInAWS, s.leftInCluster} {
			if left, err := look(ctx, side, peer); left != "" || err != nil {
				return left, err
			}
		}
	}
	return "", nil
}

func (s *story) leftInAWS(ctx context.Context, side, peer *rig.Side) (string, error) {
	connections, err := s.aws.connections(ctx, side.Network)
	if err != nil {
		return "", err
	}
	if len(connections) > 0 {
		return fmt.Sprintf("%s: peering connections %v are left", side.Name, slices.Collect(maps.Keys(connections))), nil
	}
	routes, err := s.aws.routes(ctx, side.Network)
	if err != nil {
		return "", err
	}
	rules, err := s.aws.rules(ctx, side, peer.Network.Blocks)
	if err != nil {
		return "", err
	}
	if len(routes)+len(rules) > 0 {
		return fmt.Sprintf("%s: routes %v and rules %v are left", side.Name, routes, rules), nil
	}
	return "", nil
}

func (s *story) leftInCluster(ctx context.Context, side, _ *rig.Side) (string, error) {
	configs, err := side.Cluster.Kubectl(ctx, "get", "ciliumnodeconfigs", "-A", "-o", "name")
	if err != nil {
		return "", err
	}
	if strings.Contains(configs, "/") {
		return fmt.Sprintf("%s: %s is left", side.Name, strings.TrimSpace(configs)), nil
	}
	var nodes corev1.NodeList
	if err := side.Kube.List(ctx, &nodes); err != nil {
		return "", err
	}
	for _, node := range nodes.Items {
		if node.Spec.Unschedulable {
			return fmt.Sprintf("%s: node %s is cordoned", side.Name, node.Name), nil
		}
	}
	return "", nil
}
