package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
)

// expression finds the mutants of one expression; false keeps what is below it as it is.
func (w *walker) expression(e ast.Expr) bool {
	known, is := w.info.Types[e]
	if is && known.IsType() {
		return false
	}
	if is && known.Value != nil {
		w.constant(e, known)
		return false
	}
	switch x := e.(type) {
	case *ast.BinaryExpr:
		w.binary(x)
	case *ast.UnaryExpr:
		if x.Op == token.NOT {
			w.negate(x)
		}
	case *ast.Ident, *ast.CallExpr, *ast.SelectorExpr, *ast.IndexExpr:
		if isBool(known.Type) && w.decides(e) {
			w.negate(e)
		}
	}
	return true
}

// constant changes numbers and truths as they are written; a constant that is computed has its own declaration.
func (w *walker) constant(e ast.Expr, known types.TypeAndValue) {
	if w.keepsConstant(e) {
		return
	}
	switch x := e.(type) {
	case *ast.Ident:
		if w.info.Uses[x] == types.Universe.Lookup(x.Name) && isBool(known.Type) {
			w.negate(x)
		}
	case *ast.BasicLit:
		basic, is := known.Type.(*types.Basic)
		if x.Kind != token.INT || !is || basic.Info()&types.IsNumeric == 0 {
			return
		}
		if id, ok := w.add(x, w.quote(x)+" becomes one more"); ok {
			w.wrap(id, x.Pos(), x.End(), fmt.Sprintf("mutOff(%d, %s(", id, types.Default(basic)), "))")
		}
	}
}

// keepsConstant is where the language wants a constant, and where a number is only a hint: the keys of an array, the
// size that a make begins with.
func (w *walker) keepsConstant(e ast.Expr) bool {
	switch p := w.parent(1).(type) {
	case *ast.KeyValueExpr:
		_, mapped := w.info.Types[w.parent(2).(ast.Expr)].Type.Underlying().(*types.Map) //nolint:forcetypeassert // pairs are in literals
		return p.Key == e && !mapped
	case *ast.CallExpr:
		fun, is := p.Fun.(*ast.Ident)
		return is && fun.Name == "make"
	}
	return false
}

// comparisons: what an operator becomes at its boundary, and turned round.
var comparisons = map[token.Token]struct{ helper, boundary, opposite string }{
	token.LSS: {"mutLt", "<=", ">="}, token.LEQ: {"mutLe", "<", ">"},
	token.GTR: {"mutGt", ">=", "<="}, token.GEQ: {"mutGe", ">", "<"},
}

var arithmetic = map[token.Token]struct{ helper, becomes string }{
	token.ADD: {"mutAdd", "-"}, token.SUB: {"mutSub", "+"}, token.MUL: {"mutMul", "/"}, token.QUO: {"mutQuo", "*"},
	token.REM: {"mutRem", "*"}, token.AND: {"mutBitAnd", "|"}, token.OR: {"mutBitOr", "&"},
}

func (w *walker) binary(x *ast.BinaryExpr) {
	compared, orders := comparisons[x.Op]
	computed, computes := arithmetic[x.Op]
	switch {
	case x.Op == token.LAND || x.Op == token.LOR:
		w.logical(x)
	case x.Op == token.EQL || x.Op == token.NEQ:
		w.negate(x)
	case orders:
		w.operator(x, compared.helper, compared.boundary, compared.opposite)
	case computes && isNumber(w.info.Types[x].Type):
		w.operator(x, computed.helper, computed.becomes)
	}
}

// operator turns an operator into a call with the numbers of the mutants it may become.
func (w *walker) operator(x *ast.BinaryExpr, helper string, becomes ...string) {
	first, numbers, compiles := 0, "", false
	for _, other := range becomes {
		id, ok := w.add(x, w.quote(x)+" becomes "+other)
		if !ok {
			id = 0
		} else if !compiles {
			first, compiles = id, true
		}
		numbers += fmt.Sprintf("%d, ", id)
	}
	if compiles {
		w.wrap(first, x.Pos(), x.End(), helper+"("+numbers, ")")
		w.replace(first, x.OpPos, len(x.Op.String()), ",")
	}
}

// logical keeps that the right side is asked only where the left one does not decide.
func (w *walker) logical(x *ast.BinaryExpr) {
	helper, other := "mutAnd", "||"
	if x.Op == token.LOR {
		helper, other = "mutOr", "&&"
	}
	if id, ok := w.add(x, w.quote(x)+" becomes "+other); ok {
		w.wrap(id, x.Pos(), x.End(), fmt.Sprintf("%s(%d, ", helper, id), ")")
		w.replace(id, x.OpPos, len(x.Op.String()), ",")
		w.wrap(id, x.Y.Pos(), x.Y.End(), "func() bool { return ", " }")
	}
}

func (w *walker) negate(e ast.Expr) {
	if id, ok := w.add(e, w.quote(e)+" turned round"); ok {
		w.wrap(id, e.Pos(), e.End(), fmt.Sprintf("mutNot(%d, ", id), ")")
	}
}

// decides is whether a truth decides something here: a condition, an operand, what a function returns. That a negation
// is turned round says the same of what it negates.
func (w *walker) decides(e ast.Expr) bool {
	switch p := w.parent(1).(type) {
	case *ast.IfStmt:
		return p.Cond == e
	case *ast.ForStmt:
		return p.Cond == e
	case *ast.BinaryExpr:
		return p.Op == token.LAND || p.Op == token.LOR
	case *ast.ReturnStmt:
		return true
	case *ast.CaseClause:
		s, is := w.parent(3).(*ast.SwitchStmt)
		return is && s.Tag == nil
	}
	return false
}

func isBool(t types.Type) bool {
	basic, is := t.(*types.Basic)
	return is && basic.Info()&types.IsBoolean != 0
}

func isNumber(t types.Type) bool {
	basic, is := t.Underlying().(*types.Basic)
	return is && basic.Info()&(types.IsInteger|types.IsFloat) != 0
}
