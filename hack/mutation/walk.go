package main

import (
	"go/ast"
	"go/token"
	"go/types"
)

// walker finds the mutants of one file.
type walker struct {
	fset    *token.FileSet
	info    *types.Info
	text    []byte
	file    string
	next    *int         // the number of the next mutant of the package
	dropped map[int]bool // what did not compile
	names   map[string]int
	mutants []mutant
	edits   []edit
	order   int
	stack   []ast.Node
}

func (w *walker) offset(p token.Pos) int { return w.fset.Position(p).Offset }

// walk visits outer nodes before inner ones.
func (w *walker) walk(file *ast.File) {
	ast.PreorderStack(file, nil, func(n ast.Node, stack []ast.Node) bool {
		w.stack = stack
		switch x := n.(type) {
		case *ast.GenDecl:
			return x.Tok == token.VAR
		case *ast.ArrayType, *ast.TypeSpec, *ast.ImportSpec, *ast.FuncType, *ast.FieldList:
			return false
		case ast.Expr:
			return w.expression(x)
		case ast.Stmt:
			w.statement(x)
		}
		return true
	})
}

// add gives a mutant its number; false when the change is known not to compile.
func (w *walker) add(at ast.Node, change string) (int, bool) {
	id := *w.next
	*w.next++
	m := mutant{id: id, function: functionOf(w.stack), change: change, file: w.file, line: w.fset.Position(at.Pos()).Line}
	w.names[m.function+m.change]++
	m.nth = w.names[m.function+m.change]
	if w.dropped[id] {
		return id, false
	}
	w.mutants = append(w.mutants, m)
	return id, true
}

// wrap puts text around what lies between two positions.
func (w *walker) wrap(id int, from, to token.Pos, open, end string) {
	w.order++
	w.edits = append(w.edits,
		edit{offset: w.offset(from), order: w.order, mutant: id, text: open},
		edit{offset: w.offset(to), closes: true, order: w.order, mutant: id, text: end})
}

// replace puts text in the place of an operator.
func (w *walker) replace(id int, at token.Pos, length int, text string) {
	w.order++
	w.edits = append(w.edits, edit{offset: w.offset(at), length: length, order: w.order, mutant: id, text: text})
}

// parent is the nth node above the present one.
func (w *walker) parent(nth int) ast.Node {
	if len(w.stack) < nth {
		return nil
	}
	return w.stack[len(w.stack)-nth]
}
