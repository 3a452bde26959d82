package view

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode/utf8"
)

// Write draws the matrix, or where that is wider than the paper a line for each direction, or a few lines for each; then
// what failed.
func (m Matrix) Write(to io.Writer, width int) error {
	paper := Paper{Width: width}
	table := m.grid()
	for _, narrower := range []func() string{m.rows, func() string { return m.paragraphs(paper) }} {
		if width > 0 && widest(table) > width {
			table = narrower()
		}
	}
	if _, err := io.WriteString(to, table); err != nil {
		return err
	}
	return m.writeNotes(to, paper)
}

// grid has a row and a column for each cluster.
func (m Matrix) grid() string {
	names := m.names()
	if len(names) == 0 {
		return ""
	}
	rows := [][]string{append([]string{"FROM \\ TO"}, names...)}
	for _, from := range names {
		row := []string{from}
		for _, name := range names {
			row = append(row, m.cell(from, name))
		}
		rows = append(rows, row)
	}
	text := aligned(rows)
	if slices.ContainsFunc(m.Cells, func(c Cell) bool { return c.Attempts > 0 }) {
		text += "\nEach cell: probes that passed, loss, round-trip time, largest packet.\n"
	}
	return text
}

// rows has a line for each direction.
func (m Matrix) rows() string {
	rows := [][]string{{"FROM", "TO", "PASSED", "LOSS", "RTT", "PACKET"}}
	for _, cell := range m.Cells {
		row := []string{cell.From, cell.To, fmt.Sprintf("%d/%d", cell.Passed, cell.Total), "-", "-", "-"}
		if cell.Attempts > 0 {
			row[3] = loss(cell)
		}
		if cell.RoundTripMicroseconds > 0 {
			row[4] = roundTrip(cell.RoundTripMicroseconds)
		}
		if cell.LargestPacketBytes > 0 {
			row[5] = fmt.Sprintf("%dB", cell.LargestPacketBytes)
		}
		rows = append(rows, row)
	}
	return aligned(rows)
}

// paragraphs are for a terminal in which no table fits: each direction, and below it what was measured.
func (m Matrix) paragraphs(paper Paper) string {
	var text strings.Builder
	for _, cell := range m.Cells {
		paper.paragraph(&text, cell.From+" to "+cell.To)
		said := []string{fmt.Sprintf("passed %d/%d", cell.Passed, cell.Total)}
		if cell.Attempts > 0 {
			said = append(said, "loss "+loss(cell))
		}
		if cell.RoundTripMicroseconds > 0 {
			said = append(said, "RTT "+roundTrip(cell.RoundTripMicroseconds))
		}
		if cell.LargestPacketBytes > 0 {
			said = append(said, fmt.Sprintf("packet %dB", cell.LargestPacketBytes))
		}
		paper.hanging(&text, "  ", strings.Join(said, ", "))
	}
	return text.String()
}

// columnGap is the space between two columns.
const columnGap = 2

// aligned puts cells under each other.
func aligned(rows [][]string) string {
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, columnGap, ' ', 0)
	for _, row := range rows {
		_, _ = fmt.Fprintln(table, strings.Join(row, "\t"))
	}
	_ = table.Flush()
	return text.String()
}

func widest(text string) int {
	most := 0
	for line := range strings.SplitSeq(text, "\n") {
		most = max(most, utf8.RuneCountInString(line))
	}
	return most
}

func (m Matrix) writeNotes(to io.Writer, paper Paper) error {
	var text strings.Builder
	for _, cell := range m.Cells {
		for _, failure := range cell.Errors {
			paper.hanging(&text, Bad.Symbol()+" ", failure)
		}
	}
	for _, note := range m.Notes {
		paper.hanging(&text, Unknown.Symbol()+" ", note)
	}
	_, err := io.WriteString(to, text.String())
	return err
}

func (m Matrix) names() []string {
	var names []string
	for _, cell := range m.Cells {
		names = append(names, cell.From, cell.To)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (m Matrix) cell(from, to string) string {
	for _, cell := range m.Cells {
		if cell.From == from && cell.To == to {
			return strings.Join(append([]string{fmt.Sprintf("%d/%d", cell.Passed, cell.Total)}, measured(cell)...), " ")
		}
	}
	return "-"
}

// measured is what of a cell was measured: loss, round-trip time and largest packet.
func measured(cell Cell) []string {
	var said []string
	if cell.Attempts > 0 {
		said = append(said, loss(cell))
	}
	if cell.RoundTripMicroseconds > 0 {
		said = append(said, roundTrip(cell.RoundTripMicroseconds))
	}
	if cell.LargestPacketBytes > 0 {
		said = append(said, fmt.Sprintf("%dB", cell.LargestPacketBytes))
	}
	return said
}

func loss(cell Cell) string {
	return fmt.Sprintf("%.3g%%", 100*float64(cell.Lost)/float64(cell.Attempts))
}

// roundTrip writes a time in milliseconds, with what three digits can say.
func roundTrip(microseconds int64) string {
	decimals := 0
	switch {
	case microseconds < 10_000:
		decimals = 2
	case microseconds < 100_000:
		decimals = 1
	}
	return strconv.FormatFloat(float64(microseconds)/1000, 'f', decimals, 64) + "ms"
}
