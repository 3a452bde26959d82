package view

import (
	"fmt"
	"io"
	"text/tabwriter"

	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/message"
)

// Summary is a table of many VPCPeerings, a line each.
func (p Paper) Summary(to io.Writer, peerings []v1alpha1.VPCPeering) error {
	if p.tooNarrow(peerings) {
		return p.summaryLines(to, peerings)
	}
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "NAMESPACE\tNAME\tSTATE\tSINCE\tMESSAGE")
	for i := range peerings {
		head := Head(&peerings[i])
		since := "-"
		if head.Since != nil {
			since = duration.HumanDuration(p.Now.Sub(*head.Since))
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", peerings[i].Namespace, peerings[i].Name, head.State, since, p.cut(head, &peerings[i]))
	}
	return table.Flush()
}

// tooNarrow: a table would leave its messages no place.
func (p Paper) tooNarrow(peerings []v1alpha1.VPCPeering) bool {
	namespaces, names := 0, 0
	for i := range peerings {
		namespaces, names = max(namespaces, len(peerings[i].Namespace)), max(names, len(peerings[i].Name))
	}
	return p.Width > 0 && namespaces+names+besideNames+narrowest > p.Width
}

// besideNames is what state, time and the space between columns take.
const besideNames = len("Working") + len("59m") + 8

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

// cut keeps a line within the width; the whole message is in the tree.
func (p Paper) cut(head Item, peering *v1alpha1.VPCPeering) string {
	if p.Width == 0 {
		return head.Message
	}
	taken := len(peering.Namespace) + len(peering.Name) + besideNames
	return message.Cut(head.Message, max(narrowest, p.Width-taken))
}
