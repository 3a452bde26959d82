package view

import (
	"io"
	"os"
	"time"

	"golang.org/x/term"
)

// PaperFor is what is written to as it is: a terminal with its width and in colours, or anything else without an end of line.
func PaperFor(out io.Writer, now time.Time) Paper {
	paper := Paper{Now: now}
	file, ok := out.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return paper
	}
	paper.Color = os.Getenv("NO_COLOR") == "" // https://no-color.org
	if width, _, err := term.GetSize(int(file.Fd())); err == nil {
		paper.Width = width
	}
	return paper
}
