package access

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/crossvpc/crossvpc/test/kubeconfig"
)

func TestAKubeConfigIsRefused(t *testing.T) {
	certificate, key := keyPair(t)
	_, otherKey := keyPair(t)
	server := func(over kubeconfig.Fields) kubeconfig.Fields { return kubeconfig.Config(over, nil) }
	user := func(over kubeconfig.Fields) kubeconfig.Fields { return kubeconfig.Config(nil, over) }
	second := func(list, name string) kubeconfig.Fields {
		config := kubeconfig.Config(nil, nil)
		config[list] = append(config[list].([]kubeconfig.Fields), kubeconfig.Fields{"name": name, strings.TrimSuffix(list, "s"): kubeconfig.Fields{}})
		return config
	}
	for name, test := range map[string]struct {
		config any
		want   string // the beginning of the error
	}{
		"that is empty":                          {kubeconfig.Fields{}, "it must have exactly one context"},
		"that is no YAML":                        {"{" + kubeconfig.Token, "it must be YAML or JSON of apiVersion v1"},
		"of another kind":                        {kubeconfig.Fields{"apiVersion": "v1", "kind": "Secret", "data": kubeconfig.Fields{"a": kubeconfig.Token}}, "it must be YAML or JSON of apiVersion v1"},
		"whose data is no base64":                {server(kubeconfig.Fields{"certificate-authority-data": kubeconfig.Token + "%"}), "it must be YAML or JSON of apiVersion v1"},
		"with a field of a wrong type":           {user(kubeconfig.Fields{"token": []string{kubeconfig.Token}}), "it must be YAML or JSON of apiVersion v1"},
		"larger than 1 MiB":                      {user(kubeconfig.Fields{"token": strings.Repeat("a", 1<<20)}), "it must not be larger than 1 MiB"},
		"with two contexts":                      {second("contexts", "d"), "it must have exactly one context, one cluster and one user, and has 2, 1 and 1"},
		"with two clusters":                      {second("clusters", "d"), "it must have exactly one context, one cluster and one user, and has 1, 2 and 1"},
		"with two users":                         {second("users", "d"), "it must have exactly one context, one cluster and one user, and has 1, 1 and 2"},
		"without a current context":              {kubeconfig.Merged(kubeconfig.Config(nil, nil), kubeconfig.Fields{"current-context": ""}), "current-context must name its context"},
		"whose current context does not exist":   {kubeconfig.Merged(kubeconfig.Config(nil, nil), kubeconfig.Fields{"current-context": kubeconfig.Token}), "current-context must name a context that it has"},
		"whose context names no user":            {kubeconfig.Merged(kubeconfig.Config(nil, nil), kubeconfig.Fields{"contexts": []kubeconfig.Fields{{"name": "ctx", "context": kubeconfig.Fields{"cluster": "c", "user": kubeconfig.Token}}}}), "its context must name a cluster and a user"},
		"whose context names no cluster":         {kubeconfig.Merged(kubeconfig.Config(nil, nil), kubeconfig.Fields{"contexts": []kubeconfig.Fields{{"name": "ctx", "context": kubeconfig.Fields{"cluster": kubeconfig.Token, "user": "u"}}}}), "its context must name a cluster and a user"},
		"without a server":                       {server(kubeconfig.Fields{"server": nil}), "server must be an https:// address"},
		"over plain http":                        {server(kubeconfig.Fields{"server": "http://10.0.0.1"}), "server must be an https:// address"},
		"over a unix socket":                     {server(kubeconfig.Fields{"server": "unix:///run/" + kubeconfig.Token}), "server must be an https:// address"},
		"without a scheme":                       {server(kubeconfig.Fields{"server": "10.0.0.1:6443"}), "server must be an https:// address"},
		"whose server does not parse":            {server(kubeconfig.Fields{"server": "https://" + kubeconfig.Token + "%zz/"}), "server must be an https:// address"},
		"whose server carries a password":        {server(kubeconfig.Fields{"server": "https://admin:" + kubeconfig.Token + "@10.0.0.1"}), "server must be an address without a user"},
		"whose server carries a query":           {server(kubeconfig.Fields{"server": "https://10.0.0.1/?token=" + kubeconfig.Token}), "server must be an address without a user, a query"},
		"that leads to the metadata service":     {server(kubeconfig.Fields{"server": "https://169.254.169.254/"}), "server must not be a link-local, metadata"},
		"that leads to the credentials service":  {server(kubeconfig.Fields{"server": "https://169.254.170.23:443"}), "server must not be a link-local, metadata"},
		"that leads there by IPv6":               {server(kubeconfig.Fields{"server": "https://[fd00:ec2::254]"}), "server must not be a link-local, metadata"},
		"that leads there by a mapped address":   {server(kubeconfig.Fields{"server": "https://[::ffff:169.254.169.254]"}), "server must not be a link-local, metadata"},
		"that leads to a link-local address":     {server(kubeconfig.Fields{"server": "https://[fe80::1%25eth0]"}), "server must not be a link-local, metadata"},
		"that leads to the unspecified address":  {server(kubeconfig.Fields{"server": "https://0.0.0.0:6443"}), "server must not be a link-local, metadata"},
		"that skips the check of certificates":   {server(kubeconfig.Fields{"insecure-skip-tls-verify": true}), "insecure-skip-tls-verify must be left out"},
		"with the CA in a file":                  {server(kubeconfig.Fields{"certificate-authority": "/var/run/" + kubeconfig.Token}), "certificate-authority must be left out"},
		"with a file although the CA is inside":  {server(kubeconfig.Fields{"certificate-authority": "/x", "certificate-authority-data": certificate}), "certificate-authority must be left out"},
		"with a CA that is no certificate":       {server(kubeconfig.Fields{"certificate-authority-data": base64.StdEncoding.EncodeToString([]byte(kubeconfig.Token))}), "certificate-authority-data must hold certificates"},
		"with a proxy":                           {server(kubeconfig.Fields{"proxy-url": "https://" + kubeconfig.Token}), "proxy-url must be left out"},
		"with a plain proxy":                     {server(kubeconfig.Fields{"proxy-url": "http://" + kubeconfig.Token}), "proxy-url must be left out"},
		"that runs a program":                    {user(kubeconfig.Fields{"exec": kubeconfig.Fields{"apiVersion": "client.authentication.k8s.io/v1", "command": "/bin/" + kubeconfig.Token, "interactiveMode": "Never"}}), "exec must be left out"},
		"with an auth provider":                  {user(kubeconfig.Fields{"auth-provider": kubeconfig.Fields{"name": "oidc", "config": kubeconfig.Fields{"id-token": kubeconfig.Token}}}), "auth-provider must be left out"},
		"with the certificate in a file":         {user(kubeconfig.Fields{"client-certificate": "/" + kubeconfig.Token}), "client-certificate must be left out"},
		"with the key in a file":                 {user(kubeconfig.Fields{"client-key": "/" + kubeconfig.Token}), "client-key must be left out"},
		"with the token in a file":               {user(kubeconfig.Fields{"tokenFile": "/" + kubeconfig.Token, "token": nil}), "tokenFile must be left out"},
		"with a token file beside the token":     {user(kubeconfig.Fields{"tokenFile": "/" + kubeconfig.Token}), "tokenFile must be left out"},
		"with a user name and password":          {user(kubeconfig.Fields{"username": "admin", "password": kubeconfig.Token}), "username and password must be left out"},
		"with a password alone":                  {user(kubeconfig.Fields{"password": kubeconfig.Token}), "username and password must be left out"},
		"that impersonates a user":               {user(kubeconfig.Fields{"as": kubeconfig.Token}), "as, as-uid, as-groups and as-user-extra must be left out"},
		"that impersonates by UID":               {user(kubeconfig.Fields{"as-uid": kubeconfig.Token}), "as, as-uid, as-groups and as-user-extra must be left out"},
		"that impersonates a group":              {user(kubeconfig.Fields{"as-groups": []string{"system:masters"}}), "as, as-uid, as-groups and as-user-extra must be left out"},
		"that impersonates with extra":           {user(kubeconfig.Fields{"as-user-extra": kubeconfig.Fields{"a": []string{kubeconfig.Token}}}), "as, as-uid, as-groups and as-user-extra must be left out"},
		"without credentials":                    {user(kubeconfig.Fields{"token": nil}), "its user must have a token"},
		"with a certificate without its key":     {user(kubeconfig.Fields{"client-certificate-data": certificate}), "client-certificate-data and client-key-data must be given together"},
		"with a key without its certificate":     {user(kubeconfig.Fields{"client-key-data": key}), "client-certificate-data and client-key-data must be given together"},
		"with the key of another certificate":    {user(kubeconfig.Fields{"client-certificate-data": certificate, "client-key-data": otherKey}), "client-certificate-data and client-key-data must be a certificate and its key"},
		"with a token that would forge a header": {user(kubeconfig.Fields{"token": kubeconfig.Token + "\r\nX-Remote-User: admin"}), "token must be one line"},
	} {
		t.Run(name, func(t *testing.T) {
			content, plain := test.config.(string)
			encoded := []byte(content)
			if !plain {
				encoded = kubeconfig.Encode(t, test.config)
			}
			config, err := parseKubeConfig(encoded)
			if err == nil {
				t.Fatalf("accepted as %s", config)
			}
			if !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("error is %q, want %q", err, test.want)
			}
			if strings.Contains(err.Error(), kubeconfig.Token) {
				t.Errorf("error quotes the Secret: %q", err)
			}
		})
	}
}

func TestAKubeConfigIsTaken(t *testing.T) {
	certificate, key := keyPair(t)
	type taken struct {
		Host, ServerName, Token string
		CA, Certificate         bool
	}
	for name, test := range map[string]struct {
		server, user kubeconfig.Fields
		want         taken
	}{
		"with a token and the machine's CAs": {nil, nil, taken{Host: "https://10.0.0.1:6443", Token: kubeconfig.Token}},
		"with a CA and a client certificate": {
			kubeconfig.Fields{"certificate-authority-data": certificate},
			kubeconfig.Fields{"token": nil, "client-certificate-data": certificate, "client-key-data": key},
			taken{Host: "https://10.0.0.1:6443", CA: true, Certificate: true},
		},
		"with a path, as Rancher's, and a server name": {
			kubeconfig.Fields{"server": "https://rancher.example/k8s/clusters/c-1", "tls-server-name": "kube.example"}, nil,
			taken{Host: "https://rancher.example/k8s/clusters/c-1", ServerName: "kube.example", Token: kubeconfig.Token},
		},
	} {
		t.Run(name, func(t *testing.T) {
			config, err := parseKubeConfig(kubeconfig.Encode(t, kubeconfig.Config(test.server, test.user)))
			if err != nil {
				t.Fatal(err)
			}
			got := taken{config.Host, config.ServerName, config.BearerToken, len(config.CAData) > 0, len(config.CertData) > 0 && len(config.KeyData) > 0}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("configuration (-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzParseKubeConfigNeverQuotesNorTakesWhatReadsFiles(f *testing.F) {
	content, err := yaml.Marshal(kubeconfig.Config(nil, nil))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(content)
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, content []byte) {
		config, err := parseKubeConfig(content)
		if err != nil {
			return
		}
		if config.Insecure || config.CAFile != "" || config.CertFile != "" || config.KeyFile != "" || config.BearerTokenFile != "" ||
			config.ExecProvider != nil || config.AuthProvider != nil || config.Proxy != nil || config.Impersonate.UserName != "" {
			t.Errorf("took %s", config)
		}
		if !strings.HasPrefix(strings.ToLower(config.Host), "https://") {
			t.Errorf("took server %q", config.Host)
		}
	})
}

// keyPair makes a self-signed certificate and its key, in base64 of PEM.
func keyPair(t *testing.T) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return kubeconfig.PEM("CERTIFICATE", der), kubeconfig.PEM("EC PRIVATE KEY", keyDER)
}
