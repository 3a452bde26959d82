package main

import (
	"fmt"
	"html/template"
	"io"

	"github.com/crossvpc/crossvpc/test/figure"
)

// Sizes of the picture, in pixels. The target is always at the same place, so one look tells what is beyond it.
const (
	rowHeight = 26
	barsAt    = 470
	targetAt  = 200 // right of barsAt
	mostWide  = 320
	wholeWide = barsAt + mostWide + 20
	headHigh  = 34
)

type bar struct {
	Name, Text       string
	Y, Middle, Width int
	Beyond           bool
}

// picture escapes what it shows as a web page does, of which an SVG is one part.
var picture = template.Must(template.New("picture").Parse(`<svg xmlns="http://www.w3.org/2000/svg" width="{{.Wide}}" height="{{.High}}" font-family="sans-serif" font-size="12">
<title>What make bench measured, compared with its targets</title>
<rect width="{{.Wide}}" height="{{.High}}" fill="white"/>
<text x="{{.Target}}" y="20" text-anchor="middle">target</text>
{{range .Bars}}<text x="{{$.Label}}" y="{{.Middle}}" text-anchor="end">{{.Name}}</text>
<rect x="{{$.Left}}" y="{{.Y}}" width="{{.Width}}" height="16" fill="{{if .Beyond}}#c0392b{{else}}#2e86ab{{end}}"/>
<text x="{{$.Inside}}" y="{{.Middle}}" fill="{{if lt .Width 60}}black{{else}}white{{end}}">{{.Text}}</text>
{{end}}<line x1="{{.Target}}" x2="{{.Target}}" y1="26" y2="{{.High}}" stroke="black" stroke-dasharray="4 3"/>
</svg>
`))

func draw(to io.Writer, figures []figure.Figure) error {
	bars := make([]bar, len(figures))
	for i, f := range figures {
		y := headHigh + i*rowHeight
		bars[i] = bar{
			Name: f.Name, Text: fmt.Sprintf("%.4g of %.4g %s", f.Value, f.Target, f.Unit), Y: y, Middle: y + 12,
			Width: min(int(f.Value/f.Target*targetAt), mostWide), Beyond: f.Value > f.Target,
		}
	}
	err := picture.Execute(to, map[string]any{
		"Wide": wholeWide, "High": headHigh + len(figures)*rowHeight + 6, "Left": barsAt, "Label": barsAt - 8, "Inside": barsAt + 6,
		"Target": barsAt + targetAt, "Bars": bars,
	})
	if err != nil {
		return fmt.Errorf("drawing: %w", err)
	}
	return nil
}
