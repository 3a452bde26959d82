package cilium

import "strings"

// resolver gives the options of many nodes. Nodes that the same objects apply to have
// the same options, and there are few different ones among hundreds of nodes.
type resolver struct {
	sources Sources
	objects Objects
	known   map[string]map[string]Option
}

func newResolver(sources Sources, objects Objects) *resolver {
	objects.NodeConfigs = byName(objects.NodeConfigs)
	return &resolver{sources: sources, objects: objects, known: map[string]map[string]Option{}}
}

// resolve is [Sources.Resolve]; the answer is shared.
func (r *resolver) resolve(node Node) map[string]Option {
	key := r.appliesTo(node)
	options, known := r.known[key]
	if !known {
		options = r.sources.Resolve(r.objects, node)
		r.known[key] = options
	}
	return options
}

// appliesTo tells nodes apart that may have different options.
func (r *resolver) appliesTo(node Node) string {
	var parts []string
	for _, source := range r.sources.List {
		switch source.Kind {
		case SourceNodeConfig:
			for i := range r.objects.NodeConfigs {
				if source.includes(r.objects.NodeConfigs[i], node) {
					parts = append(parts, source.Namespace+"/"+r.objects.NodeConfigs[i].Metadata.Name)
				}
			}
		case SourceNode:
			if len(nodeOptions(node.Labels))+len(nodeOptions(node.Annotations)) > 0 {
				parts = append(parts, "Node/"+node.Name)
			}
		}
		parts = append(parts, "")
	}
	return strings.Join(parts, "\n")
}
