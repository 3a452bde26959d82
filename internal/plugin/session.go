package plugin

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/transport"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/plugin/dryrun"
	"github.com/crossvpc/crossvpc/internal/plugin/kube"
	"github.com/crossvpc/crossvpc/internal/plugin/view"
)

// session is what all commands share.
type session struct {
	streams genericiooptions.IOStreams
	flags   *genericclioptions.ConfigFlags
	// output is the flag of that name.
	output string
	// system is the namespace that crossvpc runs in.
	system string
	now    func() time.Time
}

// client talks to the cluster of the chosen context.
func (s *session) client() (client.Client, error) { return s.clientBy(nil) }

// reader is a client through which nothing can be written.
func (s *session) reader() (client.Client, error) { return s.clientBy(dryrun.ReadOnly) }

func (s *session) clientBy(wrap transport.WrapperFunc) (client.Client, error) {
	config, err := s.flags.ToRESTConfig()
	if err != nil {
		return nil, err
	}
	config.Wrap(wrap)
	return kube.New(config)
}

// namespace is the chosen one, or that of the context.
func (s *session) namespace() (string, error) {
	namespace, _, err := s.flags.ToRawKubeConfigLoader().Namespace()
	return namespace, err
}

// open is the client and the namespace that most commands need.
func (s *session) open() (kube client.Client, namespace string, err error) {
	if kube, err = s.client(); err != nil {
		return nil, "", err
	}
	namespace, err = s.namespace()
	return kube, namespace, err
}

// page is how many objects one request asks for.
const page = 500

// peerings lists the VPCPeerings of a namespace, or of all with an empty one.
func peerings(ctx context.Context, kube client.Reader, namespace string) ([]v1alpha1.VPCPeering, error) {
	var all []v1alpha1.VPCPeering
	for next := ""; ; {
		// A list of its own for each page: one that is read into again shares what its objects point to with the page before.
		list := &v1alpha1.VPCPeeringList{}
		if err := kube.List(ctx, list, client.InNamespace(namespace), client.Limit(page), client.Continue(next)); err != nil {
			return nil, err
		}
		all = append(all, list.Items...)
		if next = list.Continue; next == "" {
			return all, nil
		}
	}
}

// clusters are the PeeredClusters by name. Where they may not be read there are none, and it is said.
func (s *session) clusters(ctx context.Context, kube client.Reader) map[string]*v1alpha1.PeeredCluster {
	all, err := clusters(ctx, kube)
	if err != nil {
		_, _ = fmt.Fprintln(s.streams.ErrOut, "warning: PeeredClusters are left out:", explain(err))
	}
	return all
}

func clusters(ctx context.Context, kube client.Reader) (map[string]*v1alpha1.PeeredCluster, error) {
	list, all := &v1alpha1.PeeredClusterList{}, map[string]*v1alpha1.PeeredCluster{}
	if err := kube.List(ctx, list); err != nil {
		return all, err
	}
	for i := range list.Items {
		all[list.Items[i].Name] = &list.Items[i]
	}
	return all, nil
}

func (s *session) paper() view.Paper { return view.PaperFor(s.streams.Out, s.now()) }

// printTree prints a tree, and below it for people where reasons are explained.
func (s *session) printTree(tree view.Item) error {
	return s.print(tree, func(to io.Writer) error {
		if err := s.paper().Write(to, tree); err != nil {
			return err
		}
		return view.WriteLinks(to, tree)
	})
}

// print writes a value in the chosen format, or as text for people.
func (s *session) print(value any, text func(io.Writer) error) error {
	switch s.output {
	case "":
		return text(s.streams.Out)
	case "json":
		encoder := json.NewEncoder(s.streams.Out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(value)
	case "yaml":
		content, err := yaml.Marshal(value)
		if err != nil {
			return err
		}
		_, err = s.streams.Out.Write(content)
		return err
	}
	return fmt.Errorf("--output %q is not json or yaml", s.output)
}

// judged is the result of a command that shows states: 1 unless all are good.
func judged(states ...view.State) error {
	for _, state := range states {
		if state != view.Good {
			return errNotGood
		}
	}
	return nil
}
