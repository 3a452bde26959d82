package main

import (
	"crypto/x509"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

func optionsFor(t *testing.T) options {
	t.Helper()
	o := options{binaries: t.TempDir(), platforms: "linux/amd64,linux/arm64", version: "v1.2.3", out: filepath.Join(t.TempDir(), "image")}
	for _, platform := range []string{"linux-amd64", "linux-arm64"} {
		folder := filepath.Join(o.binaries, platform)
		if err := os.Mkdir(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		for _, program := range programs {
			if err := os.WriteFile(filepath.Join(folder, program), []byte(program+" for "+platform), 0o755); err != nil {
				t.Fatal(err)
			}
		}
	}
	return o
}

// written reads the layout again: the image of all platforms.
func written(t *testing.T, o options) v1.ImageIndex {
	t.Helper()
	if err := run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	top, err := layout.ImageIndexFromPath(o.out)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(top); err != nil {
		t.Fatal(err)
	}
	manifest, err := top.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	if len(manifest.Manifests) != 1 {
		t.Fatalf("the layout holds %d images", len(manifest.Manifests))
	}
	index, err := top.ImageIndex(manifest.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	return index
}

func TestTheLayoutHoldsTheBinariesOfEachPlatform(t *testing.T) {
	o := optionsFor(t)
	index := written(t, o)
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	if len(manifest.Manifests) != 2 {
		t.Fatalf("there are %d platforms", len(manifest.Manifests))
	}
	for _, descriptor := range manifest.Manifests {
		image, err := index.Image(descriptor.Digest)
		if err != nil {
			t.Fatal(err)
		}
		expectImage(t, image, descriptor.Platform)
	}
}

func expectImage(t *testing.T, image v1.Image, platform *v1.Platform) {
	t.Helper()
	config, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if config.Config.User != "65532:65532" || config.Architecture != platform.Architecture || config.Config.Entrypoint[0] != "/manager" {
		t.Errorf("%s: config is %+v", platform, config)
	}
	if config.Config.Labels["org.opencontainers.image.version"] != "v1.2.3" {
		t.Errorf("%s: labels are %v", platform, config.Config.Labels)
	}
	all, err := io.ReadAll(mutate.Extract(image))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"manager for linux-" + platform.Architecture, "probe for linux-" + platform.Architecture, "nonroot:x:65532", "BEGIN CERTIFICATE"} {
		if !strings.Contains(string(all), want) {
			t.Errorf("%s: the image lacks %q", platform, want)
		}
	}
}

func TestTheSameBinariesGiveTheSameDigest(t *testing.T) {
	var digests []v1.Hash
	for range 2 {
		digest, err := written(t, optionsFor(t)).Digest()
		if err != nil {
			t.Fatal(err)
		}
		digests = append(digests, digest)
	}
	if digests[0] != digests[1] {
		t.Errorf("the digests are %s and %s", digests[0], digests[1])
	}
}

func TestABaseThatCanNotBePulledIsReplacedUnlessStrict(t *testing.T) {
	o := optionsFor(t)
	// A port where nobody listens.
	o.base = "127.0.0.1:1/static@sha256:1c2c046bc09ed40fad370b599a0b1ae7987f55b01e247cf27a7c27cd97e5bbc7"
	chosen, err := chooseBase(t.Context(), o)
	if err != nil || chosen.name != "scratch" {
		t.Errorf("the base is %q (%v)", chosen.name, err)
	}
	o.strict = true
	if _, err := chooseBase(t.Context(), o); err == nil || !strings.Contains(err.Error(), "pulling the base") {
		t.Errorf("strict, it says %v", err)
	}
	o.base = "registry.example/static:nonroot"
	if _, err := chooseBase(t.Context(), o); err == nil || !strings.Contains(err.Error(), "by digest") {
		t.Errorf("of a base without a digest it says %v", err)
	}
}

func TestTheCertificatesAreRead(t *testing.T) {
	pem, err := certificates()
	if err != nil {
		t.Fatal(err)
	}
	if pool := x509.NewCertPool(); !pool.AppendCertsFromPEM(pem) {
		t.Error("no certificate is read")
	}
}
