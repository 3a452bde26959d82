package lab

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// gap is how wide the drawing is between two stations.
const gap = 10

// Paint colours a text; nil leaves it.
type Paint func(good bool, text string) string

// Draw shows how far a connection's first packet got, and the answer to it: one line for each, over the same stations.
func Draw(e Exchange, way []Station, paint Paint) []string {
	if paint == nil {
		paint = func(_ bool, text string) string { return text }
	}
	lines := []string{drawing{way: way, paint: paint, arrow: "▶"}.line("SYN", journeyOf(e, way, "SYN"))}
	back := slices.Clone(way)
	slices.Reverse(back)
	if answer := journeyOf(e, back, "SYN-ACK"); answer.begun {
		lines = append(lines, drawing{way: back, paint: paint, arrow: "◀", reversed: true}.line("SYN-ACK", answer))
	}
	if !e.OK() {
		lines = append(lines, fmt.Sprintf("%-9s%s", "", paint(false, e.Dropped.String())))
	}
	return lines
}

// journey of a packet along a way.
type journey struct {
	begun bool
	// reached is the number of the last station that it came to, and dropped is true where it was dropped there.
	reached int
	dropped bool
	// device is the interface of the node between two stations, by the number of the first.
	device map[int]string
}

// journeyOf puts together what was seen of a packet. A router reports what instances send to it, not what another
// router does: what was seen later has come by.
func journeyOf(e Exchange, way []Station, kind string) journey {
	j := journey{device: map[int]string{}}
	for _, s := range append(slices.Clone(e.Path), e.Dropped) {
		at := slices.IndexFunc(way, func(station Station) bool { return station.Name == s.Where })
		if at < 0 || s.Kind() != kind {
			continue
		}
		j.begun = true
		j.reached = max(j.reached, at)
		if s.Interface != "" && s.Interface != "pod" && at > 0 {
			j.device[at-1] = s.Interface
		}
		if s.Dropped != "" {
			j.reached, j.dropped = at, true
			return j
		}
	}
	if j.begun && (e.OK() || kind == "SYN" && journeyOf(e, way, "SYN-ACK").begun) {
		j.reached = len(way) - 1
	}
	return j
}

type drawing struct {
	way      []Station
	paint    Paint
	arrow    string
	reversed bool
}

// line draws the way from left to right, or where it leads back from right to left.
func (d drawing) line(kind string, j journey) string {
	var parts []string
	for i, station := range d.way {
		parts = append(parts, station.Label)
		if i+1 < len(d.way) {
			parts = append(parts, d.segment(i, j))
		}
	}
	if d.reversed {
		slices.Reverse(parts)
	}
	return fmt.Sprintf("%-9s%s", kind, strings.Join(parts, " "))
}

func (d drawing) segment(i int, j journey) string {
	switch {
	case i < j.reached:
		return d.paint(true, d.shaft(j.device[i]))
	case i == j.reached && j.dropped:
		text := "✗" + strings.Repeat(" ", gap-1)
		if d.reversed {
			text = strings.Repeat(" ", gap-1) + "✗"
		}
		return d.paint(false, text)
	default:
		return strings.Repeat(" ", gap)
	}
}

func (d drawing) shaft(device string) string {
	if d.reversed {
		return d.arrow + "─" + device + strings.Repeat("─", gap-2-utf8.RuneCountInString(device))
	}
	return "─" + device + strings.Repeat("─", gap-2-utf8.RuneCountInString(device)) + d.arrow
}

// Masqueraded is the address that the client's packet had when it left its node, where that is not its own.
func Masqueraded(e Exchange, from Place) string {
	for _, s := range e.Path {
		if s.Kind() == "SYN" && slices.ContainsFunc(from.Way, func(station Station) bool { return station.Name == s.Where }) && s.Source.Addr() != from.Address {
			return s.Source.Addr().String()
		}
	}
	return ""
}
