package firstrun

import (
	"context"
	"fmt"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/plugin/kube"
)

// side is a place with the ways to look at it.
type side struct {
	Place
	// object is the name of its PeeredCluster.
	object string
	cloud  *aws.Clients
	// server is the API server that the context names.
	server *rest.Config
	kube   client.Client
	seen   sight
}

// me are the credentials of whoever runs this.
var me = aws.Identity{Name: "first-run"}

// open makes the clients of a place, and calls nobody.
func open(ctx context.Context, place Place, object string) (*side, error) {
	loaded, err := aws.LoadProfile(ctx, place.Profile, place.Region)
	if err != nil {
		return nil, fmt.Errorf("profile %q: %w", place.Profile, err)
	}
	s := &side{Place: place, object: object, cloud: aws.NewClients(loaded)}
	s.server, err = clientcmd.NewNonInteractiveDeferredLoadingClientConfig(clientcmd.NewDefaultClientConfigLoadingRules(),
		&clientcmd.ConfigOverrides{CurrentContext: place.Context}).ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("context %q of the kubeconfig: %w. Make it with: aws eks update-kubeconfig --region %s --name %s --alias %s",
			place.Context, err, place.Region, place.Cluster, place.Context)
	}
	if s.kube, err = kube.New(s.server); err != nil {
		return nil, fmt.Errorf("connecting to the cluster of context %s: %w", place.Context, err)
	}
	return s, nil
}

func (s *side) eks() *aws.EKSCluster { return s.cloud.EKSCluster(me, s.Region, s.Cluster) }
