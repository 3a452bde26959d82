package controlplane

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

const (
	etcdName      = "etcd"
	apiServerName = "kube-apiserver"
)

//go:embed audit-policy.yaml
var auditPolicy []byte

func (c *Cluster) writeFiles() error {
	for name, content := range map[string][]byte{
		"audit-policy.yaml": auditPolicy,
		"kubeconfig":        c.Kubeconfig(),
	} {
		if err := os.WriteFile(c.path(name), content, privateFileMode); err != nil {
			return fmt.Errorf("cluster %s: %w", c.name, err)
		}
	}
	if c.options.Workloads {
		return c.writeWorkloadFiles()
	}
	return nil
}

func (c *Cluster) startEtcd(ctx context.Context) error {
	cert, key, ca := c.pkiPath(etcdFile+certificateExt), c.pkiPath(etcdFile+keyExt), c.pkiPath(etcdCAFile)
	err := c.run(etcdName, c.binaries.Etcd,
		"--name=default",
		"--data-dir="+c.path("etcd"),
		"--unsafe-no-fsync", // the data does not outlive the process
		"--socket-reuse-port",
		"--listen-client-urls="+c.etcdPort.url(), "--advertise-client-urls="+c.etcdPort.url(),
		"--listen-peer-urls="+c.peerPort.url(), "--initial-advertise-peer-urls="+c.peerPort.url(),
		"--initial-cluster=default="+c.peerPort.url(),
		"--client-cert-auth", "--cert-file="+cert, "--key-file="+key, "--trusted-ca-file="+ca,
		"--peer-client-cert-auth", "--peer-cert-file="+cert, "--peer-key-file="+key, "--peer-trusted-ca-file="+ca,
		"--quota-backend-bytes=2147483648",
		"--log-level=warn",
	)
	if err != nil {
		return err
	}
	return c.waitFor(ctx, "etcd to listen", etcdName, func(ctx context.Context) error {
		if !c.etcdPort.accepts(ctx) {
			return errors.New("connection refused")
		}
		return nil
	})
}

// StartAPIServer starts the API server, at the same address and with the same data as
// before [Cluster.StopAPIServer], and returns when it is ready.
func (c *Cluster) StartAPIServer(ctx context.Context) error {
	if err := c.run(apiServerName, c.binaries.KubeAPIServer, c.apiServerFlags()...); err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(c.Config())
	if err != nil {
		return fmt.Errorf("cluster %s: %w", c.name, err)
	}
	return c.waitFor(ctx, "kube-apiserver to be ready", apiServerName, func(ctx context.Context) error {
		if err := client.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error(); err != nil {
			return err
		}
		// The system namespaces are made just after it calls itself ready.
		_, err := client.CoreV1().Namespaces().Get(ctx, metav1.NamespaceDefault, metav1.GetOptions{})
		if err == nil {
			_, err = client.CoreV1().Namespaces().Get(ctx, metav1.NamespaceSystem, metav1.GetOptions{})
		}
		return err
	})
}

// StopAPIServer kills the API server: open requests and watches break, new ones are refused,
// until [Cluster.StartAPIServer].
func (c *Cluster) StopAPIServer() { c.end(apiServerName) }

func (c *Cluster) apiServerFlags() []string {
	return append([]string{
		"--bind-address=127.0.0.1", "--secure-port=" + c.apiPort.String(), "--permit-port-sharing",
		"--advertise-address=127.0.0.1", "--endpoint-reconciler-type=none", // an endpoint on loopback is refused otherwise
		"--etcd-servers=" + c.etcdPort.url(),
		"--etcd-cafile=" + c.pkiPath(etcdCAFile),
		"--etcd-certfile=" + c.pkiPath(etcdFile+certificateExt), "--etcd-keyfile=" + c.pkiPath(etcdFile+keyExt),
		"--tls-cert-file=" + c.pkiPath(apiServerFile+certificateExt), "--tls-private-key-file=" + c.pkiPath(apiServerFile+keyExt),
		"--client-ca-file=" + c.pkiPath(clientCAFile),
		"--authorization-mode=Node,RBAC", "--enable-admission-plugins=NodeRestriction",
		"--service-account-issuer=https://kubernetes.default.svc.cluster.local",
		"--service-account-key-file=" + c.pkiPath(serviceKeyFile), "--service-account-signing-key-file=" + c.pkiPath(serviceKeyFile),
		"--service-cluster-ip-range=10.96.0.0/16",
		"--allow-privileged=true", // as on EKS: Cilium's agents are privileged
		"--audit-policy-file=" + c.path("audit-policy.yaml"), "--audit-log-path=" + c.AuditLog(),
		"--audit-log-maxsize=100000", // one file, never rotated
		"--max-requests-inflight=1200", "--max-mutating-requests-inflight=600",
		"--profiling=false",
	}, c.options.APIServerFlags[c.name]...)
}
