// Command iam writes config/iam/both.json: the policy of a role that is requester of some peerings and accepter of others, as
// one document, since a role has room for no more than that. It is made of the policies of the two sides.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
)

const folder = "config/iam"

type policy struct {
	Version   string
	Statement []statement
}

type statement struct {
	Sid       string
	Effect    string
	Action    []string
	Resource  any
	Condition map[string]map[string]any `json:",omitempty"`
}

func main() {
	both, err := merged(".")
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, "both.json"), both, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "iam:", err)
		os.Exit(1)
	}
}

// merged is the policy of both sides, in the words OWN_… and PEER_….
func merged(root string) ([]byte, error) {
	requester, err := read(root, "requester.json", "REQUESTER_", "ACCEPTER_")
	if err != nil {
		return nil, err
	}
	accepter, err := read(root, "accepter.json", "ACCEPTER_", "REQUESTER_")
	if err != nil {
		return nil, err
	}
	both := requester
	for _, s := range accepter.Statement {
		if !slices.ContainsFunc(both.Statement, func(had statement) bool { return reflect.DeepEqual(had, s) }) {
			both.Statement = append(both.Statement, s)
		}
	}
	text, err := json.MarshalIndent(both, "", "  ")
	return append(text, '\n'), err
}

func read(root, file, own, peer string) (policy, error) {
	content, err := os.ReadFile(filepath.Join(root, folder, file))
	if err != nil {
		return policy{}, err
	}
	var side policy
	if err := json.Unmarshal([]byte(strings.NewReplacer(own, "OWN_", peer, "PEER_").Replace(string(content))), &side); err != nil {
		return policy{}, fmt.Errorf("%s: %w", file, err)
	}
	return side, nil
}
