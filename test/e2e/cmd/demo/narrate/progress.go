package narrate

import (
	"fmt"
	"strings"
	"time"
)

// Bar is one part of a whole, drawn as a bar.
type Bar struct {
	// Label in front, and what the numbers count.
	Label, Unit string
	Done, Total int
	// Note stands behind the numbers.
	Note string
}

// Progress shows bars at the bottom of the screen; where there is no terminal it writes them as lines, when they have
// changed, and not too often.
type Progress struct {
	screen *Screen
	every  time.Duration
	last   string
	told   time.Time
}

// plainInterval is the least time between two reports where there is no terminal.
const plainInterval = 2 * time.Second

// NewProgress shows nothing yet.
func NewProgress(screen *Screen) *Progress { return &Progress{screen: screen, every: plainInterval} }

// Show draws the bars; head is a line above them, left out where there is no terminal.
func (p *Progress) Show(head string, bars ...Bar) {
	lines := make([]string, 0, 1+len(bars))
	for _, bar := range bars {
		lines = append(lines, p.screen.draws(bar))
	}
	if p.screen.live {
		p.screen.Status(append([]string{head}, lines...)...)
		return
	}
	p.screen.Status(head)
	text := strings.Join(lines, "\n")
	if text == p.last || time.Since(p.told) < p.every {
		return
	}
	p.last, p.told = text, time.Now()
	p.screen.Line("%s", text)
}

// Clear takes the bars off the screen.
func (p *Progress) Clear() { p.screen.Status() }

const barWidth = 24

func (s *Screen) draws(b Bar) string {
	full := 0
	if b.Total > 0 {
		full = barWidth * min(b.Done, b.Total) / b.Total
	}
	style := Yellow
	if b.Done == b.Total {
		style = Green
	}
	bar := s.Style(style, strings.Repeat("█", full)) + s.Style(Dim, strings.Repeat("░", barWidth-full))
	return strings.TrimRight(fmt.Sprintf("  %-10s %s %3d/%-3d %s  %s", b.Label, bar, b.Done, b.Total, b.Unit, s.Style(Dim, b.Note)), " ")
}
