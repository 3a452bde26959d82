package authenticator

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/crossvpc/crossvpc/test/controlplane"
	"github.com/crossvpc/crossvpc/test/freeport"
)

// Webhook is one authenticator and the files that it and its API server need.
type Webhook struct {
	program, dir, url string
	port              int
	proxy             *proxy
}

// Options of a Webhook.
type Options struct {
	// ClusterID that tokens must be made for: the name of the EKS cluster.
	ClusterID string
	// URL of the simulated AWS.
	URL string
	// Dir keeps the files, among them keys.
	Dir string
}

// name is the authenticator's among the processes and logs of its cluster.
const name = "aws-iam-authenticator"

// New makes the files and starts the proxy that stands for AWS's STS; it ends with ctx.
func New(ctx context.Context, options Options) (*Webhook, error) {
	program, err := Program(ctx, io.Discard)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(options.Dir, 0o700); err != nil {
		return nil, err
	}
	w := &Webhook{program: program, dir: options.Dir, url: options.URL}
	if w.port, err = freeport.Loopback(ctx); err != nil {
		return nil, err
	}
	authority, err := newAuthority()
	if err != nil {
		return nil, err
	}
	if w.proxy, err = startProxy(ctx, authority, options.URL); err != nil {
		return nil, err
	}
	return w, errors.Join(w.writeKeys(authority), w.writeConfig(options.ClusterID), w.SetEntries(nil))
}

// Flags are those with which an API server asks the authenticator. A cached answer lives for 10 s, not 2 minutes.
func (w *Webhook) Flags() []string {
	return []string{"--authentication-token-webhook-config-file=" + w.path("webhook.kubeconfig"), "--authentication-token-webhook-cache-ttl=10s"}
}

// Start runs the authenticator as a part of the cluster, with which it ends, and returns when it listens.
func (w *Webhook) Start(ctx context.Context, cluster *controlplane.Cluster) error {
	env, err := exec.LookPath("env")
	if err != nil {
		return fmt.Errorf("run the authenticator: %w", err)
	}
	err = cluster.Run(name, env, "HTTPS_PROXY="+w.proxy.url, "NO_PROXY=", "SSL_CERT_FILE="+w.path("ca.pem"),
		"AWS_EC2_METADATA_DISABLED=true", "AWS_CA_BUNDLE=", w.program, "server", "--config", w.path("config.json"))
	if err != nil {
		return err
	}
	return poll(ctx, func() bool {
		connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", w.address())
		return err == nil && connection.Close() == nil
	})
}

func (w *Webhook) path(file string) string { return filepath.Join(w.dir, file) }
func (w *Webhook) address() string         { return net.JoinHostPort("127.0.0.1", strconv.Itoa(w.port)) }

func (w *Webhook) writeKeys(authority *authority) error {
	pair, err := authority.issue("127.0.0.1")
	if err != nil {
		return err
	}
	kubeconfig := map[string]any{
		"apiVersion": "v1", "kind": "Config", "current-context": "webhook",
		"clusters": []any{map[string]any{"name": name, "cluster": map[string]any{
			"server": "https://" + w.address() + "/authenticate", "certificate-authority-data": base64.StdEncoding.EncodeToString(authority.pem),
		}}},
		"users":    []any{map[string]any{"name": "apiserver", "user": map[string]any{}}},
		"contexts": []any{map[string]any{"name": "webhook", "context": map[string]any{"cluster": name, "user": "apiserver"}}},
	}
	return errors.Join(
		os.WriteFile(w.path("ca.pem"), authority.pem, 0o600),
		os.WriteFile(w.path("cert.pem"), pair.certificate, 0o600),
		os.WriteFile(w.path("key.pem"), pair.key, 0o600),
		writeJSON(w.path("webhook.kubeconfig"), kubeconfig),
	)
}

func (w *Webhook) writeConfig(clusterID string) error {
	return writeJSON(w.path("config.json"), map[string]any{
		"clusterID": clusterID,
		"server": map[string]any{
			"address": "127.0.0.1", "hostname": "127.0.0.1", "port": w.port, "stateDir": w.dir, "kubeconfigPregenerated": true,
			"backendMode": []string{"DynamicFile"}, "dynamicfilepath": w.path("entries.json"), "partition": "aws",
		},
	})
}

func writeJSON(path string, content any) error {
	encoded, err := json.Marshal(content)
	if err != nil {
		return fmt.Errorf("encode %s: %w", path, err)
	}
	return os.WriteFile(path, encoded, 0o600)
}
