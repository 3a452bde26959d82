package main

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/krew/pkg/constants"
	"sigs.k8s.io/krew/pkg/index"
	"sigs.k8s.io/yaml"
)

const (
	short = "Peer the VPCs of EKS clusters until pods reach pods"
	long  = `Shows and steers crossvpc, the operator that peers the VPCs of two EKS clusters
with Cilium in ENI mode: what a VPCPeering waits for, what it would change,
how far a rollout of nodes is, and at which hop packets stop.
`
	caveats = `The operator itself is installed by its Helm chart or by one YAML file:
https://github.com/crossvpc/crossvpc/blob/main/docs/install.md
Begin with: kubectl crossvpc check
`
)

// manifestOf is the manifest for Krew (https://krew.sigs.k8s.io/docs/developer-guide/plugin-manifest/).
func manifestOf(o options, packed []archive) ([]byte, error) {
	p := index.Plugin{
		TypeMeta:   metav1.TypeMeta{APIVersion: constants.CurrentAPIVersion, Kind: constants.PluginKind},
		ObjectMeta: metav1.ObjectMeta{Name: "crossvpc"},
		Spec: index.PluginSpec{
			Version: o.version, ShortDescription: short, Description: long, Caveats: caveats,
			Homepage: "https://github.com/crossvpc/crossvpc",
		},
	}
	for _, a := range packed {
		p.Spec.Platforms = append(p.Spec.Platforms, index.Platform{
			URI: o.url + "/" + a.file, Sha256: a.sha256, Bin: a.bin,
			Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"os": a.os, "arch": a.arch}},
			Files:    []index.FileOperation{{From: a.bin, To: "."}, {From: "LICENSE", To: "."}},
		})
	}
	return yaml.Marshal(p)
}
