package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const invariantsPage = "docs/invariants.md"

var (
	// definition is a heading of the page, such as "### A1".
	definition = regexp.MustCompile(`(?m)^### ([ACN]\d{1,2})$`)
	// citation is a code in a comment, a text or a page.
	citation = regexp.MustCompile(`\b[ACN]\d{1,2}\b`)
	// inName is a code in the name of a test: TestA11AFailedReadShrinksNothing, TestWhateverHappensKeepsN1ToN6.
	inName = regexp.MustCompile(`(?:^Test|[a-z0-9])([ACN]\d{1,2})`)
)

func TestEveryInvariantThatIsCitedIsDefined(t *testing.T) {
	defined := definedInvariants(t)
	for _, path := range Files(t, ".go", ".md", ".yaml", ".sh") {
		for number, line := range strings.Split(Read(t, path), "\n") {
			for _, code := range citation.FindAllString(line, -1) {
				if !slices.Contains(defined, code) {
					t.Errorf("%s:%d cites %s, which %s does not define", path, number+1, code, invariantsPage)
				}
			}
		}
	}
}

func TestEveryInvariantHasATestNamedAfterIt(t *testing.T) {
	named := map[string]bool{}
	for _, path := range Files(t, ".go") {
		if !strings.HasSuffix(path, "_test.go") || !citation.MatchString(Read(t, path)) && !inName.MatchString(Read(t, path)) {
			continue
		}
		for _, name := range testNames(t, path) {
			for _, code := range codesOf(name) {
				named[code] = true
			}
		}
	}
	for _, code := range definedInvariants(t) {
		if !named[code] {
			t.Errorf("no test is named after %s: put the code into the name of the test or case that proves it", code)
		}
	}
}

func definedInvariants(t *testing.T) []string {
	t.Helper()
	var codes []string
	for _, heading := range definition.FindAllStringSubmatch(Read(t, invariantsPage), -1) {
		if slices.Contains(codes, heading[1]) {
			t.Errorf("%s defines %s twice", invariantsPage, heading[1])
		}
		codes = append(codes, heading[1])
	}
	if len(codes) == 0 {
		t.Fatalf("%s defines nothing", invariantsPage)
	}
	return codes
}

// codesOf a name: of a Go function by its capitals, of a case by its words.
func codesOf(name string) []string {
	if strings.ContainsRune(name, ' ') {
		return citation.FindAllString(name, -1)
	}
	var codes []string
	for _, found := range inName.FindAllStringSubmatch(name, -1) {
		codes = append(codes, found[1])
	}
	return codes
}

// testNames are the names of the tests of a file and of their cases: functions TestXxx, what t.Run is given, keys of
// tables and the first field of a row.
func testNames(t *testing.T, path string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, Read(t, path), parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	add := func(e ast.Expr) {
		if literal, ok := e.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			if name, err := strconv.Unquote(literal.Value); err == nil {
				names = append(names, name)
			}
		}
	}
	ast.Inspect(file, func(node ast.Node) bool {
		switch n := node.(type) {
		case *ast.FuncDecl:
			if strings.HasPrefix(n.Name.Name, "Test") {
				names = append(names, n.Name.Name)
			}
		case *ast.CallExpr:
			if called, ok := n.Fun.(*ast.SelectorExpr); ok && called.Sel.Name == "Run" && len(n.Args) == 2 {
				add(n.Args[0])
			}
		case *ast.KeyValueExpr:
			add(n.Key)
		case *ast.CompositeLit:
			if len(n.Elts) > 0 {
				add(n.Elts[0])
			}
		}
		return true
	})
	return names
}
