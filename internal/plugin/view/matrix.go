package view

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// Cell is what the last probes from one cluster to another showed.
type Cell struct {
	From   string   `json:"from"`
	To     string   `json:"to"`
	Passed int      `json:"passed"`
	Total  int      `json:"total"`
	Errors []string `json:"errors,omitempty"`
}

// Matrix is clusters × clusters.
type Matrix struct {
	Cells []Cell `json:"cells"`
	// Unverified are the VPCPeerings whose pods were not probed.
	Unverified []string `json:"unverified,omitempty"`
}

// NewMatrix reads the last results of all VPCPeerings.
func NewMatrix(peerings []v1alpha1.VPCPeering) Matrix {
	cells := map[[2]string]*Cell{}
	var matrix Matrix
	for i := range peerings {
		verification := peerings[i].Status.Verification
		if verification == nil || verification.LastRunTime == nil {
			matrix.Unverified = append(matrix.Unverified, peerings[i].Namespace+"/"+peerings[i].Name)
			continue
		}
		for _, result := range verification.Results {
			count(cells, result)
		}
	}
	for _, cell := range cells {
		matrix.Cells = append(matrix.Cells, *cell)
	}
	slices.SortFunc(matrix.Cells, func(a, b Cell) int { return strings.Compare(a.From+" "+a.To, b.From+" "+b.To) })
	return matrix
}

func count(cells map[[2]string]*Cell, result v1alpha1.ProbeResult) {
	key := [2]string{clusterOf(result.From), clusterOf(result.To)}
	cell := cells[key]
	if cell == nil {
		cell = &Cell{From: key[0], To: key[1]}
		cells[key] = cell
	}
	cell.Total++
	if result.Passed {
		cell.Passed++
		return
	}
	cell.Errors = append(cell.Errors, fmt.Sprintf("%s to %s: %s", result.From, result.To, result.Message))
}

// clusterOf is the first part of "cluster/node".
func clusterOf(end string) string {
	cluster, _, _ := strings.Cut(end, "/")
	return cluster
}

// State is Good when every probe passed, and Unknown where pods were not probed at all.
func (m Matrix) State() State {
	for _, cell := range m.Cells {
		if cell.Passed < cell.Total {
			return Bad
		}
	}
	if len(m.Cells) == 0 || len(m.Unverified) > 0 {
		return Unknown
	}
	return Good
}

// Write draws the matrix, then what failed.
func (m Matrix) Write(to io.Writer) error {
	names := m.names()
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	if len(names) > 0 {
		_, _ = fmt.Fprintln(table, "FROM \\ TO\t"+strings.Join(names, "\t"))
	}
	for _, from := range names {
		row := []string{from}
		for _, name := range names {
			row = append(row, m.cell(from, name))
		}
		_, _ = fmt.Fprintln(table, strings.Join(row, "\t"))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	return m.writeNotes(to)
}

func (m Matrix) writeNotes(to io.Writer) error {
	var text strings.Builder
	for _, cell := range m.Cells {
		for _, failure := range cell.Errors {
			fmt.Fprintf(&text, "%s %s\n", Bad.Symbol(), failure)
		}
	}
	for _, name := range m.Unverified {
		fmt.Fprintf(&text, "%s VPCPeering %s: no pods were probed yet. Set spec.verification.enabled to true.\n", Unknown.Symbol(), name)
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
			return fmt.Sprintf("%d/%d", cell.Passed, cell.Total)
		}
	}
	return "-"
}
