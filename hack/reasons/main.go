// Command reasons writes docs/reasons.md from the constants in api/v1alpha1/reasons*.go: what
// each says, its cause and its cure are in its comment, so that the documentation cannot
// drift from the code, and a reason without them is refused.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const (
	sources = "api/v1alpha1/reasons*.go"
	target  = "docs/reasons.md"
	clause  = "package v1alpha1\n"
)

const introduction = `# Reasons

When do I need this: a condition, an event or an alert shows a reason, and its message is not enough.

Generated from ` + "`" + sources + "`; `make generate` renews it." + `

Each condition of an object has a reason. It is API: alerts and dashboards match on it, so it is never renamed. The
condition's message says the same with names and ids, and what to do; this page says what lies behind it. Each reason has a heading,
so that its name in lower case is its anchor; the alerts in [alerts.md](alerts.md) and the [plugin](kubectl.md) link to it.
`

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "reasons:", err)
		os.Exit(1)
	}
}

func run() error {
	content, err := read(".")
	if err != nil {
		return err
	}
	groups, err := parse(content)
	if err != nil {
		return err
	}
	if err := os.WriteFile(target, []byte(page(groups)), 0o644); err != nil {
		return fmt.Errorf("writing %s: %w", target, err)
	}
	return nil
}

// read gives the sources as one, in the order of their names.
func read(root string) ([]byte, error) {
	files, err := filepath.Glob(filepath.Join(root, sources))
	if err != nil {
		return nil, fmt.Errorf("finding %s in %s: %w", sources, root, err)
	}
	all := []byte(clause)
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", file, err)
		}
		all = append(all, bytes.TrimPrefix(content, []byte(clause))...)
	}
	return all, nil
}

func page(groups []group) string {
	var text strings.Builder
	text.WriteString(introduction)
	for _, group := range groups {
		fmt.Fprintf(&text, "\n## %s\n", group.title)
		for _, reason := range group.reasons {
			fmt.Fprintf(&text, "\n### %s\n\n%s\n\n**Cause.** %s\n\n**Cure.** %s\n", reason.value, reason.says, reason.cause, reason.cure)
		}
	}
	return text.String()
}

// complete checks that each reason has all its parts, and that no two have the same anchor.
func complete(groups []group) error {
	var errs []error
	anchors := map[string]string{}
	for _, group := range groups {
		for _, reason := range group.reasons {
			if reason.says == "" || reason.cause == "" || reason.cure == "" {
				errs = append(errs, fmt.Errorf("%s must have a comment %q with paragraphs that begin with \"Cause: \" and \"Cure: \"", reason.constant, reason.constant+" says that …"))
			}
			anchor := strings.ToLower(reason.value)
			if other, taken := anchors[anchor]; taken {
				errs = append(errs, fmt.Errorf("%s and %s have the same anchor", other, reason.constant))
			}
			anchors[anchor] = reason.constant
		}
	}
	return errors.Join(errs...)
}
