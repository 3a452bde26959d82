package plugin

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/crossvpc/crossvpc/internal/plugin/view"
)

func (s *session) graphCommand() *cobra.Command {
	var format string
	command := &cobra.Command{
		Use:   "graph",
		Short: "Draw the peered networks of all namespaces, with their blocks and clusters",
		Example: `  # for a page of Markdown
  kubectl crossvpc graph
  # as a picture, with Graphviz
  kubectl crossvpc graph --format dot | dot -Tsvg > networks.svg`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			kube, err := s.client()
			if err != nil {
				return err
			}
			all, err := peerings(command.Context(), kube, "")
			if err != nil {
				return err
			}
			graph := view.Networks(all)
			switch {
			case s.output != "":
				return s.print(graph, nil)
			case format == "mermaid":
				_, err = fmt.Fprint(s.streams.Out, graph.Mermaid())
			case format == "dot":
				_, err = fmt.Fprint(s.streams.Out, graph.DOT())
			default:
				err = fmt.Errorf("--format %q is not mermaid or dot", format)
			}
			return err
		},
	}
	command.Flags().StringVar(&format, "format", "mermaid", "What to draw in: mermaid or dot.")
	return command
}
