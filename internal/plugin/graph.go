package plugin

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/goccy/go-graphviz"
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
  # as a picture
  kubectl crossvpc graph --format svg > networks.svg
  # for Graphviz, in another layout
  kubectl crossvpc graph --format dot | circo -Tpng > networks.png`,
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
			case format == "svg":
				err = svg(command.Context(), s.streams.Out, graph.DOT())
			default:
				err = fmt.Errorf("--format %q is not mermaid, dot or svg", format)
			}
			return err
		},
	}
	command.Flags().StringVar(&format, "format", "mermaid", "What to draw in: mermaid, dot or svg.")
	return command
}

// svg draws by Graphviz itself, which go-graphviz brings as WebAssembly: nothing has to be installed.
func svg(ctx context.Context, to io.Writer, dot string) error {
	engine, err := graphviz.New(ctx)
	if err != nil {
		return fmt.Errorf("start Graphviz: %w", err)
	}
	drawing, err := graphviz.ParseBytes([]byte(dot))
	if err != nil {
		return errors.Join(fmt.Errorf("read the drawing: %w", err), engine.Close())
	}
	return errors.Join(engine.Render(ctx, drawing, graphviz.SVG, to), drawing.Close(), engine.Close())
}
