package cilium

import (
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

// SourceKind is a kind of object that options come from.
type SourceKind string

const (
	// SourceConfigMap is one ConfigMap.
	SourceConfigMap SourceKind = "config-map"
	// SourceNodeConfig is the CiliumNodeConfigs of a namespace.
	SourceNodeConfig SourceKind = "cilium-node-config"
	// SourceNode is labels and annotations config.cilium.io/<key> of the node.
	SourceNode SourceKind = "node"
)

// Source is one place that options come from.
type Source struct {
	Kind      SourceKind
	Namespace string
	// Name of a ConfigMap. With a name, a CiliumNodeConfig applies whatever it selects.
	Name string
}

// Sources is where the agents of an install get their options, in order: a later
// source overrides an earlier one (cilium-dbg build-config, pkg/option/resolver).
type Sources struct {
	List []Source
	// Allow, if not empty, holds the only keys that a source other than the first
	// may set; else Deny holds those it may not.
	Allow, Deny []string
	// Flags are options on the agent's own command line (Helm extraArgs); they win
	// over every source.
	Flags map[string]string
}

// DefaultSources is what an agent in the namespace does without flags.
func DefaultSources(namespace string) Sources {
	return Sources{List: []Source{
		{Kind: SourceConfigMap, Namespace: namespace, Name: ConfigMapName},
		{Kind: SourceNodeConfig, Namespace: namespace},
	}}
}

// SourcesOf reads the init container "config" of Cilium's DaemonSet. Without that
// container the agent reads a mounted ConfigMap and nothing else
// (docs/facts/cilium.md#ciliumnodeconfig).
func SourcesOf(daemonSet *appsv1.DaemonSet) Sources {
	spec, namespace := daemonSet.Spec.Template.Spec, daemonSet.Namespace
	i := slices.IndexFunc(spec.InitContainers, func(c corev1.Container) bool { return c.Name == "config" })
	if i < 0 {
		mounted := Source{Kind: SourceConfigMap, Namespace: namespace, Name: mountedConfigMap(spec)}
		return Sources{List: []Source{mounted}, Flags: agentFlags(spec)}
	}
	words := slices.Concat(spec.InitContainers[i].Command, spec.InitContainers[i].Args)
	sources := DefaultSources(namespace)
	sources.Flags = agentFlags(spec)
	if list := flagValues(words, "--source"); len(list) > 0 {
		sources.List = parseSources(namespace, list)
	}
	sources.Allow, sources.Deny = flagValues(words, "--allow-config-keys"), flagValues(words, "--deny-config-keys")
	return sources
}

// ConfigMaps lists the ConfigMaps among the sources: what to read before Resolve.
func (s Sources) ConfigMaps() []Source {
	return slices.DeleteFunc(slices.Clone(s.List), func(source Source) bool { return source.Kind != SourceConfigMap })
}

// ReadsNodeConfigs reports whether CiliumNodeConfigs of the namespace can set the
// key: they are a source, listed without a name, that may set it.
func (s Sources) ReadsNodeConfigs(namespace, key string) bool {
	if _, fixed := s.Flags[key]; fixed {
		return false
	}
	i := slices.Index(s.List, Source{Kind: SourceNodeConfig, Namespace: namespace})
	return i == 0 || i > 0 && s.mayOverride(key)
}

func (s Sources) mayOverride(key string) bool {
	if len(s.Allow) > 0 {
		return slices.Contains(s.Allow, key)
	}
	return !slices.Contains(s.Deny, key)
}

// flagValues reads every "--name=a,b" and "--name a,b" of a command line.
func flagValues(words []string, name string) []string {
	var values []string
	for i, word := range words {
		value, found := strings.CutPrefix(word, name+"=")
		if word == name && i+1 < len(words) {
			value, found = words[i+1], true
		}
		if found {
			values = append(values, strings.FieldsFunc(value, func(r rune) bool { return r == ',' })...)
		}
	}
	return values
}

func agentFlags(spec corev1.PodSpec) map[string]string {
	flags := map[string]string{}
	if i := agentContainer(spec); i >= 0 {
		for _, word := range slices.Concat(spec.Containers[i].Command, spec.Containers[i].Args) {
			if key, value, found := strings.Cut(strings.TrimPrefix(word, "--"), "="); found && strings.HasPrefix(word, "--") {
				flags[key] = value
			}
		}
	}
	return flags
}

func agentContainer(spec corev1.PodSpec) int {
	return slices.IndexFunc(spec.Containers, func(c corev1.Container) bool { return c.Name == agentContainerName })
}

func parseSources(namespace string, list []string) []Source {
	var sources []Source
	for _, text := range list {
		kind, rest, _ := strings.Cut(strings.TrimSpace(text), ":")
		source := Source{Kind: SourceKind(kind), Namespace: namespace}
		if source.Kind == SourceConfigMap {
			source.Name = ConfigMapName
		}
		first, second, both := strings.Cut(rest, "/")
		switch {
		case both:
			source.Namespace, source.Name = first, second
		case rest != "" && source.Kind == SourceNodeConfig:
			source.Namespace = rest
		case rest != "":
			source.Name = rest
		}
		sources = append(sources, source)
	}
	return sources
}

func mountedConfigMap(spec corev1.PodSpec) string {
	for _, volume := range spec.Volumes {
		if volume.Name == "cilium-config-path" && volume.ConfigMap != nil {
			return volume.ConfigMap.Name
		}
	}
	return ConfigMapName
}
