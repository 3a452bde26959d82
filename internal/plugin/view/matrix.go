package view

import (
	"fmt"
	"slices"
	"strings"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// Cell is what the last probes from one cluster to another showed.
type Cell struct {
	From   string   `json:"from"`
	To     string   `json:"to"`
	Passed int      `json:"passed"`
	Total  int      `json:"total"`
	Errors []string `json:"errors,omitempty"`
	// Attempts to connect that were measured, and Lost those that lost a packet.
	Attempts int `json:"attempts,omitempty"`
	Lost     int `json:"lost,omitempty"`
	// RoundTripMicroseconds is the median time in which a connection opened.
	RoundTripMicroseconds int64 `json:"roundTripMicroseconds,omitempty"`
	// LargestPacketBytes passed in all probes.
	LargestPacketBytes int `json:"largestPacketBytes,omitempty"`
}

// Matrix is clusters × clusters.
type Matrix struct {
	Cells []Cell `json:"cells"`
	// Unverified are the VPCPeerings whose pods were not probed.
	Unverified []string `json:"unverified,omitempty"`
	// Notes say why pods were not probed, and what else a run found.
	Notes []string `json:"notes,omitempty"`
}

// NewMatrix reads the last results of all VPCPeerings.
func NewMatrix(peerings []v1alpha1.VPCPeering) Matrix {
	cells := map[[2]string]*Cell{}
	var matrix Matrix
	for i := range peerings {
		name, verification := peerings[i].Namespace+"/"+peerings[i].Name, peerings[i].Status.Verification
		matrix.Notes = append(matrix.Notes, notes(name, &peerings[i])...)
		if verification == nil || len(verification.Results) == 0 {
			matrix.Unverified = append(matrix.Unverified, name)
			continue
		}
		own := map[[2]string]*Cell{}
		for _, result := range verification.Results {
			count(own, result)
		}
		for _, direction := range verification.Directions {
			measure(own, direction)
		}
		for key, cell := range own {
			cellOf(cells, key).add(*cell)
		}
	}
	for _, cell := range cells {
		matrix.Cells = append(matrix.Cells, *cell)
	}
	slices.SortFunc(matrix.Cells, func(a, b Cell) int { return strings.Compare(a.From+" "+a.To, b.From+" "+b.To) })
	return matrix
}

// add joins what another VPCPeering showed of the same two clusters: the slower one and the smaller packet count.
func (c *Cell) add(other Cell) {
	c.Passed, c.Total, c.Errors = c.Passed+other.Passed, c.Total+other.Total, append(c.Errors, other.Errors...)
	c.Attempts, c.Lost = c.Attempts+other.Attempts, c.Lost+other.Lost
	c.RoundTripMicroseconds = max(c.RoundTripMicroseconds, other.RoundTripMicroseconds)
	if packet := other.LargestPacketBytes; packet > 0 && (c.LargestPacketBytes == 0 || packet < c.LargestPacketBytes) {
		c.LargestPacketBytes = packet
	}
}

// cellOf is the cell of a direction.
func cellOf(cells map[[2]string]*Cell, key [2]string) *Cell {
	if cells[key] == nil {
		cells[key] = &Cell{From: key[0], To: key[1]}
	}
	return cells[key]
}

// notes are why a peering's pods were not probed, and what its last run found besides.
func notes(name string, peering *v1alpha1.VPCPeering) []string {
	said, verification := "VPCPeering "+name+": ", peering.Status.Verification
	switch {
	case verification != nil && verification.LastRunTime != nil:
		var notes []string
		for _, found := range verification.Findings {
			notes = append(notes, said+found.Message)
		}
		return notes
	case peering.Spec.Verification == nil || !peering.Spec.Verification.Enabled:
		return []string{said + "No pods are probed. Set spec.verification.enabled to true."}
	default:
		return []string{said + "No pods were probed yet. " + Head(peering).Message}
	}
}

func count(cells map[[2]string]*Cell, result v1alpha1.ProbeResult) {
	cell := cellOf(cells, [2]string{clusterOf(result.From), clusterOf(result.To)})
	cell.Total++
	if result.Passed {
		cell.Passed++
		return
	}
	cell.Errors = append(cell.Errors, fmt.Sprintf("%s to %s: %s", result.From, result.To, result.Message))
}

// measure adds what was measured from one cluster to another. Results are at most 16, directions count all probes.
func measure(cells map[[2]string]*Cell, direction v1alpha1.ProbeDirection) {
	cell := cellOf(cells, [2]string{direction.From, direction.To})
	cell.Passed, cell.Total = max(cell.Passed, int(direction.Passed)), max(cell.Total, int(direction.Probes))
	measured := Cell{Attempts: int(direction.Attempts), Lost: int(direction.Lost), LargestPacketBytes: int(direction.LargestPacketBytes)}
	if times := direction.ConnectMicroseconds; times != nil {
		measured.RoundTripMicroseconds = times.Median
	}
	cell.add(measured)
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
