package plugin

import (
	"path/filepath"
	"testing"

	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// TestTheFlagsSayHowTheClusterOfTheHubIsReached: kubectl's own flags count for access.local too.
func TestTheFlagsSayHowTheClusterOfTheHubIsReached(t *testing.T) {
	kubeconfig := clientcmdapi.NewConfig()
	for _, name := range []string{"one", "two"} {
		kubeconfig.Clusters[name] = &clientcmdapi.Cluster{Server: "https://" + name}
		kubeconfig.AuthInfos[name] = &clientcmdapi.AuthInfo{Token: "of " + name, Impersonate: "own"}
		kubeconfig.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name}
	}
	kubeconfig.CurrentContext = "one"
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*kubeconfig, path); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		args                      []string
		host, token, user, actsAs string
	}{
		"none":              {nil, "https://one", "of one", "own", ""},
		"a context":         {[]string{"--context", "two"}, "https://two", "of two", "own", ""},
		"a server":          {[]string{"--server", "https://other"}, "https://other", "of one", "own", ""},
		"a cluster":         {[]string{"--cluster", "two"}, "https://two", "of one", "own", ""},
		"a user":            {[]string{"--user", "two"}, "https://one", "of two", "own", ""},
		"a token":           {[]string{"--token", "given"}, "https://one", "given", "own", ""},
		"whom he acts as":   {[]string{"--as", "limited", "--as-group", "few"}, "https://one", "of one", "limited", "limited"},
		"as in two's place": {[]string{"--context", "two", "--as", "limited"}, "https://two", "of two", "limited", "limited"},
	} {
		flags, set := genericclioptions.NewConfigFlags(true), pflag.NewFlagSet(name, pflag.ContinueOnError)
		flags.AddFlags(set)
		if err := set.Parse(append([]string{"--kubeconfig", path}, test.args...)); err != nil {
			t.Fatal(err)
		}
		options, err := (&session{flags: flags}).asker()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		c := options.Config
		if c.Host != test.host || c.BearerToken != test.token || c.Impersonate.UserName != test.user || options.As.UserName != test.actsAs {
			t.Errorf("%s: %s with token %q as %q, elsewhere as %q", name, c.Host, c.BearerToken, c.Impersonate.UserName, options.As.UserName)
		}
	}
}
