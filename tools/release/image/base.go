package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// pullTimeout bounds the look at the base: a machine without registries shall know soon.
const pullTimeout = 30 * time.Second

// base is what the binaries are put on.
type base struct {
	// index has the base's platforms; nil: scratch.
	index v1.ImageIndex
	name  string
}

// chooseBase is the one that is asked for, else, and then it says so, scratch with certificates.
func chooseBase(ctx context.Context, o options) (base, error) {
	if o.base == "" {
		return base{name: "scratch"}, nil
	}
	ref, err := name.NewDigest(o.base)
	if err != nil {
		return base{}, fmt.Errorf("the base must be given by digest: %w", err)
	}
	limited, cancel := context.WithTimeout(ctx, pullTimeout)
	defer cancel()
	keychain := remote.WithAuthFromKeychain(authn.DefaultKeychain)
	_, err = remote.Index(ref, remote.WithContext(limited), keychain)
	switch {
	case err == nil:
		// Layers are read later, when the time limit is over.
		index, err := remote.Index(ref, remote.WithContext(ctx), keychain)
		return base{index: index, name: o.base}, err
	case o.strict:
		return base{}, fmt.Errorf("pulling the base: %w", err)
	}
	fmt.Fprintf(os.Stderr, "The base %s can't be pulled here (%v). It is replaced by scratch with certificates and a user: do not publish this image.\n", o.base, err)
	return base{name: "scratch"}, nil
}

// image is the base for one platform.
func (b base) image(platform v1.Platform) (v1.Image, error) {
	if b.index == nil {
		return scratch()
	}
	manifest, err := b.index.IndexManifest()
	if err != nil {
		return nil, fmt.Errorf("reading the base: %w", err)
	}
	for _, descriptor := range manifest.Manifests {
		if descriptor.Platform != nil && descriptor.Platform.Satisfies(platform) {
			return b.index.Image(descriptor.Digest)
		}
	}
	return nil, fmt.Errorf("the base %s is not there for %s", b.name, platform)
}

// scratch has what a static program needs of the system: certificates, and a user that is not root.
func scratch() (v1.Image, error) {
	certificates, err := certificates()
	if err != nil {
		return nil, err
	}
	layer, err := layerOf([]file{
		{"etc/group", 0o644, []byte("root:x:0:\nnonroot:x:65532:\n")},
		{"etc/passwd", 0o644, []byte("root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n")},
		{"etc/ssl/certs/ca-certificates.crt", 0o644, certificates},
	})
	if err != nil {
		return nil, err
	}
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	return mutate.AppendLayers(image, layer)
}
