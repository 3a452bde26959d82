// Command reasons writes the table of condition reasons from their constants in
// api/v1alpha1/reasons.go, so that the documentation can't drift from the code.
package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
)

const (
	source = "api/v1alpha1/reasons.go"
	target = "docs/reasons.md"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "reasons:", err)
		os.Exit(1)
	}
}

func run() error {
	file, err := parser.ParseFile(token.NewFileSet(), source, nil, parser.ParseComments)
	if err != nil {
		return fmt.Errorf("parsing %s: %w", source, err)
	}
	var page strings.Builder
	page.WriteString("# Reasons of conditions\n\nGenerated from `" + source + "`; `make generate` renews it.\n")
	for _, declaration := range file.Decls {
		if group, ok := declaration.(*ast.GenDecl); ok && group.Tok == token.CONST {
			writeGroup(&page, group)
		}
	}
	if err := os.MkdirAll("docs", 0o755); err != nil {
		return fmt.Errorf("making docs: %w", err)
	}
	if err := os.WriteFile(target, []byte(page.String()), 0o644); err != nil {
		return fmt.Errorf("writing %s: %w", target, err)
	}
	return nil
}

func writeGroup(page *strings.Builder, group *ast.GenDecl) {
	fmt.Fprintf(page, "\n## %s\n\n| reason | says |\n|---|---|\n", strings.TrimSuffix(flat(group.Doc), "."))
	for _, spec := range group.Specs {
		constant, ok := spec.(*ast.ValueSpec)
		if !ok {
			continue
		}
		value, err := strconv.Unquote(constant.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			continue
		}
		says := strings.TrimPrefix(flat(constant.Doc), constant.Names[0].Name+" says that ")
		fmt.Fprintf(page, "| `%s` | %s |\n", value, strings.TrimPrefix(says, constant.Names[0].Name+" "))
	}
}

// flat is a comment on one line.
func flat(comment *ast.CommentGroup) string {
	return strings.Join(strings.Fields(comment.Text()), " ")
}
