package access

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

// secretText is in every place of the tests' kubeconfigs that a parser or a
// check may quote.
const secretText = "S3CRET"

type fields = map[string]any

// kubeConfig is an acceptable kubeconfig, before a test spoils it.
func kubeConfig(server, user fields) fields {
	return fields{
		"apiVersion": "v1", "kind": "Config", "current-context": "ctx",
		"contexts": []fields{{"name": "ctx", "context": fields{"cluster": "c", "user": "u"}}},
		"clusters": []fields{{"name": "c", "cluster": merged(fields{"server": "https://10.0.0.1:6443"}, server)}},
		"users":    []fields{{"name": "u", "user": merged(fields{"token": secretText}, user)}},
	}
}

func merged(base, over fields) fields {
	for key, value := range over {
		if value == nil {
			delete(base, key)
			continue
		}
		base[key] = value
	}
	return base
}

func encode(t *testing.T, config any) []byte {
	t.Helper()
	content, err := yaml.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestAKubeConfigIsRefused(t *testing.T) {
	certificate, key := keyPair(t)
	_, otherKey := keyPair(t)
	server := func(over fields) fields { return kubeConfig(over, nil) }
	user := func(over fields) fields { return kubeConfig(nil, over) }
	second := func(list, name string) fields {
		config := kubeConfig(nil, nil)
		config[list] = append(config[list].([]fields), fields{"name": name, strings.TrimSuffix(list, "s"): fields{}})
		return config
	}
	for name, test := range map[string]struct {
		config any
		want   string // the beginning of the error
	}{
		"that is empty":                          {fields{}, "it must have exactly one context"},
		"that is no YAML":                        {"{" + secretText, "it must be YAML or JSON of apiVersion v1"},
		"of another kind":                        {fields{"apiVersion": "v1", "kind": "Secret", "data": fields{"a": secretText}}, "it must be YAML or JSON of apiVersion v1"},
		"whose data is no base64":                {server(fields{"certificate-authority-data": secretText + "%"}), "it must be YAML or JSON of apiVersion v1"},
		"with a field of a wrong type":           {user(fields{"token": []string{secretText}}), "it must be YAML or JSON of apiVersion v1"},
		"larger than 1 MiB":                      {user(fields{"token": strings.Repeat("a", 1<<20)}), "it must not be larger than 1 MiB"},
		"with two contexts":                      {second("contexts", "d"), "it must have exactly one context, one cluster and one user, and has 2, 1 and 1"},
		"with two clusters":                      {second("clusters", "d"), "it must have exactly one context, one cluster and one user, and has 1, 2 and 1"},
		"with two users":                         {second("users", "d"), "it must have exactly one context, one cluster and one user, and has 1, 1 and 2"},
		"without a current context":              {merged(kubeConfig(nil, nil), fields{"current-context": ""}), "current-context must name its context"},
		"whose current context does not exist":   {merged(kubeConfig(nil, nil), fields{"current-context": secretText}), "current-context must name a context that it has"},
		"whose context names no user":            {merged(kubeConfig(nil, nil), fields{"contexts": []fields{{"name": "ctx", "context": fields{"cluster": "c", "user": secretText}}}}), "its context must name a cluster and a user"},
		"whose context names no cluster":         {merged(kubeConfig(nil, nil), fields{"contexts": []fields{{"name": "ctx", "context": fields{"cluster": secretText, "user": "u"}}}}), "its context must name a cluster and a user"},
		"without a server":                       {server(fields{"server": nil}), "server must be an https:// address"},
		"over plain http":                        {server(fields{"server": "http://10.0.0.1"}), "server must be an https:// address"},
		"over a unix socket":                     {server(fields{"server": "unix:///run/" + secretText}), "server must be an https:// address"},
		"without a scheme":                       {server(fields{"server": "10.0.0.1:6443"}), "server must be an https:// address"},
		"whose server does not parse":            {server(fields{"server": "https://" + secretText + "%zz/"}), "server must be an https:// address"},
		"whose server carries a password":        {server(fields{"server": "https://admin:" + secretText + "@10.0.0.1"}), "server must be an address without a user"},
		"whose server carries a query":           {server(fields{"server": "https://10.0.0.1/?token=" + secretText}), "server must be an address without a user, a query"},
		"that leads to the metadata service":     {server(fields{"server": "https://169.254.169.254/"}), "server must not be a link-local, metadata"},
		"that leads to the credentials service":  {server(fields{"server": "https://169.254.170.23:443"}), "server must not be a link-local, metadata"},
		"that leads there by IPv6":               {server(fields{"server": "https://[fd00:ec2::254]"}), "server must not be a link-local, metadata"},
		"that leads there by a mapped address":   {server(fields{"server": "https://[::ffff:169.254.169.254]"}), "server must not be a link-local, metadata"},
		"that leads to a link-local address":     {server(fields{"server": "https://[fe80::1%25eth0]"}), "server must not be a link-local, metadata"},
		"that leads to the unspecified address":  {server(fields{"server": "https://0.0.0.0:6443"}), "server must not be a link-local, metadata"},
		"that skips the check of certificates":   {server(fields{"insecure-skip-tls-verify": true}), "insecure-skip-tls-verify must be left out"},
		"with the CA in a file":                  {server(fields{"certificate-authority": "/var/run/" + secretText}), "certificate-authority must be left out"},
		"with a file although the CA is inside":  {server(fields{"certificate-authority": "/x", "certificate-authority-data": certificate}), "certificate-authority must be left out"},
		"with a CA that is no certificate":       {server(fields{"certificate-authority-data": base64.StdEncoding.EncodeToString([]byte(secretText))}), "certificate-authority-data must hold certificates"},
		"with a proxy":                           {server(fields{"proxy-url": "https://" + secretText}), "proxy-url must be left out"},
		"with a plain proxy":                     {server(fields{"proxy-url": "http://" + secretText}), "proxy-url must be left out"},
		"that runs a program":                    {user(fields{"exec": fields{"apiVersion": "client.authentication.k8s.io/v1", "command": "/bin/" + secretText, "interactiveMode": "Never"}}), "exec must be left out"},
		"with an auth provider":                  {user(fields{"auth-provider": fields{"name": "oidc", "config": fields{"id-token": secretText}}}), "auth-provider must be left out"},
		"with the certificate in a file":         {user(fields{"client-certificate": "/" + secretText}), "client-certificate must be left out"},
		"with the key in a file":                 {user(fields{"client-key": "/" + secretText}), "client-key must be left out"},
		"with the token in a file":               {user(fields{"tokenFile": "/" + secretText, "token": nil}), "tokenFile must be left out"},
		"with a token file beside the token":     {user(fields{"tokenFile": "/" + secretText}), "tokenFile must be left out"},
		"with a user name and password":          {user(fields{"username": "admin", "password": secretText}), "username and password must be left out"},
		"with a password alone":                  {user(fields{"password": secretText}), "username and password must be left out"},
		"that impersonates a user":               {user(fields{"as": secretText}), "as, as-uid, as-groups and as-user-extra must be left out"},
		"that impersonates by UID":               {user(fields{"as-uid": secretText}), "as, as-uid, as-groups and as-user-extra must be left out"},
		"that impersonates a group":              {user(fields{"as-groups": []string{"system:masters"}}), "as, as-uid, as-groups and as-user-extra must be left out"},
		"that impersonates with extra":           {user(fields{"as-user-extra": fields{"a": []string{secretText}}}), "as, as-uid, as-groups and as-user-extra must be left out"},
		"without credentials":                    {user(fields{"token": nil}), "its user must have a token"},
		"with a certificate without its key":     {user(fields{"client-certificate-data": certificate}), "client-certificate-data and client-key-data must be given together"},
		"with a key without its certificate":     {user(fields{"client-key-data": key}), "client-certificate-data and client-key-data must be given together"},
		"with the key of another certificate":    {user(fields{"client-certificate-data": certificate, "client-key-data": otherKey}), "client-certificate-data and client-key-data must be a certificate and its key"},
		"with a token that would forge a header": {user(fields{"token": secretText + "\r\nX-Remote-User: admin"}), "token must be one line"},
	} {
		t.Run(name, func(t *testing.T) {
			content, plain := test.config.(string)
			encoded := []byte(content)
			if !plain {
				encoded = encode(t, test.config)
			}
			config, err := parseKubeConfig(encoded)
			if err == nil {
				t.Fatalf("accepted as %s", config)
			}
			if !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("error is %q, want %q", err, test.want)
			}
			if strings.Contains(err.Error(), secretText) {
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
		server, user fields
		want         taken
	}{
		"with a token and the machine's CAs": {nil, nil, taken{Host: "https://10.0.0.1:6443", Token: secretText}},
		"with a CA and a client certificate": {
			fields{"certificate-authority-data": certificate},
			fields{"token": nil, "client-certificate-data": certificate, "client-key-data": key},
			taken{Host: "https://10.0.0.1:6443", CA: true, Certificate: true},
		},
		"with a path, as Rancher's, and a server name": {
			fields{"server": "https://rancher.example/k8s/clusters/c-1", "tls-server-name": "kube.example"}, nil,
			taken{Host: "https://rancher.example/k8s/clusters/c-1", ServerName: "kube.example", Token: secretText},
		},
	} {
		t.Run(name, func(t *testing.T) {
			config, err := parseKubeConfig(encode(t, kubeConfig(test.server, test.user)))
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
	content, err := yaml.Marshal(kubeConfig(nil, nil))
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
	return base64PEM("CERTIFICATE", der), base64PEM("EC PRIVATE KEY", keyDER)
}

func base64PEM(kind string, der []byte) string {
	return base64.StdEncoding.EncodeToString(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}
