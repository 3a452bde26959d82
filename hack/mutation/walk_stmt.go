package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// statement finds the mutants of one statement of a list: it is left out, or returns zero values.
func (w *walker) statement(s ast.Stmt) {
	switch w.parent(1).(type) {
	case *ast.BlockStmt, *ast.CaseClause, *ast.CommClause:
	default:
		return // an if's or a for's own
	}
	if r, is := s.(*ast.ReturnStmt); is && len(r.Results) > 0 {
		w.returned(r)
		return
	}
	if !w.canGo(s) {
		return
	}
	if id, ok := w.add(s, w.quote(s)+" left out"); ok {
		w.wrap(id, s.Pos(), s.End(), fmt.Sprintf("if mutKeep(%d) { ", id), " }")
	}
}

// canGo: a declaration cannot be left out, nor can what ends a function.
func (w *walker) canGo(s ast.Stmt) bool {
	switch x := s.(type) {
	case *ast.ExprStmt:
		call, is := x.X.(*ast.CallExpr)
		if !is {
			return true
		}
		fun, is := call.Fun.(*ast.Ident)
		return !is || fun.Name != "panic"
	case *ast.AssignStmt:
		return x.Tok != token.DEFINE && !allBlank(x.Lhs)
	case *ast.BranchStmt:
		return x.Tok == token.BREAK || x.Tok == token.CONTINUE
	case *ast.IncDecStmt, *ast.DeferStmt, *ast.GoStmt, *ast.SendStmt, *ast.ReturnStmt:
		return true
	}
	return false
}

func allBlank(to []ast.Expr) bool {
	for _, e := range to {
		if name, is := e.(*ast.Ident); !is || name.Name != "_" {
			return false
		}
	}
	return true
}

// returned makes each result zero, or all of them where one call gives them all.
func (w *walker) returned(r *ast.ReturnStmt) {
	wanted := w.results()
	if len(wanted) != len(r.Results) {
		if id, ok := w.add(r, w.quote(r)+" returns zero values"); ok {
			zeros := make([]string, len(wanted))
			for i, t := range wanted {
				zeros[i] = "*new(" + t + ")"
			}
			w.wrap(id, r.Pos(), r.Pos(), fmt.Sprintf("if !mutKeep(%d) { return %s }; ", id, strings.Join(zeros, ", ")), "")
		}
		return
	}
	for i, e := range r.Results {
		if w.isZero(e) || isBool(w.info.Types[e].Type) {
			continue
		}
		if id, ok := w.add(e, "returned "+w.quote(e)+" becomes zero"); ok {
			w.wrap(id, e.Pos(), e.End(), fmt.Sprintf("mutZero[%s](%d, ", wanted[i], id), ")")
		}
	}
}

// results are the types that the innermost function returns, as its signature writes them.
func (w *walker) results() []string {
	for _, node := range slices.Backward(w.stack) {
		var signature *ast.FuncType
		switch f := node.(type) {
		case *ast.FuncDecl:
			signature = f.Type
		case *ast.FuncLit:
			signature = f.Type
		default:
			continue
		}
		var list []string
		if signature.Results == nil {
			return nil
		}
		for _, field := range signature.Results.List {
			for range max(1, len(field.Names)) {
				list = append(list, string(w.text[w.offset(field.Type.Pos()):w.offset(field.Type.End())]))
			}
		}
		return list
	}
	return nil
}

// isZero: to return zero in its place changes nothing.
func (w *walker) isZero(e ast.Expr) bool {
	known := w.info.Types[e]
	if known.IsNil() {
		return true
	}
	if known.Value != nil {
		return known.Value.ExactString() == "0" || known.Value.ExactString() == `""`
	}
	literal, is := e.(*ast.CompositeLit)
	return is && len(literal.Elts) == 0
}
