// Package policies fills in the IAM policies of config/iam, as a user does, for tests that run under them. Its own tests
// show of each statement the call that it allows and the nearest one that it must not.
package policies

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Place is a side's VPC, and its EKS cluster.
type Place struct{ Partition, Region, Account, VPC, Cluster string }

// Words are what the words in capitals stand for.
type Words map[string]string

// Installation are the words that do not depend on a side.
func Installation(id string) Words { return Words{"INSTALLATION_ID": id} }

// Side adds the words of a side, such as those that begin with REQUESTER. Its role is called crossvpc.
func (w Words) Side(name string, p Place) Words {
	w["PARTITION"] = p.Partition
	w[name+"_REGION"], w[name+"_ACCOUNT"], w[name+"_VPC"], w[name+"_CLUSTER"], w[name+"_ROLE"] = p.Region, p.Account, p.VPC, p.Cluster, "crossvpc"
	return w
}

// With adds one word.
func (w Words) With(word, value string) Words {
	w[word] = value
	return w
}

// words are what has to be replaced.
var words = regexp.MustCompile(`\b(PARTITION|[A-Z]+_(REGION|ACCOUNT|VPC|CLUSTER|ID|ROLE|NAME|PROVIDER))\b`)

// Fill reads a policy of config/iam below the root of the sources, with its words filled in. A word that nothing stands
// for is an error.
func (w Words) Fill(root, file string) ([]byte, error) {
	content, err := os.ReadFile(filepath.Join(root, "config", "iam", file))
	if err != nil {
		return nil, fmt.Errorf("reading an IAM policy: %w", err)
	}
	var missing []string
	filled := words.ReplaceAllStringFunc(string(content), func(word string) string {
		value, known := w[word]
		if !known {
			missing = append(missing, word)
		}
		return value
	})
	if len(missing) > 0 {
		return nil, fmt.Errorf("%s: nothing stands for %s", file, strings.Join(slices.Compact(slices.Sorted(slices.Values(missing))), ", "))
	}
	return []byte(filled), nil
}

// Statements are the statements of a policy, by Sid.
func Statements(policy []byte) (map[string]json.RawMessage, error) {
	var document struct{ Statement []json.RawMessage }
	if err := json.Unmarshal(policy, &document); err != nil {
		return nil, fmt.Errorf("reading an IAM policy: %w", err)
	}
	statements := map[string]json.RawMessage{}
	for _, text := range document.Statement {
		var statement struct{ Sid string }
		if err := json.Unmarshal(text, &statement); err != nil {
			return nil, fmt.Errorf("reading a statement: %w", err)
		}
		statements[statement.Sid] = text
	}
	return statements, nil
}

// Without is the policy without one of its statements.
func Without(policy []byte, sid string) ([]byte, error) {
	statements, err := Statements(policy)
	if err != nil {
		return nil, err
	}
	delete(statements, sid)
	kept := make([]json.RawMessage, 0, len(statements))
	for _, text := range statements {
		kept = append(kept, text)
	}
	return json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": kept})
}
