package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// group is one block of constants.
type group struct {
	title   string
	reasons []reason
}

// reason is one constant.
type reason struct {
	constant, value   string
	says, cause, cure string
}

// parse reads the constants of the sources.
func parse(content []byte) ([]group, error) {
	file, err := parser.ParseFile(token.NewFileSet(), sources, content, parser.ParseComments)
	if err != nil {
		return nil, fmt.Errorf("parsing %s: %w", sources, err)
	}
	var groups []group
	for _, declaration := range file.Decls {
		if block, ok := declaration.(*ast.GenDecl); ok && block.Tok == token.CONST {
			title, _, _ := strings.Cut(flat(block.Doc.Text()), ".")
			read, err := reasons(block)
			if err != nil {
				return nil, err
			}
			groups = append(groups, group{title: title, reasons: read})
		}
	}
	return groups, complete(groups)
}

func reasons(block *ast.GenDecl) ([]reason, error) {
	var all []reason
	for _, spec := range block.Specs {
		constant, ok := spec.(*ast.ValueSpec)
		if !ok || len(constant.Values) != 1 {
			continue
		}
		name := constant.Names[0].Name
		literal, ok := constant.Values[0].(*ast.BasicLit)
		if !ok {
			return nil, fmt.Errorf("%s must be a string", name)
		}
		value, err := strconv.Unquote(literal.Value)
		if err != nil {
			return nil, fmt.Errorf("%s must be a string: %w", name, err)
		}
		all = append(all, described(reason{constant: name, value: value}, constant.Doc.Text()))
	}
	return all, nil
}

// described fills in what the paragraphs of the comment say.
func described(r reason, comment string) reason {
	for paragraph := range strings.SplitSeq(comment, "\n\n") {
		text := flat(paragraph)
		if said, ok := strings.CutPrefix(text, r.constant+" says that "); ok {
			r.says = capital(said)
		} else if cause, ok := strings.CutPrefix(text, "Cause: "); ok {
			r.cause = cause
		} else if cure, ok := strings.CutPrefix(text, "Cure: "); ok {
			r.cure = cure
		}
	}
	return r
}

// flat is a text on one line.
func flat(text string) string { return strings.Join(strings.Fields(text), " ") }

func capital(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}
