package view

import (
	"fmt"
	"io"
	"slices"
	"strings"
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

func badReasons(item Item, known []string) []string {
	if item.State == Bad && !item.ofNode && item.Reason != "" && !slices.Contains(known, item.Reason) {
		known = append(known, item.Reason)
	}
	for _, below := range item.Items {
		known = badReasons(below, known)
	}
	return known
}
