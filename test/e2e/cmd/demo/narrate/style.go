package narrate

// Style is how text looks.
type Style string

// The styles in use.
const (
	Bold   Style = "1"
	Dim    Style = "2"
	Red    Style = "31"
	Green  Style = "32"
	Yellow Style = "33"
	Cyan   Style = "36"
)

// Style renders the text in a style, where the terminal has it.
func (s *Screen) Style(style Style, text string) string {
	if !s.color {
		return text
	}
	return "\x1b[" + string(style) + "m" + text + "\x1b[0m"
}

// Done writes a line about what is as it should be.
func (s *Screen) Done(text string) { s.Line("  %s %s", s.Style(Green, "✔"), text) }

// Failed writes a line about what is not.
func (s *Screen) Failed(text string) { s.Line("  %s %s", s.Style(Red, "✘"), text) }
