package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"strings"
)

// mutant is one small change. What it is called does not depend on lines, so that the list of equivalents outlives edits
// elsewhere in the file.
type mutant struct {
	id       int
	function string
	change   string
	nth      int // which one of several that are called the same
	file     string
	line     int
}

// name is how equivalent.txt calls the mutant.
func (m mutant) name(pkg string) string {
	name := fmt.Sprintf("%s %s: %s", pkg, m.function, m.change)
	if m.nth > 1 {
		name += fmt.Sprintf(" (%d)", m.nth)
	}
	return name
}

// functionOf names the declaration that a node is in: "Parse", "pathCheck.groups", or "var table".
func functionOf(stack []ast.Node) string {
	for _, n := range stack {
		switch d := n.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				return d.Name.Name
			}
			return receiver(d.Recv.List[0].Type) + "." + d.Name.Name
		case *ast.ValueSpec:
			return "var " + d.Names[0].Name
		}
	}
	return "?"
}

func receiver(e ast.Expr) string {
	switch t := e.(type) {
	case *ast.StarExpr:
		return receiver(t.X)
	case *ast.IndexExpr:
		return receiver(t.X)
	case *ast.IndexListExpr:
		return receiver(t.X)
	case *ast.Ident:
		return t.Name
	}
	return "?"
}

// excerpt is the text between two positions on one line, cut where it is long.
func (w *walker) excerpt(from, to token.Pos) string {
	text := strings.Join(strings.Fields(string(w.text[w.offset(from):w.offset(to)])), " ")
	if runes := []rune(text); len(runes) > 120 {
		return string(runes[:120]) + "…"
	}
	return text
}

func (w *walker) quote(n ast.Node) string { return "`" + w.excerpt(n.Pos(), n.End()) + "`" }
