package plugin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/plugin/bundle"
	"github.com/crossvpc/crossvpc/internal/plugin/diagnosis"
	"github.com/crossvpc/crossvpc/internal/plugin/view"
	"github.com/crossvpc/crossvpc/internal/version"
)

// Bounds of the log that comes along: enough for the last hours, and small enough for an issue.
const (
	logLines = 5000
	logBytes = 4 << 20
)

// collector fills a bundle. What it may not read is noted in it, and the rest is packed.
type collector struct {
	bundle.Archive
	kube client.Client
	logs kubernetes.Interface
}

// writeBundle packs what a maintainer needs into a new file. One that exists is never overwritten.
func (s *session) writeBundle(ctx context.Context, path string, evidence diagnosis.Evidence, steps []diagnosis.Step, tree view.Item) (err error) {
	kube, err := s.reader()
	if err != nil {
		return err
	}
	config, err := s.flags.ToRESTConfig()
	if err != nil {
		return err
	}
	clientset, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // the person names it
	if err != nil {
		return fmt.Errorf("--bundle: %w", err)
	}
	defer func() {
		if closed := file.Close(); err == nil {
			err = closed
		}
	}()
	c := &collector{kube: kube, logs: clientset, Archive: bundle.Archive{Folder: "crossvpc-" + s.now().UTC().Format("20060102-150405"), Made: s.now()}}
	c.diagnosis(steps, tree)
	c.ends(evidence)
	c.objects(ctx, s.system)
	c.manager(ctx, s.system)
	if err := c.Write(file); err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.streams.ErrOut, "wrote %s: tokens, keys and values of environment variables are taken out; look through it before you send it\n", path)
	return err
}

// diagnosis adds what was found, for a person and for a machine.
func (c *collector) diagnosis(steps []diagnosis.Step, tree view.Item) {
	var text bytes.Buffer
	if err := (view.Paper{Now: c.Made}).Write(&text, tree); err != nil {
		c.Missing("diagnosis.txt", err)
	}
	c.Text("diagnosis.txt", text.Bytes())
	content, err := json.MarshalIndent(steps, "", "  ")
	if err != nil {
		c.Missing("diagnosis.json", err)
	}
	c.Text("diagnosis.json", content)
	versions := "kubectl crossvpc " + version.String() + "\n"
	if served, err := c.logs.Discovery().ServerVersion(); err != nil {
		c.Missing("version of the API server", err)
	} else {
		versions += "API server " + served.GitVersion + "\n"
	}
	c.Text("versions.txt", []byte(versions))
}

// ends adds the pods that were named, and the policies beside them.
func (c *collector) ends(evidence diagnosis.Evidence) {
	for name, end := range map[string]diagnosis.End{"source": evidence.From, "destination": evidence.To} {
		if end.Pod != nil {
			c.YAML(name+"/pod.yaml", bundle.Outline(end.Pod))
		}
		for i := range end.Policies.Kubernetes {
			policy := end.Policies.Kubernetes[i].DeepCopy()
			bundle.Bare(policy)
			c.YAML(name+"/networkpolicy-"+policy.Name+".yaml", policy)
		}
		for i := range end.Policies.Read {
			policy := end.Policies.Read[i].DeepCopy()
			bundle.Bare(policy)
			bundle.Headers(policy.Object)
			c.YAML(name+"/"+strings.ToLower(policy.GetKind())+"-"+policy.GetName()+".yaml", policy)
		}
		for kind, why := range end.Policies.Unread {
			c.Missing(name+"'s policies of kind "+kind, errors.New(why))
		}
	}
}

// objects adds ours, their events, and who acts.
func (c *collector) objects(ctx context.Context, system string) {
	ours := func(event corev1.Event) bool {
		return strings.HasPrefix(event.InvolvedObject.APIVersion, v1alpha1.GroupVersion.Group+"/")
	}
	for _, kind := range []struct {
		name string
		list client.ObjectList
		in   string
		keep func(runtime.Object) bool
	}{
		{"vpcpeerings", &v1alpha1.VPCPeeringList{}, "", nil},
		{"peeredclusters", &v1alpha1.PeeredClusterList{}, "", nil},
		{"awsidentities", &v1alpha1.AWSIdentityList{}, "", nil},
		{"leases", &coordinationv1.LeaseList{}, system, nil},
		{"events", &corev1.EventList{}, "", func(object runtime.Object) bool {
			event, ok := object.(*corev1.Event)
			return ok && ours(*event)
		}},
	} {
		if err := c.kube.List(ctx, kind.list, client.InNamespace(kind.in)); err != nil {
			c.Missing(kind.name, err)
			continue
		}
		c.YAML(kind.name+".yaml", bare(kind.list, kind.keep))
	}
}

// bare are the objects of a list, each without what tells nothing of it.
func bare(list client.ObjectList, keep func(runtime.Object) bool) []runtime.Object {
	objects := []runtime.Object{}
	_ = meta.EachListItem(list, func(object runtime.Object) error { // a typed list has items
		if keep != nil && !keep(object) {
			return nil
		}
		if accessor, err := meta.Accessor(object); err == nil {
			bundle.Bare(accessor)
		}
		objects = append(objects, object)
		return nil
	})
	return objects
}

// manager adds the pods that crossvpc runs in, and the end of their logs: of the container before, too, where it was restarted.
func (c *collector) manager(ctx context.Context, system string) {
	pods := &corev1.PodList{}
	if err := c.kube.List(ctx, pods, client.InNamespace(system), client.MatchingLabels{"app.kubernetes.io/name": "crossvpc"}); err != nil {
		c.Missing("crossvpc's pods", err)
		return
	}
	for i := range pods.Items {
		pod := &pods.Items[i]
		bundle.Bare(pod)
		bundle.Variables(&pod.Spec)
		c.YAML("manager/"+pod.Name+".yaml", pod)
		for _, container := range pod.Status.ContainerStatuses {
			c.log(ctx, pod, container.Name, false)
			if container.RestartCount > 0 {
				c.log(ctx, pod, container.Name, true)
			}
		}
	}
}

func (c *collector) log(ctx context.Context, pod *corev1.Pod, container string, previous bool) {
	name := "manager/" + pod.Name + "-" + container
	if previous {
		name += "-previous"
	}
	options := &corev1.PodLogOptions{Container: container, Previous: previous, TailLines: new(int64(logLines)), LimitBytes: new(int64(logBytes))}
	content, err := c.logs.CoreV1().Pods(pod.Namespace).GetLogs(pod.Name, options).DoRaw(ctx)
	if err != nil {
		c.Missing(name+".log", err)
		return
	}
	c.Text(name+".log", content)
}
