package plugin

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/xml"
	"errors"
	"html"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// planted is what must not be found in a bundle.
const planted = "pLaNtEd-0123456789"

// unpacked are the files of a bundle, by their names in its folder.
func unpacked(t *testing.T, name string) map[string]string {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	zipped, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	files, from := map[string]string{}, tar.NewReader(zipped)
	for {
		header, err := from.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(from)
		if err != nil {
			t.Fatal(err)
		}
		files[path.Base(header.Name)] = string(content)
	}
}

func joined(namespace string) *v1alpha1.VPCPeering {
	peering := peeringNamed(namespace, "eu-us", metav1.ConditionTrue, "Every step was seen in place.")
	peering.Status.Requester = &v1alpha1.SideStatus{VPCID: "vpc-0cccccccccccccccc", CIDRBlocks: []string{"10.21.0.0/16"}}
	peering.Status.Accepter = &v1alpha1.SideStatus{VPCID: "vpc-0dddddddddddddddd", CIDRBlocks: []string{"10.22.0.0/16"}}
	return peering
}

func (h *hub) leaky(namespace string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: namespace, Name: "crossvpc-1", Labels: map[string]string{"app.kubernetes.io/name": "crossvpc"},
			Annotations: map[string]string{"kubectl.kubernetes.io/last-applied-configuration": `{"token":"` + planted + `"}`},
		},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "manager", Image: "crossvpc", Env: []corev1.EnvVar{{Name: "PROXY", Value: "http://me:" + planted + "@proxy"}}}}},
	}
}

func TestABundleHasWhatAMaintainerNeedsAndNoSecret(t *testing.T) {
	h := newHub(t)
	peering, pod := joined("bundled"), h.leaky("bundled")
	h.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "bundled"}},
		&corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: "bundled", Name: "default"}}, peering, pod,
		&corev1.Event{
			ObjectMeta:     metav1.ObjectMeta{Namespace: "bundled", Name: "ours"},
			InvolvedObject: corev1.ObjectReference{APIVersion: v1alpha1.GroupVersion.String(), Kind: "VPCPeering", Namespace: "bundled", Name: "eu-us"},
			Message:        "dialled with Bearer " + planted,
		},
		&corev1.Event{
			ObjectMeta:     metav1.ObjectMeta{Namespace: "bundled", Name: "of-others"},
			InvolvedObject: corev1.ObjectReference{APIVersion: "v1", Kind: "Pod", Namespace: "bundled", Name: "shop"},
			Message:        "no business of ours",
		})
	file := filepath.Join(t.TempDir(), "crossvpc.tar.gz")
	ask := []string{"diagnose", "10.21.0.1", "10.22.0.1", "--system-namespace", "bundled", "--bundle", file}
	if code, out, errOut := h.run(ask...); !strings.Contains(errOut, "wrote "+file) {
		t.Fatalf("exit code %d\n%s%s", code, out, errOut)
	}
	files := unpacked(t, file)
	for name, want := range map[string]string{
		"diagnosis.txt":       "XV-M01",
		"diagnosis.json":      `"code": "XV-M01"`,
		"versions.txt":        "API server v1.",
		"vpcpeerings.yaml":    "vpc-0cccccccccccccccc",
		"peeredclusters.yaml": "[]",
		"awsidentities.yaml":  "[]",
		"events.yaml":         "dialled with Bearer <removed>",
		"crossvpc-1.yaml":     "value: <removed>",
	} {
		if !strings.Contains(files[name], want) {
			t.Errorf("%s does not say %q:\n%s", name, want, files[name])
		}
	}
	for name, content := range files {
		if strings.Contains(content, planted) || strings.Contains(content, "no business of ours") {
			t.Errorf("%s has what is nobody's business:\n%s", name, content)
		}
	}
	before, _ := os.ReadFile(file)
	h.expect(ExitUnknown, []string{"--bundle", "file exists"}, ask...)
	if after, _ := os.ReadFile(file); !bytes.Equal(before, after) {
		t.Error("a file that was there was overwritten")
	}
}

func TestABundleSaysWhatAPersonMayNotRead(t *testing.T) {
	h := newHub(t)
	file := filepath.Join(t.TempDir(), "crossvpc.tar.gz")
	h.kubectl("create", "clusterrole", "looks", "--verb=get,list", "--resource=vpcpeerings.networking.crossvpc.io,peeredclusters.networking.crossvpc.io")
	h.kubectl("create", "clusterrolebinding", "looks", "--clusterrole=looks", "--user=nobody")
	t.Cleanup(func() { // the test's own context is over by then
		_, _ = h.cluster.Kubectl(context.WithoutCancel(t.Context()), "delete", "clusterrole,clusterrolebinding", "looks")
	})
	_, out, errOut := run(t, "diagnose", "10.21.0.1", "10.22.0.1", "--bundle", file, "--kubeconfig", h.personWithoutRights())
	if !strings.Contains(errOut, "wrote ") {
		t.Fatalf("%s%s", out, errOut)
	}
	files := unpacked(t, file)
	for _, missing := range []string{"awsidentities: ", "leases: ", "events: ", "crossvpc's pods: "} {
		if !strings.Contains(files["not-read.txt"], missing) {
			t.Errorf("it does not say that %s could not be read:\n%s", missing, files["not-read.txt"])
		}
	}
	if files["vpcpeerings.yaml"] == "" {
		t.Errorf("what may be read is missing: %v", files)
	}
}

func TestAGraphIsDrawnAsAPicture(t *testing.T) {
	h := newHub(t)
	h.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "drawn"}}, joined("drawn"))
	out := h.expect(ExitGood, []string{"<svg"}, "graph", "--format", "svg")
	for _, part := range []string{"vpc-0cccccccccccccccc", "10.22.0.0/16", "drawn/eu-us"} {
		if !strings.Contains(html.UnescapeString(out), part) {
			t.Errorf("the picture does not show %q:\n%s", part, out)
		}
	}
	if err := xml.Unmarshal([]byte(out), new(struct{})); err != nil {
		t.Errorf("the picture is no XML: %v", err)
	}
	h.expect(ExitUnknown, []string{`--format "png" is not mermaid, dot or svg`}, "graph", "--format", "png")
}
