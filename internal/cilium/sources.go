package cilium

import (
	"cmp"
	"path"
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
	// Environment are options in the agent's environment (Helm extraEnv), which win over
	// every source, and Flags those on its command line (Helm extraArgs), which win over
	// both (viper's order: flag, environment, configuration).
	Environment, Flags map[string]string
}

// DefaultSources is what an agent in the namespace does without flags.
func DefaultSources(namespace string) Sources {
	return Sources{List: []Source{
		{Kind: SourceConfigMap, Namespace: namespace, Name: ConfigMapName},
		{Kind: SourceNodeConfig, Namespace: namespace},
	}}
}

// SourcesOf reads Cilium's DaemonSet: where the agent's init container "config" collects options from. Without that
// container the agent reads a mounted ConfigMap and nothing else, and without a directory not even that
// (docs/facts/cilium.md#ciliumnodeconfig).
func SourcesOf(daemonSet *appsv1.DaemonSet) Sources {
	spec, sources := daemonSet.Spec.Template.Spec, DefaultSources(daemonSet.Namespace)
	if i := agentContainer(spec); i >= 0 {
		sources.Flags, sources.Environment = agentFlags(spec.Containers[i]), agentEnvironment(spec.Containers[i])
	}
	init := slices.IndexFunc(spec.InitContainers, func(c corev1.Container) bool { return c.Name == "config" })
	switch {
	case sources.readsNoDirectory(spec):
		sources.List = nil
	case init < 0:
		sources.List = []Source{{Kind: SourceConfigMap, Namespace: daemonSet.Namespace, Name: mountedConfigMap(spec, sources.configDir())}}
	default:
		sources.collectedBy(spec.InitContainers[init], daemonSet.Namespace)
	}
	return sources
}

// collectedBy reads the command line of "cilium-dbg build-config" as that does (cilium-dbg/cmd/build-config.go).
func (s *Sources) collectedBy(container corev1.Container, namespace string) {
	flags := lenientFlags("build-config")
	list := flags.StringSlice("source", nil, "")
	flags.StringSliceVar(&s.Allow, "allow-config-keys", nil, "")
	flags.StringSliceVar(&s.Deny, "deny-config-keys", nil, "")
	_ = flags.Parse(arguments(container, "build-config")) // one that it cannot read does not start
	if len(*list) > 0 {
		s.List = parseSources(namespace, *list)
	}
}

// readsNoDirectory: the agent's whole command line is known, and nothing names a directory.
func (s Sources) readsNoDirectory(spec corev1.PodSpec) bool {
	i := agentContainer(spec)
	return i >= 0 && len(spec.Containers[i].Command)+len(spec.Containers[i].Args) > 0 && s.configDir() == ""
}

// configDir is where the agent reads options from, a file each.
func (s Sources) configDir() string {
	return cmp.Or(s.Flags[configDirFlag], s.Environment[configDirFlag])
}

// Fixes reports whether the agent's command line or environment sets an option, so that no source can.
func (s Sources) Fixes(key string) (where string, fixed bool) {
	if _, fixed := s.Flags[key]; fixed {
		return "the argument --" + key + " of the agent (Helm: extraArgs)", true
	}
	_, fixed = s.Environment[key]
	return "the variable CILIUM_" + strings.ToUpper(strings.ReplaceAll(key, "-", "_")) + " of the agent (Helm: extraEnv)", fixed
}

// ConfigMaps lists the ConfigMaps among the sources: what to read before Resolve.
func (s Sources) ConfigMaps() []Source {
	return slices.DeleteFunc(slices.Clone(s.List), func(source Source) bool { return source.Kind != SourceConfigMap })
}

// ReadsNodeConfigs reports whether CiliumNodeConfigs of the namespace can set the
// key: they are a source, listed without a name, that may set it.
func (s Sources) ReadsNodeConfigs(namespace, key string) bool {
	if _, fixed := s.Fixes(key); fixed {
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

// mountedConfigMap is the ConfigMap that is mounted as the agent's directory.
func mountedConfigMap(spec corev1.PodSpec, directory string) string {
	volume := "cilium-config-path"
	if i := agentContainer(spec); i >= 0 {
		for _, mount := range spec.Containers[i].VolumeMounts {
			if directory != "" && path.Clean(mount.MountPath) == path.Clean(directory) {
				volume = mount.Name
			}
		}
	}
	for i := range spec.Volumes {
		if spec.Volumes[i].Name == volume && spec.Volumes[i].ConfigMap != nil {
			return spec.Volumes[i].ConfigMap.Name
		}
	}
	return ConfigMapName
}
