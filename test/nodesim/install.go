package nodesim

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/crossvpc/crossvpc/test/gobuild"
)

// crdModule has the definitions; its path in the module is the same from 1.16 to 1.20.
const (
	crdModule = "github.com/cilium/cilium@v1.18.0"
	crdFolder = "pkg/k8s/apis/cilium.io/client/crds/v2"
)

// install makes the objects of an installation of Cilium, unless they are there.
func (s *Sim) install(ctx context.Context) error {
	definitions, err := Definitions(ctx)
	if err != nil {
		return err
	}
	objects := append(definitions, s.configMap(), serviceAccount(), s.daemonSet())
	for _, object := range objects {
		if err := s.client.Create(ctx, object); err != nil && !apierrors.IsAlreadyExists(err) {
			return fmt.Errorf("install %T %s: %w", object, object.GetName(), err)
		}
	}
	return s.waitForDefinitions(ctx)
}

// Definitions reads the CRDs from Cilium's Go module, which is downloaded where it is not in the module cache.
func Definitions(ctx context.Context) ([]client.Object, error) {
	folder, err := gobuild.DownloadedAlone(ctx, crdModule)
	if err != nil {
		return nil, err
	}
	var objects []client.Object
	for _, name := range []string{"ciliumnodes.yaml", "ciliumnodeconfigs.yaml", "ciliumcidrgroups.yaml"} {
		content, err := os.ReadFile(filepath.Join(folder, crdFolder, name))
		if err != nil {
			return nil, fmt.Errorf("definition of Cilium: %w", err)
		}
		object := &unstructured.Unstructured{}
		if err := yaml.Unmarshal(content, &object.Object); err != nil {
			return nil, fmt.Errorf("definition of Cilium %s: %w", name, err)
		}
		objects = append(objects, object)
	}
	return objects, nil
}

// definitionsWithin is how long the API server may take to serve new kinds: a second or two, unless others need all cores.
const definitionsWithin = 2 * time.Minute

func (s *Sim) waitForDefinitions(ctx context.Context) error {
	list := &unstructured.UnstructuredList{}
	for deadline := time.Now().Add(definitionsWithin); ; {
		list.SetGroupVersionKind(NodeConfigKind)
		err := s.reader.List(ctx, list, client.InNamespace(Namespace))
		list.SetGroupVersionKind(ciliumNodeKind)
		if err = errors.Join(err, s.reader.List(ctx, list)); err == nil {
			return nil
		}
		if served := meta.IsNoMatchError(err) || apierrors.IsNotFound(err); !served && ctx.Err() != nil || time.Now().After(deadline) {
			return fmt.Errorf("wait for Cilium's definitions: %w", err)
		}
		pause(ctx, 50*time.Millisecond)
	}
}

// configMap is what Helm makes of ipam.mode=eni, routingMode=native, enableIPv4Masquerade=true.
func (s *Sim) configMap() *corev1.ConfigMap {
	data := map[string]string{
		"ipam": "eni", "routing-mode": "native", "enable-ipv4": "true", "enable-ipv6": "false",
		"enable-ipv4-masquerade": "true", "enable-bpf-masquerade": "false", "egress-masquerade-interfaces": "eth+ ens+",
		"enable-endpoint-routes": "true", "auto-create-cilium-node-resource": "true", "eni-tags": "{}",
		"cni-chaining-mode": "none", "kube-proxy-replacement": "false", "cluster-name": s.cluster.Name,
		"enable-ip-masq-agent": "false",
	}
	maps.Copy(data, s.options.CiliumConfig)
	maps.DeleteFunc(data, func(_, value string) bool { return value == "" })
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: Namespace, Name: ConfigMapName}, Data: data}
}

func serviceAccount() *corev1.ServiceAccount {
	return &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: Namespace, Name: "cilium"}}
}
