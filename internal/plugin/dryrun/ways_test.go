package dryrun

import (
	"context"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cluster/access"
)

// byAWS reaches every cluster.
type byAWS struct{}

func (byAWS) Takes(v1alpha1.ClusterAccess) bool { return true }
func (byAWS) Forget(string)                     {}
func (byAWS) Access(context.Context, *v1alpha1.PeeredCluster) (*access.Access, error) {
	return &access.Access{Config: &rest.Config{Host: "https://eks"}}, nil
}

// TestAClusterIsReachedWithTheRightsOfWhoeverAsks: what the flags say of the hub holds for the hub, and nobody reads
// more in any cluster than the user that he acts as.
func TestAClusterIsReachedWithTheRightsOfWhoeverAsks(t *testing.T) {
	kubeconfig := clientcmdapi.NewConfig()
	for _, name := range []string{"away", "named"} {
		kubeconfig.Clusters[name] = &clientcmdapi.Cluster{Server: "https://" + name}
		kubeconfig.AuthInfos[name] = &clientcmdapi.AuthInfo{Token: "of " + name, Impersonate: "own"}
		kubeconfig.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name}
	}
	hub := &rest.Config{Host: "https://hub", BearerToken: "of the flags", Impersonate: rest.ImpersonationConfig{UserName: "own"}}
	local, eks := v1alpha1.ClusterAccess{Local: &v1alpha1.LocalAccess{}}, v1alpha1.ClusterAccess{EKS: &v1alpha1.EKSAccess{}}
	for name, test := range map[string]struct {
		cluster         string
		access          v1alpha1.ClusterAccess
		contexts        map[string]string
		host, token, as string
	}{
		"the hub itself":              {"here", local, nil, "https://hub", "of the flags", "own"},
		"the hub by a named context":  {"here", local, map[string]string{"here": "named"}, "https://named", "of named", "own"},
		"a context of its name":       {"away", eks, nil, "https://away", "of away", "own"},
		"by his own AWS credentials":  {"elsewhere", eks, nil, "https://eks", "", ""},
		"a context named for another": {"elsewhere", eks, map[string]string{"elsewhere": "away"}, "https://away", "of away", "own"},
	} {
		cluster := &v1alpha1.PeeredCluster{ObjectMeta: metav1.ObjectMeta{Name: test.cluster}, Spec: v1alpha1.PeeredClusterSpec{Access: test.access}}
		for _, as := range []string{"", "limited"} {
			w := ways{kubeconfig: *kubeconfig, hub: hub, as: rest.ImpersonationConfig{UserName: as}, contexts: test.contexts, eks: byAWS{}}
			found, err := w.Access(t.Context(), cluster)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			want := test.as
			if as != "" {
				want = as
			}
			if c := found.Config; c.Host != test.host || c.BearerToken != test.token || c.Impersonate.UserName != want {
				t.Errorf("%s, as %q: %s with token %q as %q, want %s with token %q as %q", name, as, c.Host, c.BearerToken, c.Impersonate.UserName, test.host, test.token, want)
			}
		}
	}
}
