package cilium

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Node is the part of a Node that decides which options reach it.
type Node struct {
	Name        string
	Labels      map[string]string
	Annotations map[string]string
}

// Objects holds the options as the cluster has them.
type Objects struct {
	// ConfigMaps holds data by "namespace/name". A missing one counts as empty, as
	// in the agent.
	ConfigMaps  map[string]map[string]string
	NodeConfigs []NodeConfig
}

// Option is the value of one option and where it comes from, such as
// "ConfigMap/cilium-config" or "CiliumNodeConfig/gpu-nodes".
type Option struct {
	Value, Source string
}

// Resolve gives the options that an agent which starts now on the node gets.
func (s Sources) Resolve(objects Objects, node Node) map[string]Option {
	resolved := map[string]Option{}
	for i, source := range s.List {
		options := source.read(objects, node)
		maps.DeleteFunc(options, func(key string, _ Option) bool { return i > 0 && !s.mayOverride(key) })
		maps.Copy(resolved, options)
	}
	fill(resolved, s.Environment, "DaemonSet/"+DaemonSetName)
	fill(resolved, s.Flags, "DaemonSet/"+DaemonSetName)
	return resolved
}

func (s Source) read(objects Objects, node Node) map[string]Option {
	options := map[string]Option{}
	switch s.Kind {
	case SourceConfigMap:
		fill(options, fileOptions(objects.ConfigMaps[s.Namespace+"/"+s.Name]), "ConfigMap/"+s.Name)
	case SourceNodeConfig:
		for _, config := range byName(objects.NodeConfigs) {
			if s.includes(config, node) {
				fill(options, fileOptions(config.Spec.Defaults), "CiliumNodeConfig/"+config.Metadata.Name)
			}
		}
	case SourceNode:
		fill(options, fileOptions(nodeOptions(node.Labels)), "Node/"+node.Name)
		fill(options, fileOptions(nodeOptions(node.Annotations)), "Node/"+node.Name)
	}
	return options
}

func (s Source) includes(config NodeConfig, node Node) bool {
	if config.Metadata.Namespace != s.Namespace {
		return false
	}
	if s.Name != "" {
		return config.Metadata.Name == s.Name
	}
	return config.Selects(node.Labels)
}

// byName puts the objects in the order of the agent: the last name wins.
func byName(configs []NodeConfig) []NodeConfig {
	return slices.SortedFunc(slices.Values(configs), func(a, b NodeConfig) int {
		return cmp.Compare(a.Metadata.Name, b.Metadata.Name)
	})
}

func nodeOptions(marks map[string]string) map[string]string {
	options := map[string]string{}
	for mark, value := range marks {
		if key, found := strings.CutPrefix(mark, "config.cilium.io/"); found {
			options[key] = value
		}
	}
	return options
}

// fileOptions are options as the agent reads them from a directory, whatever they were collected from.
func fileOptions(data map[string]string) map[string]string {
	options := make(map[string]string, len(data))
	for key, value := range data {
		options[key] = fileOption(value)
	}
	return options
}

// fileOption is what the agent reads from a file: without the space around it (ReadDirConfig in pkg/option/config.go). A
// flag and a variable are taken as they are.
func fileOption(value string) string { return strings.TrimSpace(value) }

func fill(options map[string]Option, data map[string]string, source string) {
	for key, value := range data {
		options[key] = Option{Value: value, Source: source}
	}
}
