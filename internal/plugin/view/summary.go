package view

import (
	"io"
	"strings"
	"unicode/utf8"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/message"
)

// Summary is a table of many VPCPeerings, a line each.
func (p Paper) Summary(to io.Writer, peerings []v1alpha1.VPCPeering) error {
	rows := [][]string{{"NAMESPACE", "NAME", "STATE", "SINCE", "MESSAGE"}}
	for i := range peerings {
		head := Head(&peerings[i])
		since := "-"
		if head.Since != nil {
			since = Age(p.Now, *head.Since)
		}
		rows = append(rows, []string{peerings[i].Namespace, peerings[i].Name, string(head.State), since, strings.Join(strings.Fields(head.Message), " ")})
	}
	left := p.Width - besideMessages(rows)
	if p.Width > 0 && left < narrowest {
		return p.summaryLines(to, peerings)
	}
	for _, row := range rows {
		if p.Width > 0 {
			row[len(row)-1] = message.Cut(row[len(row)-1], left) // the whole message is in the tree
		}
	}
	_, err := io.WriteString(to, aligned(rows))
	return err
}

// besideMessages is what the columns before the last one take, with the space between them: each is as wide as the widest
// of its cells, its head included.
func besideMessages(rows [][]string) int {
	taken := 0
	for column := range len(rows[0]) - 1 {
		most := 0
		for _, row := range rows {
			most = max(most, utf8.RuneCountInString(row[column]))
		}
		taken += most + columnGap
	}
	return taken
}

// summaryLines has the message below each name.
func (p Paper) summaryLines(to io.Writer, peerings []v1alpha1.VPCPeering) error {
	for i := range peerings {
		head := Head(&peerings[i])
		head.Name = peerings[i].Namespace + "/" + head.Name
		if err := p.Write(to, head); err != nil {
			return err
		}
	}
	return nil
}

// Head is the first line of a VPCPeering alone.
func Head(peering *v1alpha1.VPCPeering) Item {
	return object{peering.Generation, peering.Status.ObservedGeneration, peering.Status.Conditions}.head(peering.Name)
}
