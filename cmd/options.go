package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/crossvpc/crossvpc/internal/cluster/guard"
)

// options are the manager's settings. AWS is set up by the SDK's own environment
// variables (AWS_REGION, AWS_ENDPOINT_URL, AWS_CA_BUNDLE, …).
type options struct {
	namespace      string
	podName        string
	nodeName       string
	installationID string
	metricsAddress string
	metricsSecure  bool
	// metricsCertificates is a folder with tls.crt and tls.key.
	metricsCertificates string
	probeAddress        string
	probeImage          string
	leaderElection      bool
	showVersion         bool
	sweep               time.Duration
	maxClustersAtOnce   int
	clusterLimits       guard.Limits
}

func defaultOptions() *options {
	return &options{
		namespace:      os.Getenv("POD_NAMESPACE"),
		podName:        os.Getenv("POD_NAME"),
		nodeName:       os.Getenv("NODE_NAME"),
		installationID: os.Getenv("INSTALLATION_ID"),
		metricsAddress: ":8443",
		metricsSecure:  true,
		probeAddress:   ":8081",
		probeImage:     os.Getenv("PROBE_IMAGE"),
		sweep:          time.Minute,

		maxClustersAtOnce: numberFrom(os.Getenv("MAX_CLUSTERS_AT_ONCE"), 1),

		clusterLimits: guard.DefaultLimits(),
	}
}

func (o *options) bind(flags *flag.FlagSet) {
	flags.StringVar(&o.namespace, "namespace", o.namespace, "namespace that crossvpc runs in: kubeconfig Secrets and the leader's lease are there (default: $POD_NAMESPACE)")
	flags.StringVar(&o.nodeName, "node-name", o.nodeName, "node that crossvpc itself runs on; it is renewed last (default: $NODE_NAME)")
	flags.StringVar(&o.installationID, "installation-id", o.installationID, "first part of owner tags and external ids; it can not be changed later (default: $INSTALLATION_ID, else the UID of the namespace kube-system)")
	flags.StringVar(&o.metricsAddress, "metrics-bind-address", o.metricsAddress, "address for Prometheus metrics; 0 turns them off")
	flags.BoolVar(&o.metricsSecure, "metrics-secure", o.metricsSecure, "serve metrics over TLS, to those whose token may get /metrics in this cluster (ClusterRole crossvpc-metrics-reader); false: in plain text to everybody who can connect")
	flags.StringVar(&o.metricsCertificates, "metrics-cert-dir", o.metricsCertificates, "folder with tls.crt and tls.key for metrics; they are read again when they change (default: a certificate that is made at each start)")
	flags.StringVar(&o.probeAddress, "health-probe-bind-address", o.probeAddress, "address for /healthz and /readyz; 0 turns them off")
	flags.StringVar(&o.probeImage, "probe-image", o.probeImage, "image of the probe pods of verification.enabled: crossvpc's own, which nodes of all clusters must be able to pull (default: $PROBE_IMAGE, else the image of the pod $POD_NAME)")
	flags.BoolVar(&o.showVersion, "version", o.showVersion, "print the version and exit")
	flags.BoolVar(&o.leaderElection, "leader-elect", o.leaderElection, "let only one of several replicas act")
	flags.Var((*bytesFlag)(&o.clusterLimits.Answer), "cluster-max-answer", "most that one answer of a cluster may have, unpacked; a cluster that answers with more counts as unreachable")
	flags.Var((*bytesFlag)(&o.clusterLimits.Kept), "cluster-max-kept", "most that is kept of one cluster, with the answers that are being read; the manager's memory limit must leave room for it")
	flags.IntVar(&o.maxClustersAtOnce, "max-clusters-at-once", o.maxClustersAtOnce, "how many PeeredClusters may renew nodes at once, 1 to 1000; the others wait for their turn (default: $MAX_CLUSTERS_AT_ONCE, else 1)")
	flags.DurationVar(&o.sweep, "sweep", o.sweep, "how often objects at rest are compared with AWS and the clusters, 10s to 1h")
}

func (o *options) validate() error {
	if o.namespace == "" {
		return errors.New("--namespace must be given, or POD_NAMESPACE be set")
	}
	if len(validation.IsValidLabelValue(o.installationID)) > 0 { // the tags in AWS that begin with it take 256 characters
		return errors.New("--installation-id must have at most 63 characters: letters, digits, '-', '_' and '.', and a letter or digit at both ends")
	}
	if o.sweep < 10*time.Second || o.sweep > time.Hour {
		return errors.New("--sweep must be from 10s to 1h")
	}
	if o.maxClustersAtOnce < 1 || o.maxClustersAtOnce > 1000 {
		return errors.New("--max-clusters-at-once must be from 1 to 1000; $MAX_CLUSTERS_AT_ONCE is its default")
	}
	if err := o.clusterLimits.Validate(); err != nil {
		return fmt.Errorf("--cluster-max-answer and --cluster-max-kept: %w", err)
	}
	return nil
}

// holder is who acts, as people know it: the pod's name, else the host's.
func (o *options) holder() string {
	if o.podName != "" {
		return o.podName
	}
	host, err := os.Hostname()
	if err != nil {
		return "unknown"
	}
	return host
}

// numberFrom reads a number from the environment. What is no number is refused with the flag: it is out of bounds.
func numberFrom(text string, otherwise int) int {
	if text == "" {
		return otherwise
	}
	number, err := strconv.Atoi(text)
	if err != nil {
		return -1
	}
	return number
}

// bytesFlag is a number of bytes as Kubernetes writes it, such as 64Mi.
type bytesFlag int64

// Set implements flag.Value.
func (b *bytesFlag) Set(text string) error {
	quantity, err := resource.ParseQuantity(text)
	if err != nil {
		return fmt.Errorf("it must be a quantity such as 64Mi: %w", err)
	}
	*b = bytesFlag(quantity.Value())
	return nil
}

// String implements flag.Value.
func (b *bytesFlag) String() string {
	return resource.NewQuantity(int64(*b), resource.BinarySI).String()
}
