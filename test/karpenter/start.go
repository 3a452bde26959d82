package karpenter

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/crossvpc/crossvpc/test/controlplane"
	"github.com/crossvpc/crossvpc/test/scene"
)

// User is who Karpenter is in the API server's audit log.
const User = "karpenter"

// instanceType is the one that nodes of a NodePool have; nodesim's nodes are of its size.
const instanceType = "m5.large"

// Install makes Karpenter's kinds known in the cluster, and its default node class.
func Install(ctx context.Context, cluster *controlplane.Cluster) error {
	folders, err := Definitions(ctx)
	if err != nil {
		return err
	}
	for _, folder := range folders {
		if _, err := cluster.Kubectl(ctx, "apply", "--server-side", "-f", folder); err != nil {
			return err
		}
	}
	return cluster.Established(ctx)
}

// Start runs Karpenter as a part of the cluster, with which it ends: url is the simulated AWS, and dir keeps its files.
func Start(ctx context.Context, cluster *controlplane.Cluster, eks *scene.Cluster, url, dir string) error {
	program, err := Program(ctx, io.Discard)
	if err != nil {
		return err
	}
	kubeconfig, err := cluster.UserKubeconfig(User, "system:masters")
	if err != nil {
		return err
	}
	access, where, types := filepath.Join(dir, "karpenter.kubeconfig"), filepath.Join(dir, "karpenter.json"), filepath.Join(dir, "instance-types.json")
	if err := os.WriteFile(access, kubeconfig, 0o600); err != nil {
		return err
	}
	if err := writeJSON(where, placeOf(eks, url, access)); err != nil {
		return err
	}
	if err := writeJSON(types, instanceTypes(eks.Network)); err != nil {
		return err
	}
	return cluster.Run(User, program, where, "--instance-types-file-path="+types, "--batch-max-duration=2s", "--batch-idle-duration=500ms")
}

func writeJSON(path string, content any) error {
	encoded, err := json.Marshal(content)
	if err != nil {
		return fmt.Errorf("encode %s: %w", path, err)
	}
	return os.WriteFile(path, encoded, 0o600)
}

// placeOf is the program's input (place in controller/main.go).
func placeOf(eks *scene.Cluster, url, kubeconfig string) map[string]any {
	subnets := map[string]string{}
	for _, zone := range eks.Network.Zones {
		subnets[zone.Name] = zone.Nodes.ID
	}
	return map[string]any{
		"Environment": map[string]string{
			"KUBECONFIG": kubeconfig, "AWS_ENDPOINT_URL": url, "AWS_REGION": eks.Network.Region,
			"AWS_ACCESS_KEY_ID": eks.Network.Account, "AWS_SECRET_ACCESS_KEY": "secret", "AWS_EC2_METADATA_DISABLED": "true",
		},
		"Cluster": eks.Name, "Image": scene.Image, "Groups": eks.NodeGroups, "Subnets": subnets,
	}
}

// instanceTypes is kwok's list of instance types: one, to be had in every zone.
func instanceTypes(network *scene.Network) []map[string]any {
	var offerings []map[string]any
	for i, zone := range network.Zones {
		offerings = append(offerings, map[string]any{"Price": 0.1 + float64(i)/1000, "Available": true, "Requirements": []map[string]any{
			{"key": "karpenter.sh/capacity-type", "operator": "In", "values": []string{"on-demand"}},
			{"key": "topology.kubernetes.io/zone", "operator": "In", "values": []string{zone.Name}},
		}})
	}
	return []map[string]any{{
		"name": instanceType, "architecture": "amd64", "operatingSystems": []string{"linux"}, "offerings": offerings,
		"resources": map[string]string{"cpu": "2", "memory": "8Gi", "pods": "29"},
	}}
}
