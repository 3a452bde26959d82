package firstrun

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/yaml"

	"github.com/crossvpc/crossvpc/internal/plugin/view"
)

// permissions say what crossvpc will be allowed to do, from the files that grant it.
func (r *run) permissions() view.Item {
	root := view.Item{Name: "What crossvpc will be allowed to do", State: view.Good}
	for _, granted := range []struct{ name, file string }{
		{"Role " + r.hub.role(r.hub.seen.account), "config/iam/requester.json"},
		{"Role " + r.other.role(r.other.seen.account), "config/iam/accepter.json"},
	} {
		actions, err := r.policyActions(granted.file)
		root.Items = append(root.Items, said(granted.name+" ("+granted.file+")", actions, err))
	}
	rights, err := r.clusterRights()
	root.Items = append(root.Items, said("In both clusters (config/cluster)", rights, err))
	root.State = view.Worst(root.Items)
	return root
}

func said(name string, what []string, err error) view.Item {
	if err != nil {
		return view.Item{Name: name, State: view.Unknown, Message: fmt.Sprintf("It cannot be read: %v. Run this in the folder of the sources.", err)}
	}
	return view.Item{Name: name, State: view.Good, Message: strings.Join(what, ", ") + "."}
}

// policyActions are the actions of a policy that change something; to read is one of them.
func (r *run) policyActions(file string) ([]string, error) {
	content, err := os.ReadFile(filepath.Join(r.Sources, file))
	if err != nil {
		return nil, err
	}
	var policy struct{ Statement []struct{ Action []string } }
	if err := json.Unmarshal(content, &policy); err != nil {
		return nil, err
	}
	actions := []string{"read"}
	for _, statement := range policy.Statement {
		for _, action := range statement.Action {
			_, verb, _ := strings.Cut(action, ":")
			if !strings.HasPrefix(verb, "Describe") && !strings.HasPrefix(verb, "Get") {
				actions = append(actions, action)
			}
		}
	}
	slices.Sort(actions[1:])
	return slices.Compact(actions), nil
}

// clusterRights are the verbs that change something, by resource.
func (r *run) clusterRights() ([]string, error) {
	content, err := os.ReadFile(filepath.Join(r.Sources, "config/cluster/role.yaml"))
	if err != nil {
		return nil, err
	}
	rights := []string{"read"}
	for document := range strings.SplitSeq(string(content), "\n---\n") {
		var role rbacv1.ClusterRole
		if err := yaml.Unmarshal([]byte(document), &role); err != nil {
			return nil, err
		}
		for _, rule := range role.Rules {
			for _, verb := range rule.Verbs {
				if !slices.Contains([]string{"get", "list", "watch"}, verb) {
					rights = append(rights, verb+" "+strings.Join(rule.Resources, "/"))
				}
			}
		}
	}
	slices.Sort(rights[1:])
	return slices.Compact(rights), nil
}
