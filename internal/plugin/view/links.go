package view

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// reasonsPage has a heading for each reason of a condition, with its cause and its cure.
const reasonsPage = "https://github.com/crossvpc/crossvpc/blob/main/docs/reasons.md"

// WriteLinks says below a tree where the reasons of what needs a person are explained, each once.
func WriteLinks(to io.Writer, tree Item) error {
	for _, reason := range badReasons(tree, nil) {
		if _, err := fmt.Fprintf(to, "%s: %s#%s\n", reason, reasonsPage, strings.ToLower(reason)); err != nil {
			return err
		}
	}
	return nil
}

// ofNodesToo are reasons of conditions that nodes have as well: the page explains them for both.
var ofNodesToo = []string{v1alpha1.ReasonEvidenceLost, v1alpha1.ReasonStrategyInsufficient}

func badReasons(item Item, known []string) []string {
	explained := !item.ofNode || slices.Contains(ofNodesToo, item.Reason)
	if item.State == Bad && explained && item.Reason != "" && !slices.Contains(known, item.Reason) {
		known = append(known, item.Reason)
	}
	for _, below := range item.Items {
		known = badReasons(below, known)
	}
	return known
}
