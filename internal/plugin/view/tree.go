package view

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// Item is one line of a tree, with what belongs to it below.
type Item struct {
	Name string `json:"name"`
	// Bar is drawn after the name, for people only.
	Bar     string     `json:"-"`
	State   State      `json:"state"`
	Reason  string     `json:"reason,omitempty"`
	Message string     `json:"message,omitempty"`
	Since   *time.Time `json:"since,omitempty"`
	Items   []Item     `json:"items,omitempty"`
	// ofNode: the reason is that of a node, whose message is its explanation: docs/reasons.md has those of conditions.
	ofNode bool
}

// Paper is what a tree is written on.
type Paper struct {
	// Width in columns; 0: as wide as it comes.
	Width int
	// Color uses ANSI colours.
	Color bool
	// Now is what "for 5m" counts to.
	Now time.Time
}

const (
	// narrowest is where a message gets no narrower: a longer line beats one word a line.
	narrowest = 24
	// widestProse is where a message gets no wider: the eye does not find the next line of a longer one.
	widestProse = 140
)

// Write draws the tree.
func (p Paper) Write(to io.Writer, item Item) error {
	var text strings.Builder
	p.draw(&text, item, "", "")
	_, err := io.WriteString(to, text.String())
	return err
}

// draw writes an item: first before its own line, rest before all others of it.
func (p Paper) draw(text *strings.Builder, item Item, first, rest string) {
	head := strings.TrimSpace(item.Name + " " + item.Bar)
	if item.Since != nil {
		head += " (" + Age(p.Now, *item.Since) + ")"
	}
	below := rest + "  "
	if len(item.Items) > 0 {
		below = rest + "│ "
	}
	for i, line := range p.head(head, utf8.RuneCountInString(below)) {
		if i == 0 {
			fmt.Fprintln(text, first+p.paint(item.State, item.State.Symbol())+" "+line)
			continue
		}
		fmt.Fprintln(text, below+line)
	}
	if item.Message != "" && item.State != Good || len(item.Items) == 0 && item.Message != "" {
		for _, line := range p.lines(item.Message, utf8.RuneCountInString(below)) {
			fmt.Fprintln(text, below+line)
		}
	}
	for i, child := range item.Items {
		if i == len(item.Items)-1 {
			p.draw(text, child, rest+"└ ", rest+"  ")
			continue
		}
		p.draw(text, child, rest+"├ ", rest+"│ ")
	}
}

// head breaks what is longer than a line only: the spaces of what fits are meant.
func (p Paper) head(head string, before int) []string {
	if p.Width == 0 || before+utf8.RuneCountInString(head) <= p.Width {
		return []string{head}
	}
	return p.lines(head, before)
}

// colors are those of git and kubectl's plugins: what is bad is red.
var colors = map[State]string{Good: "32", Working: "36", AtRest: "33", Bad: "31", Unknown: "35"}

func (p Paper) paint(state State, text string) string {
	if !p.Color {
		return text
	}
	return "\x1b[" + colors[state] + "m" + text + "\x1b[0m"
}

// lines are a text beside what is before it on each line.
func (p Paper) lines(text string, before int) []string {
	if p.Width == 0 {
		return []string{strings.Join(strings.Fields(text), " ")}
	}
	return wrap(text, max(narrowest, min(p.Width, widestProse)-before))
}

// wrap breaks a text into lines at spaces; a word that is longer than a line, as a name of 253 characters may be, goes on
// in the next one.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		for utf8.RuneCountInString(word) > width {
			if line != "" {
				lines, line = append(lines, line), ""
			}
			runes := []rune(word)
			lines, word = append(lines, string(runes[:width])), string(runes[width:])
		}
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width:
			lines = append(lines, line)
			line = word
		default:
			line += " " + word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
