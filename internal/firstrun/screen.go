package firstrun

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
)

// screen is where everything is said and asked.
type screen struct {
	out io.Writer
	in  *bufio.Reader
	yes bool
}

func (s *screen) say(format string, args ...any) { _, _ = fmt.Fprintf(s.out, format+"\n", args...) }

func (s *screen) title(format string, args ...any) { s.say("\n==> "+format, args...) }

// block writes text with an indent.
func (s *screen) block(indent, text string) {
	for line := range strings.Lines(strings.TrimRight(text, "\n")) {
		s.say("%s%s", indent, strings.TrimRight(line, "\n"))
	}
}

// ask waits for an answer. Only "y" and "yes" are one: whoever just presses Enter, or is no person, changes nothing.
func (s *screen) ask(ctx context.Context, question string) (bool, error) {
	_, _ = fmt.Fprintf(s.out, "\n%s [y/N] ", question)
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if s.yes {
		s.say("y (-yes)")
		return true, nil
	}
	type answer struct {
		text string
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		text, err := s.in.ReadString('\n')
		answers <- answer{text, err}
	}()
	select {
	case <-ctx.Done():
		return false, ctx.Err()
	case given := <-answers:
		switch strings.ToLower(strings.TrimSpace(given.text)) {
		case "y", "yes":
			return true, nil
		}
		if given.err != nil {
			s.say("")
		}
		return false, nil
	}
}
