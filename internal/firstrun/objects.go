package firstrun

import (
	"fmt"
	"maps"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// fields are a part of an object as people write it: without the defaults, which are the API server's.
type fields = map[string]any

func object(kind, name, namespace string, spec fields) fields {
	metadata := fields{"name": name}
	if namespace != "" {
		metadata["namespace"] = namespace
	}
	return fields{"apiVersion": v1alpha1.GroupVersion.String(), "kind": kind, "metadata": metadata, "spec": spec}
}

// documents are objects as one YAML text.
func documents(objects ...fields) string {
	texts := make([]string, len(objects))
	for i, o := range objects {
		content, err := yaml.Marshal(o)
		if err != nil {
			panic(fmt.Sprintf("maps of strings are YAML: %v", err))
		}
		texts[i] = string(content)
	}
	return strings.Join(texts, "---\n")
}

func (r *run) ownersYAML() string {
	admitted := fields{"names": []string{r.Namespace}}
	var objects []fields
	for _, s := range r.sides() {
		objects = append(objects, object("AWSIdentity", s.Name, "", fields{
			"roleARN": s.role(s.seen.account), "accountID": s.seen.account, "allowedNamespaces": admitted,
		}))
	}
	access := map[*side]fields{
		r.hub:   {"local": fields{}},
		r.other: {"eks": fields{"name": r.other.Cluster, "region": r.other.Region}},
	}
	for _, s := range r.sides() {
		spec := fields{"access": access[s], "identityRef": fields{"name": s.Name}, "allowedNamespaces": admitted, "rollout": r.rollout()}
		if s == r.hub {
			spec["clusterName"] = s.Cluster // local access asks EKS nothing, and instances are proven by this name
		}
		objects = append(objects, object("PeeredCluster", s.object, "", spec))
	}
	return documents(objects...)
}

// rollout is careful unless it was said otherwise.
func (r *run) rollout() fields {
	rollout, asked := fields{"approval": "Manual"}, fields{}
	_ = yaml.Unmarshal([]byte(r.Rollout), &asked) // it was read once already
	maps.Copy(rollout, asked)
	return rollout
}

func (r *run) peeringYAML(mode v1alpha1.Mode) string {
	return documents(object("VPCPeering", r.peering(), r.Namespace, fields{
		"requester": fields{"clusterRefs": []fields{{"name": r.hub.object}}}, "accepter": fields{"clusterRefs": []fields{{"name": r.other.object}}},
		"mode": mode, "verification": fields{"enabled": !r.NoVerify},
	}))
}

// settingsYAML is the ConfigMap that the manager reads its environment from.
func (r *run) settingsYAML() string {
	return documents(fields{
		"apiVersion": "v1", "kind": "ConfigMap", "metadata": fields{"name": "crossvpc-settings", "namespace": systemNamespace},
		"data": fields{"INSTALLATION_ID": r.InstallationID},
	})
}

func (r *run) namespaceYAML() string {
	return documents(fields{"apiVersion": "v1", "kind": "Namespace", "metadata": fields{"name": r.Namespace}})
}

// imageValues are what the chart is told of another image.
func (r *run) imageValues() []string {
	if r.Image == "" {
		return nil
	}
	repository, tag := r.Image, ""
	if at := strings.LastIndex(r.Image, ":"); at > strings.LastIndex(r.Image, "/") {
		repository, tag = r.Image[:at], r.Image[at+1:]
	}
	return []string{"--set", "image.repository=" + repository, "--set", "image.tag=" + tag}
}
