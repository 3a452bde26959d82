package controlplane

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

const (
	controllerManagerName = "kube-controller-manager"
	schedulerName         = "kube-scheduler"
	kwokName              = "kwok"
)

// ManagedPodLabel on a pod keeps kwok's hands off it: whoever sets it plays the kubelet.
const ManagedPodLabel = "nodesim.crossvpc.io/managed"

// NodeLabel, with the value [NodeLabelValue], makes kwok play a node. Taking it away makes
// the node fall silent, as a dead one does.
const (
	NodeLabel      = "type"
	NodeLabelValue = "kwok"
)

//go:embed stages.yaml
var stages []byte

// The scheduler takes its client's limits from a file only.
const schedulerConfig = `apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
leaderElection: {leaderElect: false}
clientConnection: {kubeconfig: %q, qps: 1000, burst: 2000}
`

// identities are the users as whom the parts run. The first two have bootstrap roles of
// their own; kwok does what many kubelets together do.
var identities = map[string]struct {
	user   string
	groups []string
}{
	controllerManagerName: {user: "system:kube-controller-manager"},
	schedulerName:         {user: "system:kube-scheduler"},
	kwokName:              {user: "kwok", groups: []string{"system:masters"}},
}

func (c *Cluster) writeWorkloadFiles() error {
	files := map[string][]byte{
		"scheduler.yaml": fmt.Appendf(nil, schedulerConfig, c.pkiPath(schedulerName+".kubeconfig")),
		"stages.yaml":    stages,
	}
	for name, content := range files {
		if err := os.WriteFile(c.path(name), content, privateFileMode); err != nil {
			return fmt.Errorf("cluster %s: %w", c.name, err)
		}
	}
	for name, identity := range identities {
		pair, err := c.pki.clients.issue(identity.user, identity.groups...)
		if err != nil {
			return err
		}
		content := c.kubeconfig(&clientcmdapi.AuthInfo{ClientCertificateData: pair.cert, ClientKeyData: pair.key})
		if err := os.WriteFile(c.pkiPath(name+".kubeconfig"), content, privateFileMode); err != nil {
			return fmt.Errorf("cluster %s: %w", c.name, err)
		}
	}
	return nil
}

func (c *Cluster) startWorkloads(ctx context.Context) error {
	if err := c.run(controllerManagerName, c.binaries.KubeControllerManager, c.controllerManagerFlags()...); err != nil {
		return err
	}
	if err := c.run(schedulerName, c.binaries.KubeScheduler, "--config="+c.path("scheduler.yaml"), "--secure-port=0"); err != nil {
		return err
	}
	if err := c.StartKwok(ctx); err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(c.Config())
	if err != nil {
		return fmt.Errorf("cluster %s: %w", c.name, err)
	}
	return c.waitFor(ctx, "the default service account, without which no pod is admitted", controllerManagerName,
		func(ctx context.Context) error {
			_, err := client.CoreV1().ServiceAccounts(metav1.NamespaceDefault).Get(ctx, "default", metav1.GetOptions{})
			return err
		})
}

func (c *Cluster) controllerManagerFlags() []string {
	return []string{
		"--kubeconfig=" + c.pkiPath(controllerManagerName+".kubeconfig"),
		"--use-service-account-credentials", // each controller with its own bootstrap role, as on EKS
		"--service-account-private-key-file=" + c.pkiPath(serviceKeyFile),
		"--root-ca-file=" + c.pkiPath(clientCAFile),
		"--node-monitor-grace-period=" + c.options.NodeMonitorGracePeriod.String(),
		"--kube-api-qps=1000", "--kube-api-burst=2000",
		"--concurrent-deployment-syncs=20", "--concurrent-replicaset-syncs=20",
		"--leader-elect=false", "--secure-port=0", "--profiling=false",
	}
}

// StartKwok starts kwok, also again after [Cluster.StopKwok].
func (c *Cluster) StartKwok(ctx context.Context) error {
	// A new kwok drops what happens on nodes whose lease a former one still holds, and
	// never looks again: pods stay Pending for good.
	client, err := kubernetes.NewForConfig(c.Config())
	if err != nil {
		return fmt.Errorf("cluster %s: %w", c.name, err)
	}
	leases := client.CoordinationV1().Leases("kube-node-lease")
	if err := leases.DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{}); err != nil {
		return fmt.Errorf("cluster %s: remove the leases of a former kwok: %w", c.name, err)
	}
	return c.run(kwokName, c.binaries.Kwok,
		"--kubeconfig="+c.pkiPath(kwokName+".kubeconfig"),
		"--config="+c.path("stages.yaml"),
		"--manage-nodes-with-label-selector="+NodeLabel+"="+NodeLabelValue,
		fmt.Sprintf("--node-lease-duration-seconds=%d", c.options.NodeMonitorGracePeriod*4/5/time.Second),
	)
}

// StopKwok kills kwok: every node of the cluster falls silent.
func (c *Cluster) StopKwok() { c.end(kwokName) }
