package docs

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Page is a Markdown page, taken apart as far as the tests need it.
type Page struct {
	Path    string
	Prose   string // without code blocks
	Blocks  []Block
	Anchors []string
}

// Block is a fenced code block.
type Block struct {
	Language, Text string
	Line           int
}

var heading = regexp.MustCompile(`^#{1,6} +(.+?)\s*$`)

// Pages are the repository's Markdown pages.
func Pages(t testing.TB) []Page {
	t.Helper()
	var all []Page
	for _, path := range Files(t, ".md") {
		all = append(all, parsePage(path, Read(t, path)))
	}
	return all
}

func parsePage(path, text string) Page {
	p := Page{Path: path}
	var prose strings.Builder
	var open *Block
	for number, line := range strings.Split(text, "\n") {
		fence, isFence := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case isFence && open == nil:
			open = &Block{Language: fence, Line: number + 1}
		case isFence:
			p.Blocks, open = append(p.Blocks, *open), nil
		case open != nil:
			open.Text += line + "\n"
		default:
			prose.WriteString(line + "\n")
			if title := heading.FindStringSubmatch(line); title != nil {
				p.Anchors = append(p.Anchors, p.anchor(title[1]))
			}
		}
	}
	p.Prose = prose.String()
	return p
}

// Section gives the code blocks of a page between a heading of the second level and the next one.
func Section(t testing.TB, path, title string) []Block {
	t.Helper()
	text := Read(t, path)
	before, rest, found := strings.Cut(text, "\n## "+title+"\n")
	if !found {
		t.Fatalf("%s has no heading %q", path, title)
	}
	section, _, _ := strings.Cut(rest, "\n## ")
	blocks := parsePage(path, section).Blocks
	for i := range blocks {
		blocks[i].Line += strings.Count(before, "\n") + 2
	}
	return blocks
}

// anchor is what GitHub makes of a heading: lower case, spaces become hyphens, other marks go, and a second one of the
// same text is numbered.
func (p *Page) anchor(title string) string {
	slug := strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r > 127 && r != '…':
			return r
		}
		return -1
	}, strings.ToLower(linkText.ReplaceAllString(title, "$1")))
	unique := slug
	for n := 1; slices.Contains(p.Anchors, unique); n++ {
		unique = slug + "-" + strconv.Itoa(n)
	}
	return unique
}

// Spans are the inline code spans of the page's prose.
func (p *Page) Spans() []string {
	var spans []string
	for _, span := range codeSpan.FindAllStringSubmatch(p.Prose, -1) {
		spans = append(spans, strings.Join(strings.Fields(span[1]), " "))
	}
	return spans
}

// Code is all code of the page: spans and blocks, without comments.
func (p *Page) Code() []string {
	code := p.Spans()
	for _, b := range p.Blocks {
		code = append(code, shellComment.ReplaceAllString(b.Text, ""))
	}
	return code
}

var (
	codeSpan     = regexp.MustCompile("`([^`]+)`")
	shellComment = regexp.MustCompile(`(?m)(^|\s)#.*$`)
	linkText     = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
)
