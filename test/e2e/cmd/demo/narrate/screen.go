// Package narrate tells a story on a terminal: lines that stay, and below them a few that are redrawn. Where there is
// no terminal it writes plain lines.
package narrate

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/term"
)

// Screen is where the story is told. It is safe for concurrent use.
type Screen struct {
	mu    sync.Mutex
	out   io.Writer
	color bool
	// live is true where lines can be redrawn.
	live   bool
	width  int
	status []string
	// doing is what the status would be where there is no terminal, and said when a line was last written.
	doing string
	said  time.Time
	// resting is true once nothing is done any more that somebody waits for.
	resting bool
}

// plainWidth is the width of lines where there is no terminal.
const plainWidth = 110

// NewScreen uses colour, and redraws lines, if the file is a terminal that can; NO_COLOR (https://no-color.org) takes
// the colour away.
func NewScreen(file *os.File) *Screen {
	s := &Screen{out: file, width: plainWidth}
	if !term.IsTerminal(int(file.Fd())) || os.Getenv("TERM") == "dumb" {
		return s
	}
	s.live, s.color = true, os.Getenv("NO_COLOR") == ""
	if width, _, err := term.GetSize(int(file.Fd())); err == nil && width > 0 {
		s.width = width
	}
	return s
}

// PlainScreen writes lines and nothing else.
func PlainScreen(out io.Writer) *Screen { return &Screen{out: out, width: plainWidth} }

// Live reports whether lines can be redrawn.
func (s *Screen) Live() bool { return s.live }

// Line writes a line that stays.
func (s *Screen) Line(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var text bytes.Buffer
	s.erase(&text)
	fmt.Fprintf(&text, format+"\n", args...)
	s.draw(&text)
	s.flush(&text)
}

// Title writes a headline.
func (s *Screen) Title(format string, args ...any) {
	s.Line("\n%s", s.Style(Bold, "── "+fmt.Sprintf(format, args...)))
}

// Say writes a paragraph, wrapped.
func (s *Screen) Say(format string, args ...any) {
	for _, line := range wrap(fmt.Sprintf(format, args...), min(s.width, plainWidth)-2) {
		s.Line("  %s", line)
	}
}

// Command shows what is run, and Output what it printed.
func (s *Screen) Command(command string) {
	s.Line("\n  %s %s", s.Style(Dim, "$"), s.Style(Cyan, command))
}

// Output shows what a command printed.
func (s *Screen) Output(text string) {
	for line := range strings.Lines(strings.TrimRight(text, "\n")) {
		s.Line("    %s", strings.TrimRight(line, "\n"))
	}
}

// Status replaces the lines at the bottom. Where there is no terminal, [Screen.Beat] tells the first of them.
func (s *Screen) Status(lines ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.live {
		s.doing = strings.Join(lines[:min(len(lines), 1)], "")
		return
	}
	var text bytes.Buffer
	s.erase(&text)
	s.status = lines
	s.draw(&text)
	s.flush(&text)
}

// Rest says that nothing is done from now on: [Screen.Beat] has nothing to tell.
func (s *Screen) Rest() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.resting = true
}

func (s *Screen) erase(text *bytes.Buffer) {
	for range s.status {
		text.WriteString("\x1b[1A\x1b[2K") // up, and clear
	}
}

func (s *Screen) draw(text *bytes.Buffer) {
	for _, line := range s.status {
		fmt.Fprintf(text, "%s\n", cut(line, s.width-1))
	}
}

// flush writes at once, so that a redrawn screen does not flicker.
func (s *Screen) flush(text *bytes.Buffer) {
	// A terminal that has gone away is no concern of the story's.
	_, _ = s.out.Write(text.Bytes())
	s.said = time.Now()
}

// cut shortens a line to a width, not counting escape sequences; longer ones would wrap and can't be erased.
func cut(line string, width int) string {
	var out strings.Builder
	visible := 0
	for i := 0; i < len(line); {
		if line[i] == '\x1b' {
			end := strings.IndexByte(line[i:], 'm') + 1
			out.WriteString(line[i : i+end])
			i += end
			continue
		}
		r, size := utf8.DecodeRuneInString(line[i:])
		if visible < width {
			out.WriteRune(r)
		}
		visible++
		i += size
	}
	return out.String()
}

func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
